"""What `paypath run` shows on a terminal: a live table of the scenarios, redrawn as runs finish."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from probe.model.failure import Phase
from probe.model.observation import StripeObservation
from probe.model.outcome import Failed, Passed, Skipped, Unknown
from probe.model.run import Run, RunSkipped, RunStarted, StepRun
from probe.report.facts import failure_of, observations, phases, told_by
from probe.report.paint import ASK_MARK, BAD_MARK, NOT_MARK, OK_MARK
from probe.report.words import phrase, printable, took

_REDRAWS_PER_SECOND: Final = 4
_SHOWN: Final = (Phase.DNS, Phase.TCP, Phase.TLS, Phase.ACCEPT, Phase.WAIT)
_STYLES: Final = {
    Passed: ("green", OK_MARK),
    Failed: ("bold red", BAD_MARK),
    Unknown: ("yellow", ASK_MARK),
    Skipped: ("dim", NOT_MARK),
}


@dataclass(frozen=True, slots=True)
class _Row:
    """What is known of one scenario on one path."""

    scenario: str
    path: str
    last: Run | None = None
    running: bool = False
    finished: int = 0
    passed: int = 0
    not_begun: str = ""
    """Why the last due run was not begun; empty once one was."""


class LiveTable:
    """An observer that draws the table; use it as a context manager around the runs.

    rich draws from a thread of its own, so a terminal that stands still (Ctrl-S) does not hold up a probe:
    the observer only replaces rows.
    """

    def __init__(self, console: Console, *, expected: Iterable[tuple[str, str]] = ()) -> None:
        """Draw on `console`; `expected` are the (scenario, path) pairs to show before their first run."""
        self._rows = {pair: _Row(*pair) for pair in expected}
        self._lock = threading.Lock()
        self._footer = ""
        self._live = Live(
            console=console,
            get_renderable=self.renderable,
            refresh_per_second=_REDRAWS_PER_SECOND,
            vertical_overflow="ellipsis",
        )

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Draw a last time and leave the table on the screen."""
        self._live.stop()

    def announce(self, footer: str, expected: Iterable[tuple[str, str]] = ()) -> None:
        """Say something below the table, and show rows for what will run."""
        with self._lock:
            self._footer = footer
            for pair in expected:
                self._rows.setdefault(pair, _Row(*pair))

    def run_started(self, event: RunStarted) -> None:
        """Mark the row as running."""
        self._change(event.scenario, event.path, running=True)

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Nothing: the row changes when the run has finished."""

    def run_finished(self, run: Run) -> None:
        """Show the run in its row."""
        row = self._row(run.scenario, run.path)
        passed = row.passed + isinstance(run.outcome, Passed)
        self._change(
            run.scenario, run.path, last=run, running=False, finished=row.finished + 1, passed=passed, not_begun=""
        )

    def run_skipped(self, event: RunSkipped) -> None:
        """Say why it was not begun."""
        self._change(event.scenario, event.path, not_begun=event.cause)

    def _row(self, scenario: str, path: str) -> _Row:
        return self._rows.get((scenario, path)) or _Row(scenario, path)

    def _change(self, scenario: str, path: str, **changes: object) -> None:
        with self._lock:
            self._rows[scenario, path] = replace(self._row(scenario, path), **changes)  # type: ignore[arg-type]  # named by the callers above

    def renderable(self) -> RenderableType:
        """The table as it stands: what fails comes first."""
        with self._lock:
            rows, footer = tuple(self._rows.values()), self._footer
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("", "scenario", "path"):
            table.add_column(heading, no_wrap=True)
        table.add_column("passed", justify="right", no_wrap=True)
        table.add_column("took", justify="right", no_wrap=True)
        table.add_column("probe → connector")
        table.add_column("connector → Stripe", justify="right")
        table.add_column("reason")
        for row in sorted(rows, key=_urgency):
            table.add_row(*_cells(row))
        told = [table, *_causes(rows)]
        return Group(*told, Text(footer, style="dim")) if footer else Group(*told)


def _causes(rows: Iterable[_Row]) -> list[RenderableType]:
    """What fails now in a sentence, each cause once however many scenarios it breaks."""
    causes: dict[tuple[str, str], Text] = {}
    for row in sorted(rows, key=_urgency):
        failure = failure_of(row.last.outcome) if row.last else None
        if row.last is not None and failure is not None:
            style = _STYLES[type(row.last.outcome)][0]
            told = Text(
                f"{failure.code} {phrase(failure.reason)} · {failure.reason} ({failure.confidence.value})", style=style
            )
            told.append(f"\n  {printable(failure.summary)}", style="default not bold")
            causes.setdefault((row.path, failure.reason), told)
    return [Text(""), *causes.values(), Text("")] if causes else []


def _urgency(row: _Row) -> tuple[int, str, str]:
    order = {Failed: 0, Unknown: 1}
    return (order.get(type(row.last.outcome), 2) if row.last else 2, row.path, row.scenario)


def _cells(row: _Row) -> list[Text]:
    run = row.last
    style, mark = _STYLES[type(run.outcome)] if run else ("dim", "…" if row.running else NOT_MARK)
    cells = [Text(mark, style=style), Text(row.scenario), Text(row.path), Text(f"{row.passed}/{row.finished}")]
    if run is None:
        return [*cells, Text(""), Text(""), Text(""), Text(row.not_begun or "not yet run", style="dim")]
    return [*cells, Text(took(run.duration_s)), _first_hop(run), _second_hop(run), _reason(row, run, style)]


def _first_hop(run: Run) -> Text:
    """Milliseconds by phase; sending and receiving take none worth a column."""
    spent = phases(told_by(run).first_hop)
    shown = [f"{phase.value} {spent[phase] * 1000:.1f}" for phase in _SHOWN if phase in spent]
    return Text(" · ".join(shown) + " ms" if shown else "")


def _second_hop(run: Run) -> Text:
    """What the connector and Stripe took to answer: the waits of the Stripe calls, together."""
    waits = [phases(o).get(Phase.WAIT, 0.0) for o in observations(run) if isinstance(o, StripeObservation) and o.http]
    return Text(took(sum(waits)) if waits else "")


def _reason(row: _Row, run: Run, style: str) -> Text:
    failure = failure_of(run.outcome)
    if failure:
        return Text(f"{failure.code} {phrase(failure.reason)}", style=style)
    if row.not_begun:
        return Text(f"last one not begun: {row.not_begun}", style="dim")
    if run.warnings:
        return Text("; ".join(dict.fromkeys(phrase(warning.reason) for warning in run.warnings)), style="yellow")
    return Text("")
