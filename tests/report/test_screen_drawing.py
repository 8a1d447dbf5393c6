"""The screen of `paypath run`, as text: what stands on it at which size, and that nothing on it steers a terminal."""

import pathlib
import unicodedata
from dataclasses import replace

import pytest
from rich.text import Text

from probe.model.certificate import Source, SourceKind
from probe.model.outcome import Failed
from probe.model.run import Run, RunSkipped
from probe.model.secret import Secret
from probe.redact.leaving import learned
from probe.report.screen_drawing import draw
from probe.report.shown import Shown
from tests.report import runs as made
from tests.report.boards import Desk

FOOTER = ("Ctrl-C stops", "status page on http://127.0.0.1:9464/", "metrics on http://127.0.0.1:9464/metrics")
DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "status-page.md"
MANY = tuple(f"path-{number}" for number in range(50))


def screen(shown: Shown, width: int = 80, height: int = 24, **more: object) -> list[str]:
    """What stands on it, line by line; it fills the window and does not go beyond it."""
    lines = draw(shown, width=width, height=height, **{"footer": FOOTER, **more})  # type: ignore[arg-type]  # as named
    assert len(lines) == height
    assert all(line.cell_len <= width for line in lines)
    return [line.plain.rstrip() for line in lines]


def incident() -> Desk:
    """Seventeen good minutes, then three runs of each scenario with the expired certificate."""
    desk = Desk("billing")
    desk.stage.clock.advance(-29 * 60)
    desk.play(made.passed(), times=17)
    summary = made.EXPIRED.summary.replace("12 minutes", "3 minutes")
    return desk.play(made.with_text(made.expired(), summary=summary), times=3)


def test_the_incident_at_80_by_24_as_documented() -> None:
    """Everything that a person needs at night fits the smallest window; the documentation shows it as it is."""
    lines = screen(incident().look())
    block = "```text\n" + "\n".join(lines).rstrip() + "\n```"
    assert block in DOCUMENT.read_text(encoding="utf-8"), f"put this into {DOCUMENT.name}:\n{block}"


def test_the_incident_answers_why() -> None:
    """Answer, path, code, reason, hop, sentence, certificate, who acts, first steps, in this order."""
    text = "\n".join(screen(incident().look()))
    wanted = (
        "✗ Money cannot flow",
        "Path billing: client certificate expired.",
        "✗ billing  5023 client certificate expired · tls.client_cert.expired (proven)",
        "✓ probe → ✓ DNS  → ✓ TCP  → ✗ TLS  → – connector → – Stripe",
        "The client certificate CN=billing-service,O=Example in",
        "certificate   CN=billing-service,O=Example, serial 0a1b2c3d",
        "who acts      we do",
        "1. Look at the file yourself:",
        "steps: paypath explain tls.client_cert.expired",
        "✗ mtls-handshake",
        "Ctrl-C stops",
    )
    found = [text.find(each) for each in wanted]
    assert -1 not in found, text
    assert found == sorted(found)


def test_a_large_window_has_all_of_the_page() -> None:
    """Particulars, every step, every scenario with its strip, certificates, events, all addresses."""
    text = "\n".join(screen(incident().look(), 140, 50))
    wanted = (
        "DNS billing-connector.internal · TCP 192.0.2.7:8443 · TLS TLSv1.3 · x25519",
        "hop           probe → connector, in phase accept",
        "evidence      TLS alert 45",
        "customers see 5023 “Billing connector timeout”",
        "4. After it:",
        "runbook       docs/runbooks/client-certificate.md#expired",
        "✗ card-declined   █████████████████✗✗✗",
        "Certificates, what ends first on top",
        "166 days",
        "What happened lately, the newest first",
        "first failure  card-charge: 5023 client certificate expired",
        "metrics on http://127.0.0.1:9464/metrics",
    )
    assert not [each for each in wanted if each not in text], text


def test_health_and_recovery() -> None:
    """Until when money can flow; after a recovery, that the last runs pass."""
    desk = Desk("billing").play(made.passed(), times=3)
    lines = screen(desk.look(certificates=False))
    assert lines[0].startswith("✓ Money can flow ")
    assert lines[1] == "All scenarios pass on path billing."
    desk.play(made.expired(), times=2).play(made.passed())
    lines = screen(desk.look())
    assert lines[:2] == [lines[0], "The last runs pass on path billing; of those before, some failed."]
    assert lines[0].startswith("! Money can flow, with failures")
    assert any("recovered  card-charge: passes again, after: client" in line for line in lines)


def test_before_anything_is_known() -> None:
    """We cannot tell, and say so; a scenario that was not begun says why."""
    desk = Desk("billing")
    desk.stage.board.run_skipped(RunSkipped(scenario="card-charge", path="billing", cause="no_webhook"))
    text = "\n".join(screen(desk.look(certificates=False)))
    assert text.startswith("? We cannot tell whether money can flow")
    assert "No run has told us yet on path billing." in text
    assert "– card-charge" in text
    assert "No path is probed here." in screen(Desk().look())


@pytest.mark.parametrize("height", [8, 16, 24, 40])
def test_of_many_paths_the_worst_come_first_and_the_others_are_counted(height: int) -> None:
    """Each path is either on the screen or counted, and none of those that fail is behind one that passes."""
    desk = Desk(*MANY, scenarios=("mtls-handshake",)).play(made.passed())
    desk.play(made.expired(), times=2, on=("path-3", "path-7")).play(made.unknown(), times=2, on=("path-20",))
    lines = screen(desk.look(), 120, height)
    names = [line.split()[1] for line in lines if line[:2] in {"✗ ", "? ", "! ", "✓ "} and "path-" in line.split()[1]]
    names = [name for name in names if name in MANY]
    (count,) = [line for line in lines if line.startswith("… and ")]
    numbers = [int(word) for word in count.replace(",", " ").split() if word.isdigit()]
    assert sum(numbers) + len(names) == len(MANY)
    assert names == [*(["path-3", "path-7", "path-20"][: len(names)]), *names[3:]]
    assert "that pass" in count


@pytest.mark.parametrize("size", [(20, 3), (30, 7), (44, 12), (60, 20), (79, 24), (200, 60), (300, 120)])
def test_every_window_is_filled_and_never_overflows(size: tuple[int, int]) -> None:
    """Of any size, in any state, with everything that can stand on it, wide characters too; the answer stands first."""
    paths = ("billing", "支払い経路" * 6, "a-path-with-a-name-that-is-longer-than-most-terminals-are-wide" * 2)
    desk = Desk(*paths).play(made.passed()).play(made.expired(), times=2, on=paths[1:2])
    for found in (desk.look(), desk.look(certificates=False, reload_problem="line 3: pathz, did you mean paths? " * 5)):
        lines = screen(found, *size, remarks=["a remark " * 30] * 5)
        assert lines[0].startswith("✗ Money")
    assert screen(desk.look(), *size, still_s=7.0)[0].startswith("! Nothing")


def test_a_configuration_that_was_refused_and_a_probe_that_stands_still() -> None:
    """Both are told at the top: what is below must not look like what was written, or like now."""
    lines = screen(incident().look(reload_problem="paypath.yaml:3:1: unknown key `pathz`"), still_s=12.0)
    assert lines[0] == "! Nothing new for 12 seconds: paypath itself stands still, and what is below is"
    text = " ".join(" ".join(lines).split())
    assert (
        "! The configuration that is written is not in use, because it is wrong: paypath.yaml:3:1: unknown key `pathz`"
        in text
    )


def _evil(found: Run, text: str) -> Run:
    certificate = replace(
        made.CLIENT, subject=f"CN={text}", serial=text, source=Source(SourceKind.FILE, f"/etc/{text}/tls.crt")
    )
    worse = replace(made.EXPIRED, summary=f"The certificate {text} expired.", title=text, certificate=certificate)
    return replace(found, outcome=Failed(worse))


def test_nothing_on_it_steers_the_terminal() -> None:
    """Escape sequences in names, certificates, addresses, remarks and the configuration's faults are shown, not obeyed."""
    evil = "x\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\r\ny"
    desk = (
        Desk(f"billing{evil}", scenarios=(f"charge{evil}",))
        .play(made.passed())
        .play(_evil(made.expired(), evil), times=2)
    )
    shown = replace(desk.look(reload_problem=evil), environment=evil, location=evil)
    for size in ((60, 30), (200, 60)):
        lines = draw(shown, width=size[0], height=size[1], footer=(evil,), remarks=(evil,))
        assert any("owned" in line.plain for line in lines)
        steering = [line.plain for line in lines if any(unicodedata.category(c) in {"Cc", "Cf"} for c in line.plain)]
        assert not steering
        assert all(isinstance(line, Text) for line in lines)


def test_no_secret_stands_on_it() -> None:
    """Not even cut in half at the edge of the window."""
    learned(Secret("canary-in-a-summary"))
    desk = Desk("billing").play(_evil(made.expired(), "canary-in-a-summary"), times=2)
    for width in range(20, 90, 7):
        assert "canary" not in "\n".join(screen(desk.look(), width))
