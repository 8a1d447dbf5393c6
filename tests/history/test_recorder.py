"""Writing runs down while they happen."""

import logging
import pathlib
import sqlite3
from datetime import UTC, datetime

import pytest

from probe.history.recorder import RunRecorder
from probe.history.store import FILE_NAME, History
from probe.model.outcome import Passed
from probe.model.run import Run

NOW = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)


def _run(number: int) -> Run:
    return Run(
        run_id=f"{number:032x}",
        span_id="b" * 16,
        scenario="card-charge",
        path="billing",
        environment="staging",
        location="here",
        started_at=NOW,
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
