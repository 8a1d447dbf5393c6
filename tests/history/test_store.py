"""The state that outlives the process."""

import pathlib
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from probe.history.latches import Latch
from probe.history.recorder import RunRecorder
from probe.history.store import FILE_NAME, RETENTION, History
from probe.history.trouble import HistoryError
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


def test_a_damaged_file_is_set_aside_whole(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    """What is no database is kept under another name, and probing goes on with a new one."""
    notes = b"precious notes, not a database" * 100
    (tmp_path / FILE_NAME).write_bytes(notes)
    history = History.open(tmp_path)
    history.record(_run("a"))
    assert [run.run_id for run in history.runs(since=NOW)] == ["a"]
    history.close()
    assert (tmp_path / f"{FILE_NAME}.damaged-1").read_bytes() == notes
    assert "is damaged; it is now" in caplog.text
    assert {record.levelname for record in caplog.records} == {"ERROR"}, "said with --quiet too"


def test_a_file_that_breaks_while_it_is_used_is_set_aside_with_its_latches(tmp_path: pathlib.Path) -> None:
    """The write that finds it is lost and said; the next one works, and a path that was latched stays shut."""
    history = History.open(tmp_path)
    history.set_latch(Latch(path="billing", run_id="a", set_at=NOW, because="live"))
    for number in range(300):
        history.record(_run(f"{number:032x}", NOW + timedelta(seconds=number)))
    history.close()
    file = tmp_path / FILE_NAME
    with closing(sqlite3.connect(file)) as connection:
        (page_of_runs,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'run'").fetchone()
    content = bytearray(file.read_bytes())
    content[(page_of_runs - 1) * 4096 : page_of_runs * 4096] = b"\xff" * 4096
    file.write_bytes(content)
    history = History.open(tmp_path)
    with pytest.raises(HistoryError, match="malformed"):
        history.runs(since=NOW)
    history.record(_run("b"))
    assert [run.run_id for run in history.runs(since=NOW)] == ["b"]
    latch = history.latch("billing")
    assert latch is not None
    assert latch.because == "live"
    history.close()


def test_a_full_disk_loses_nothing(tmp_path: pathlib.Path) -> None:
    """SQLite's own "full": what cannot be written waits, and is there when there is room again."""
    history = History.open(tmp_path)
    connection = history._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    recorder = RunRecorder(history)
    for number in range(200):
        recorder.run_finished(_run(f"{number:032x}", NOW + timedelta(seconds=number)))
    written = len(history.runs(since=NOW))
    assert 0 < written < 200
    assert (recorder.lost, recorder.waiting) == (0, 200 - written)
    connection.execute("PRAGMA max_page_count = 100000")
    recorder.finish()
    assert len(history.runs(since=NOW)) == 200
    history.close()


def test_a_file_of_a_newer_release_is_refused(tmp_path: pathlib.Path) -> None:
    """A downgrade says so instead of losing columns."""
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(HistoryError, match="newer release"):
        History.open(tmp_path)
