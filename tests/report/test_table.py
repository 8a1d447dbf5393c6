"""The live table, drawn on a terminal in memory."""

import dataclasses
import io

import pytest
from rich.console import Console

from probe.model.run import RunSkipped, RunStarted
from probe.report.table import LiveTable
from tests.report import runs

PAIRS = [("card-charge", "billing"), ("mtls-handshake", "billing")]


def drawn(table: LiveTable) -> list[str]:
    """What stands on a wide terminal now, line by line."""
    console = Console(file=io.StringIO(), width=220, color_system=None)
    with console.capture() as capture:
        console.print(table.renderable())
    return [" ".join(line.split()) for line in capture.get().splitlines()]


def live() -> LiveTable:
    """A table on a terminal that nobody sees."""
    return LiveTable(Console(file=io.StringIO(), force_terminal=True, width=120), expected=PAIRS)


def test_rows_before_the_first_run() -> None:
    """What will run is shown at once."""
    table = live()
    table.announce("metrics on http://127.0.0.1:9464/metrics", [("extra", "other")])
    lines = drawn(table)
    assert lines[1:] == [
        "– card-charge billing 0/0 not yet run",
        "– mtls-handshake billing 0/0 not yet run",
        "– extra other 0/0 not yet run",
        "metrics on http://127.0.0.1:9464/metrics",
    ]


def test_a_failure_comes_first_and_names_the_certificate() -> None:
    """The row has the count of passes, the last duration, both hops and the reason."""
    table = live()
    table.run_finished(runs.passed())
    assert drawn(table)[1].startswith(
        "✓ card-charge billing 1/1 410 ms dns 2.0 · tcp 2.0 · tls 2.0 · accept 2.0 · wait 2.0 ms 2.0 ms"
    )
    table.run_finished(runs.expired())
    row = drawn(table)[1]
    assert row.startswith("✗ card-charge billing 1/2 410 ms")
    assert row.endswith("5023 client certificate expired")


def test_a_cause_is_told_once_below_the_rows_that_it_breaks() -> None:
    """One sentence for the certificate, however many scenarios fail because of it."""
    table = live()
    for scenario in ("card-charge", "mtls-handshake"):
        table.run_finished(dataclasses.replace(runs.expired(), scenario=scenario))
    lines = drawn(table)
    assert lines.count("5023 client certificate expired · tls.client_cert.expired (proven)") == 1
    assert sum("The client certificate CN=billing-service" in line for line in lines) == 1


def test_running_skipped_and_unknown() -> None:
    """Each is visible as what it is."""
    table = live()
    started = RunStarted(run_id="0" * 32, scenario="mtls-handshake", path="billing", started_at=runs.STARTED)
    table.run_started(started)
    table.run_finished(runs.unknown())
    table.run_skipped(RunSkipped(scenario="card-declined", path="billing", cause="no_state"))
    lines = drawn(table)
    assert lines[1].startswith("? card-charge billing 0/1")
    assert "– card-declined billing 0/0 no_state" in lines
    assert "… mtls-handshake billing 0/0 not yet run" in lines


def test_it_draws_while_it_is_entered() -> None:
    """The last state stays on the screen when the table is left."""
    screen = io.StringIO()
    with LiveTable(Console(file=screen, force_terminal=True, width=160), expected=PAIRS) as table:
        table.run_finished(runs.expired())
    assert "client certificate expired" in " ".join(screen.getvalue().split())


FOOTER = "metrics on http://127.0.0.1:9464/metrics · the lab's fault switches on http://127.0.0.1:41234/faults · Ctrl-C stops"


@pytest.mark.parametrize(
    ("width", "headings"),
    [
        (160, "scenario path passed took probe → connector connector → Stripe reason"),
        (120, "scenario path passed took to connector connector → Stripe reason"),
        (100, "scenario path passed took to connector reason"),
        (80, "scenario path passed took reason"),
        (60, "scenario path took reason"),
    ],
)
def test_a_terminal_has_the_columns_that_it_has_room_for(width: int, headings: str) -> None:
    """One line for each row, the reason always among them; the footer right below, whole words on each of its lines."""
    screen = Console(file=io.StringIO(), width=width, color_system=None)
    table = LiveTable(screen, expected=PAIRS)
    table.announce(FOOTER)
    for scenario in ("card-charge", "mtls-handshake", "a-scenario-with-a-long-name"):
        table.run_finished(dataclasses.replace(runs.expired(), scenario=scenario))
    with screen.capture() as capture:
        screen.print(table.renderable())
    lines = capture.get().splitlines()
    assert " ".join(lines[0].split()) == headings
    rows = lines[1:4]
    assert all(row.startswith("✗") and "5023 client" in row for row in rows)
    assert lines[4].startswith("metrics on http://127.0.0.1:9464/metrics")
    empty = next(number for number, line in enumerate(lines) if not line.strip())
    assert " · ".join(line.strip() for line in lines[4:empty]) == FOOTER
    assert all(len(line) <= width for line in lines)
    assert lines[empty + 1].startswith("5023 client certificate expired · tls.client_cert.expired")


def test_a_low_terminal_keeps_the_footer() -> None:
    """What is cut off at the bottom are the causes, whose reasons stand in the rows."""
    file = io.StringIO()
    screen = Console(file=file, width=80, height=8, color_system=None, force_terminal=True)
    with LiveTable(screen, expected=PAIRS) as table:
        table.announce(FOOTER)
        table.run_finished(runs.expired())
        table.run_finished(dataclasses.replace(runs.expired(), path="other"))
        table._live.refresh()
        drawn_last = file.getvalue().rsplit("scenario", 1)[-1]
    assert "Ctrl-C stops" in drawn_last
    assert "metrics on" in drawn_last
