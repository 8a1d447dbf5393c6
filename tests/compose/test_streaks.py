"""Failures in a row, from one process to the next."""

import pathlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from probe.compose.streaks import carry_on
from probe.history.store import FILE_NAME, History
from probe.model.clock import FakeClock
from probe.model.run import Run
from probe.model.scenario import Severity
from probe.telemetry.plan import Plan
from probe.telemetry.setup import Telemetry, start_telemetry
from tests.support.metrics_page import parse_page
from tests.support.runs import NOW, make_failed_run, make_run

PAIR = {"scenario": "mtls-handshake", "path": "billing"}
HERE = {"environment": "staging", "location": "eu-west-1a"}
PLAN = Plan(**PAIR, every_s=30.0, slo=0.99, severity=Severity.PAGE)
COUNT = "paypath_consecutive_failures"


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    """Of a process that has just begun."""
    made = start_telemetry({}, **HERE, version="1", pairs=[tuple(PAIR.values())], clock=FakeClock(NOW))  # type: ignore[arg-type, list-item]  # two texts
    yield made
    made.shutdown()


@pytest.fixture
def history(tmp_path: pathlib.Path) -> Iterator[History]:
    """Of the process before: a pass, and then three failures, the last half a minute ago."""
    made = History.open(tmp_path)
    for number, run in enumerate([make_run(), *[make_failed_run()] * 3]):
        at = NOW - timedelta(seconds=120 - 30 * number)
        made.record(replace(run, run_id=f"{number:032x}", started_at=at, **HERE))
    yield made
    made.close()


def counted(telemetry: Telemetry, *runs: Run) -> list[float]:
    """What the gauge says after these runs; empty where it says nothing."""
    for run in runs:
        telemetry.observer.run_finished(run)
    return [sample.value for sample in parse_page(*telemetry.render(None)).samples(COUNT)]


def test_a_failure_after_a_restart_is_not_the_first(telemetry: Telemetry, history: History) -> None:
    """Nothing is told before a run of its own; a pass ends what was before."""
    carry_on(telemetry.observer, history, [PLAN], **HERE, now=NOW)
    assert counted(telemetry) == []
    assert counted(telemetry, make_failed_run()) == [4]
    assert counted(telemetry, make_run()) == [0]
    assert counted(telemetry, make_failed_run()) == [1]


@pytest.mark.parametrize(("every_s", "later_s", "count"), [(30, 800, 4), (30, 1000, 1), (600, 1000, 4), (600, 1900, 1)])
def test_only_what_is_fresh_counts(
    telemetry: Telemetry, history: History, every_s: float, later_s: float, count: int
) -> None:
    """A quarter of an hour, or three intervals of a scenario that is run rarely."""
    plan = replace(PLAN, every_s=float(every_s))
    carry_on(telemetry.observer, history, [plan], **HERE, now=NOW + timedelta(seconds=later_s))
    assert counted(telemetry, make_failed_run()) == [count]


def test_without_what_was_before_counting_begins_anew(
    telemetry: Telemetry, history: History, caplog: pytest.LogCaptureFixture
) -> None:
    """No state directory, another location, or a file that cannot be read, which is said."""
    carry_on(telemetry.observer, None, [PLAN], **HERE, now=NOW)
    carry_on(telemetry.observer, history, [PLAN], environment="staging", location="elsewhere", now=NOW)
    history._connection.execute("DROP TABLE run")
    carry_on(telemetry.observer, history, [PLAN], **HERE, now=NOW)
    assert "failures in a row begin anew" in caplog.text
    assert FILE_NAME in caplog.text
    assert counted(telemetry, make_failed_run()) == [1]
