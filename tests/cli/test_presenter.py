"""How the runs of `check` and `diagnose` reach stdout, and the status they give."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from probe.cli.face import Face
from probe.cli.presenter import Presenter, Tally
from probe.model.run import Run, RunSkipped
from probe.report.text import render_run
from tests.report import runs

PASSED = runs.passed()
EXPIRED = replace(runs.expired(), run_id="1" * 32)
UNKNOWN = replace(runs.unknown(), run_id="2" * 32)
SKIPPED = RunSkipped(scenario="card-declined", path="billing", cause="no_state")


def presenter(kind: str, *, quiet: bool = False) -> Presenter:
    """A presenter without colour."""
    return Presenter(Face(environ={}, format=kind, quiet=quiet), lambda run: render_run(run, color=False))


@pytest.mark.parametrize(
    ("kind", "given", "status"),
    [
        ("text", [PASSED], 0),
        ("text", [PASSED, EXPIRED, UNKNOWN], 1),
        ("json", [PASSED, UNKNOWN], 3),
        ("junit", [EXPIRED], 1),
        ("nagios", [EXPIRED], 2),
        ("nagios", [PASSED], 0),
        ("text", [], 3),
        ("nagios", [], 3),
    ],
)
def test_status(kind: str, given: list[Run], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    """The contract's statuses; the plugin's own ones for its format."""
    assert presenter(kind).finish(given) == status
    assert capsys.readouterr().out != "" or kind == "text"


def test_json_lines_as_runs_end(capsys: pytest.CaptureFixture[str]) -> None:
    """Each run is written when it ends, once, also where the result names it again."""
    shown = presenter("json")
    shown.run_finished(PASSED)
    assert json.loads(capsys.readouterr().out)["outcome"] == "passed"
    assert shown.finish([PASSED, EXPIRED]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["run_id"] for line in lines] == ["1" * 32]


def test_text_as_runs_end_and_a_sum(capsys: pytest.CaptureFixture[str]) -> None:
    """A pass is a line, a failure a screen with room above it; the sum is a remark."""
    shown = presenter("text")
    shown.run_finished(PASSED)
    shown.run_finished(EXPIRED)
    shown.finish([PASSED, EXPIRED])
    said = capsys.readouterr()
    first, empty, second, *_ = said.out.splitlines()
    assert (first[:18], empty, second[:11]) == ("PASSED card-charge", "", "FAILED 5023")
    assert said.err.strip() == "2 runs: 1 passed, 1 failed"


def test_the_same_cause_is_explained_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A dead certificate fails every scenario; the screen has room for one explanation."""
    elsewhere = replace(EXPIRED, run_id="4" * 32, path="other")
    presenter("text").finish([EXPIRED, replace(EXPIRED, run_id="3" * 32, scenario="card-declined"), elsewhere])
    out = capsys.readouterr().out
    assert out.count("FAILED 5023 · client certificate expired · tls.client_cert.expired (proven)") == 3
    assert out.count("What to do first") == 2
    assert out.count("  the same cause as above") == 1


def test_quiet_leaves_the_results(capsys: pytest.CaptureFixture[str]) -> None:
    """Results on stdout, no sum on stderr."""
    presenter("text", quiet=True).finish([PASSED, EXPIRED])
    said = capsys.readouterr()
    assert "PASSED" in said.out
    assert said.err == ""


def test_what_was_not_run_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """With the cause and the way to mend it, also when it is quiet: the status is 3."""
    assert presenter("text", quiet=True).finish([], [SKIPPED]) == 3
    assert "card-declined on billing was not run: it writes to Stripe" in capsys.readouterr().err


def test_junit_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing before it, all runs and what was not run in it."""
    shown = presenter("junit")
    shown.run_finished(PASSED)
    assert capsys.readouterr().out == ""
    shown.finish([PASSED, EXPIRED], [SKIPPED])
    suite = ET.fromstring(capsys.readouterr().out.encode())[0]  # noqa: S314 - our own output
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")


@pytest.mark.parametrize(
    ("kind", "given", "status"),
    [("text", [PASSED], 3), ("text", [EXPIRED], 1), ("nagios", [PASSED], 3), ("nagios", [EXPIRED], 2)],
)
def test_stopped_is_never_healthy(kind: str, given: list[Run], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    """A signal cut it short: what had passed says nothing about the rest; what failed, failed."""
    assert presenter(kind).finish(given, stopped=True) == status
    said = capsys.readouterr()
    assert "interrupted" in said.err
    assert ("UNKNOWN" in said.out) == ((kind, status) == ("nagios", 3))


def test_writing_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """An observer must not raise; `finish` does."""

    class Gone:
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    shown = presenter("json")
    monkeypatch.setattr("sys.stdout", Gone())
    shown.run_finished(PASSED)
    with pytest.raises(BrokenPipeError):
        shown.finish([PASSED])


def test_tally() -> None:
    """Counts in words."""
    tally = Tally()
    assert str(tally) == "0 runs"
    tally.run_finished(PASSED)
    assert str(tally) == "1 run: 1 passed"
    assert str(Tally([PASSED, EXPIRED, UNKNOWN])) == "3 runs: 1 passed, 1 failed, 1 unknown"


def test_the_plugin_says_what_was_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    """The status stays that of what ran; the line is all that monitoring keeps, so the cause stands in it."""
    why = "card-declined on billing was not run: it writes to Stripe, and there is no writable state directory"
    assert presenter("nagios").finish([PASSED], [SKIPPED]) == 0
    line = capsys.readouterr().out
    assert line.startswith(f"PAYPATH OK - 1 of 1 passed, 1 not run: card-charge on billing; {why}")
    assert presenter("nagios").finish([EXPIRED], [SKIPPED]) == 2
    assert why in capsys.readouterr().out


def test_the_sum_says_what_was_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    """One run that passed is not all that was asked for."""
    assert presenter("text").finish([PASSED], [SKIPPED]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == "1 run: 1 passed, 1 not run"
