"""Writing runs down while they happen."""

import logging
import pathlib
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from probe.history.recorder import Backlog, RunRecorder
from probe.history.store import FILE_NAME, RETENTION, History
from probe.model.outcome import Passed
from probe.model.run import Run

NOW = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)


def _run(number: int, started_at: datetime = NOW) -> Run:
    return Run(
        run_id=f"{number:032x}",
        span_id="b" * 16,
        scenario="card-charge",
        path="billing",
        environment="staging",
        location="here",
        started_at=started_at,
        duration_s=0.4,
        outcome=Passed(),
    )


def test_runs_wait_while_another_process_holds_the_file(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Probing goes on, nothing is lost, and that is said once; who waits is told each time."""
    history, told = History.open(tmp_path), []
    recorder = RunRecorder(history, told=lambda lost, waiting: told.append((lost, waiting)))
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with caplog.at_level(logging.WARNING, logger="paypath.history"):
        for number in range(3):
            recorder.run_finished(_run(number))
        other.execute("ROLLBACK")
        for number in range(3, 5):
            recorder.run_finished(_run(number))
    other.close()
    assert told == [(0, 1), (0, 2), (0, 3), (0, 3), (0, 0)]
    assert len(history.runs(since=NOW)) == 5
    first, last = (record.getMessage() for record in caplog.records)
    assert first.startswith("runs are not recorded, and wait in memory, 10000 at the most: ")
    assert first.endswith("see who it is (`fuser FILE`)")
    assert last == "runs are recorded again; 0 were lost, 4 had waited"
    history.close()


def test_only_so_many_wait_and_the_oldest_go_first(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    """A lock that lasts for days must not fill the memory; what is lost is counted."""
    history, told = History.open(tmp_path), []
    recorder = RunRecorder(history, told=lambda lost, waiting: told.append((lost, waiting)), most_waiting=2)
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with caplog.at_level(logging.WARNING, logger="paypath.history"):
        for number in range(3):
            recorder.run_finished(_run(number))
        assert told[-1] == (1, 2)
        other.execute("ROLLBACK")
        recorder.run_finished(_run(3))
        recorder.finish()
    other.close()
    assert [run.run_id for run in history.runs(since=NOW)] == [f"{number:032x}" for number in (1, 2, 3)]
    assert "runs are recorded again; 1 were lost, 3 had waited" in caplog.text
    history.close()


def test_what_still_waits_at_the_end_is_said_to_be_lost(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The process ends, whoever holds the file."""
    history, told = History.open(tmp_path), []
    recorder = RunRecorder(history, told=lambda lost, waiting: told.append((lost, waiting)))
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    recorder.run_finished(_run(1))
    with caplog.at_level(logging.WARNING, logger="paypath.history"):
        recorder.finish()
    other.close()
    assert told[-1] == (1, 0)
    assert caplog.records[-1].getMessage() == "1 runs could not be recorded before the end; they are lost"
    history.close()


def test_what_is_too_old_is_forgotten_once_a_day(tmp_path: pathlib.Path) -> None:
    """A history that only grows would fill the disk in the end; looking for what is old after each run would cost more than the run."""
    history = History.open(tmp_path)
    recorder = RunRecorder(history)
    for number, started_at in enumerate((NOW, NOW + timedelta(hours=1), NOW + RETENTION + timedelta(minutes=30))):
        recorder.run_finished(_run(number, started_at))
    assert [run.run_id for run in history.runs(since=NOW)] == [f"{number:032x}" for number in (1, 2)]
    recorder.run_finished(_run(3, NOW + RETENTION + timedelta(hours=2)))
    assert len(history.runs(since=NOW)) == 3
    recorder.run_finished(_run(4, NOW + RETENTION + timedelta(days=2)))
    assert [run.run_id for run in history.runs(since=NOW)] == [f"{number:032x}" for number in (2, 3, 4)]
    history.close()


def test_whoever_takes_over_goes_on_with_what_waits(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    """Also where it has no history of its own yet: nothing is lost before the last one has ended."""
    history, backlog, told = History.open(tmp_path), Backlog(), []
    first = RunRecorder(history, backlog=backlog)
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    first.run_finished(_run(1))
    second = RunRecorder(None, backlog=backlog, told=lambda lost, waiting: told.append((lost, waiting)))
    second.run_finished(_run(2))
    first.run_finished(_run(3))
    first.finish()
    other.execute("ROLLBACK")
    other.close()
    third = RunRecorder(history, backlog=backlog)
    second.finish()
    assert told[-1] == (0, 3)
    third.finish()
    assert [run.run_id for run in history.runs(since=NOW)] == [f"{number:032x}" for number in (1, 2, 3)]
    assert "lost, 3 had waited" in caplog.text
    assert "before the end" not in caplog.text
    history.close()
