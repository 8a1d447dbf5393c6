"""Writing runs down while they happen."""

import logging
import pathlib
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from probe.history.recorder import RunRecorder
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


def test_a_locked_file_loses_runs_and_says_so_once(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    """Probing goes on while another process holds the file; the loss is counted, said once, and its end is said."""
    history = History.open(tmp_path)
    recorder = RunRecorder(history)
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with caplog.at_level(logging.WARNING, logger="paypath.history"):
        recorder.run_finished(_run(1))
        recorder.run_finished(_run(2))
        assert recorder.lost == 2
        other.execute("ROLLBACK")
        recorder.run_finished(_run(3))
    other.close()
    assert [run.run_id for run in history.runs(since=NOW)] == [f"{3:032x}"]
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "runs are not recorded",
        "runs are recorded again; 2 were lost",
    ]
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
