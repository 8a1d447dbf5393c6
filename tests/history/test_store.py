"""The state that outlives the process."""

import pathlib
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from probe.history.store import FILE_NAME, RETENTION, History, HistoryError, Latch
from probe.model.outcome import Passed
from probe.model.run import Run

NOW = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)


def _run(run_id: str, started_at: datetime = NOW) -> Run:
    return Run(
        run_id=run_id,
        span_id="b" * 16,
        scenario="card-charge",
        path="billing",
        environment="staging",
        location="here",
        started_at=started_at,
        duration_s=0.4,
        outcome=Passed(),
    )


def test_runs_survive_a_restart_and_are_recorded_once(tmp_path: pathlib.Path) -> None:
    """A run recorded twice, or read by the next process, is one run."""
    first = History.open(tmp_path)
    first.record(_run("a" * 32))
    first.record(_run("a" * 32))
    first.close()
    second = History.open(tmp_path)
    assert [(r.run_id, r.outcome, r.started_at) for r in second.runs(since=NOW)] == [("a" * 32, "passed", NOW)]
    assert second.runs(since=NOW + timedelta(seconds=1)) == ()
    second.close()


def test_old_runs_are_forgotten(tmp_path: pathlib.Path) -> None:
    """Only what is older than the retention goes."""
    history = History.open(tmp_path)
    history.record(_run("a" * 32, NOW - RETENTION - timedelta(seconds=1)))
    history.record(_run("b" * 32))
    assert history.forget(now=NOW) == 1
    assert [r.run_id for r in history.runs(since=NOW - 2 * RETENTION)] == ["b" * 32]
    history.close()


def test_the_latch_survives_a_restart_until_a_person_clears_it(tmp_path: pathlib.Path) -> None:
    """The first cause stays, and clearing it needs and keeps a reason."""
    history = History.open(tmp_path)
    latch = Latch(path="billing", run_id="a" * 32, set_at=NOW, because="livemode: true on a payment_intent")
    history.set_latch(latch)
    history.set_latch(Latch(path="billing", run_id="c" * 32, set_at=NOW, because="again"))
    history.close()
    history = History.open(tmp_path)
    assert history.latch("billing") == latch
    assert history.latch("other") is None
    assert history.clear_latch("billing", reason="the account was mixed up", at=NOW) is True
    assert history.clear_latch("billing", reason="twice", at=NOW) is False
    assert history.latch("billing") is None
    history.close()


def test_a_directory_that_cannot_be_made_is_one_clear_error(tmp_path: pathlib.Path) -> None:
    """The message names the file and says how to mend it."""
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(HistoryError, match=r"cannot write .*file/history.sqlite3: .*state\.directory"):
        History.open(tmp_path / "file")


def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: pathlib.Path) -> None:
    """What is not a database of ours is not overwritten."""
    (tmp_path / FILE_NAME).write_bytes(b"precious notes, not a database" * 100)
    with pytest.raises(HistoryError, match="not a database"):
        History.open(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes().startswith(b"precious notes")


def test_a_file_of_a_newer_release_is_refused(tmp_path: pathlib.Path) -> None:
    """A downgrade says so instead of losing columns."""
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(HistoryError, match="newer release"):
        History.open(tmp_path)
