"""A file that is locked, removed, replaced or written over while it is open."""

import dataclasses
import logging
import os
import pathlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from probe.history.latches import Latch
from probe.history.store import FILE_NAME, LOOK_S, History
from probe.history.trouble import BUSY_TIMEOUT_S, HistoryError, in_words
from probe.model.clock import FakeClock
from tests.pager.told import run
from tests.verdict.pages import START

LATCH = Latch(path="billing", run_id="a" * 32, set_at=START, because="livemode: true")
CLOCK = FakeClock(START)


@pytest.fixture
def history(tmp_path: pathlib.Path) -> Iterator[History]:
    """One with a run and a latch."""
    history = History.open(tmp_path, clock=CLOCK)
    history.record(run(0))
    history.set_latch(LATCH)
    yield history
    history.close()


def _runs(history: History) -> int:
    return len(history.runs(since=START - timedelta(days=1)))


def _patience(history: History) -> int:
    (milliseconds,) = history._connection.execute("PRAGMA busy_timeout").fetchone()
    return int(milliseconds)


def test_who_holds_the_file_is_waited_for_once(history: History, tmp_path: pathlib.Path) -> None:
    """Each wait stops the event loop; when a write has worked again, the next one may wait again."""
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert _patience(history) == 1000 * BUSY_TIMEOUT_S
    with pytest.raises(HistoryError, match="another process holds it"):
        history.record(run(1))
    assert _patience(history) == 0
    assert history.latch("billing") == LATCH, "reading goes on"
    other.execute("ROLLBACK")
    other.close()
    history.record(run(1))
    assert _patience(history) == 1000 * BUSY_TIMEOUT_S


@pytest.mark.parametrize("directory_too", [False, True])
def test_a_removed_file_comes_back_whole(
    history: History,
    tmp_path: pathlib.Path,
    caplog: pytest.LogCaptureFixture,
    directory_too: bool,  # noqa: FBT001 - a parameter
) -> None:
    """The kernel keeps it as long as it is open: with the next run it is there again, latch included."""
    shutil.rmtree(tmp_path)
    if not directory_too:
        tmp_path.mkdir()
    with caplog.at_level(logging.WARNING, logger="paypath.history"):
        history.record(run(1))
        history.record(run(2))
    assert caplog.text.count("was removed; it is back, with all that it held") == 1
    reader = History.open(tmp_path)
    assert (_runs(reader), reader.latch("billing")) == (3, LATCH)
    reader.close()


def test_of_a_replaced_file_the_latches_stay(history: History, tmp_path: pathlib.Path) -> None:
    """Another process has begun a new one: what it wrote stands, and nothing is opened by that."""
    (tmp_path / FILE_NAME).unlink()
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"{FILE_NAME}{suffix}").unlink()
    other = History.open(tmp_path)
    other.record(run(7))
    history.record(run(8))
    assert (_runs(other), other.latch("billing")) == (2, LATCH)
    other.close()


def test_what_was_unlocked_in_the_new_file_stays_open(
    history: History, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A person has opened it since; what nobody has opened is taken over, also where it had been opened before."""
    assert history.clear_latch("billing", reason="the first time", at=START)
    for path in ("billing", "other"):
        later = dataclasses.replace(LATCH, path=path, set_at=START + timedelta(minutes=1))
        history.set_latch(later)
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"{FILE_NAME}{suffix}").unlink()
    other = History.open(tmp_path)
    assert other.clear_latch("billing", reason="the key was replaced", at=START + timedelta(minutes=2))
    history.record(run(8))
    assert [reader.latch("billing") for reader in (history, other)] == [None, None]
    assert [reader.latch("other") for reader in (history, other)] == [later, later]
    assert "the latches of before are in it too, except those that were unlocked there" in caplog.text
    other.close()


def test_a_removed_file_that_cannot_be_written_anew_is_tried_again(history: History, tmp_path: pathlib.Path) -> None:
    """Nothing of it is lost meanwhile."""
    shutil.rmtree(tmp_path)
    tmp_path.write_text("a file where the directory was")
    for _ in range(2):
        with pytest.raises(HistoryError, match="cannot be written anew"):
            history.record(run(1))
    tmp_path.unlink()
    history.record(run(1))
    assert _runs(history) == 2


def test_damage_is_found_within_ten_seconds(history: History, tmp_path: pathlib.Path) -> None:
    """A connection that has its pages in memory would write on into the noise."""
    for number in range(1000, 4000):
        history.record(run(number))
    for suffix in ("", "-wal"):
        file = tmp_path / f"{FILE_NAME}{suffix}"
        with file.open("r+b") as opened:
            opened.write(os.urandom(file.stat().st_size))
    CLOCK.advance(LOOK_S)
    with pytest.raises(HistoryError):
        history.record(run(1))
    assert (tmp_path / f"{FILE_NAME}.damaged-1").exists()
    history.record(run(1))
    assert _runs(history) == 1


DROPS = ["DROP TABLE run", "DROP TABLE latch", "ALTER TABLE run DROP COLUMN certificate"]


@pytest.mark.parametrize("drop", DROPS)
@pytest.mark.parametrize("at_start", [True, False])
def test_a_file_that_lacks_a_table_is_set_aside(
    history: History,
    tmp_path: pathlib.Path,
    caplog: pytest.LogCaptureFixture,
    drop: str,
    at_start: bool,  # noqa: FBT001 - a parameter
) -> None:
    """To SQLite it is as good as any; each write would fail for ever. What was latched stays shut."""
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        other.execute(drop)
    if at_start:
        history.close()
        history = History.open(tmp_path, clock=CLOCK)
    else:
        CLOCK.advance(LOOK_S)
        with pytest.raises(HistoryError, match="no such table or column"):
            history.record(run(1))
    history.record(run(2))
    assert _runs(history) == 1
    assert history.latch("billing") == LATCH
    assert (tmp_path / f"{FILE_NAME}.damaged-1").exists()
    assert f"{FILE_NAME} is damaged; it is now" in caplog.text
    history.close()


def test_what_a_dropped_table_was_asked_for_finds_it_at_once(history: History, tmp_path: pathlib.Path) -> None:
    """Before anybody looks; what SQLite does not understand for other reasons is no damage."""
    with pytest.raises(HistoryError), history._damage_told():
        history._connection.execute("SELECT nothing FROM nowhere")
    assert not (tmp_path / f"{FILE_NAME}.damaged-1").exists()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        other.execute("DROP TABLE run")
    with pytest.raises(HistoryError, match="no such table"):
        history.record(run(1))
    history.record(run(1))
    assert _runs(history) == 1


def test_two_processes_come_through_a_dropped_table(history: History, tmp_path: pathlib.Path) -> None:
    """The first begins a new file, and the second takes it over although its own shows no latches any more."""
    second = History.open(tmp_path, clock=CLOCK)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        other.execute("DROP TABLE latch")
        other.execute("DROP TABLE run")
    with pytest.raises(HistoryError):
        history.record(run(1))
    second.record(run(2))
    history.record(run(3))
    assert _runs(second) == 2
    assert second.latch("billing") == LATCH
    second.close()


def test_a_damaged_file_that_cannot_be_begun_anew_is_tried_again(history: History, tmp_path: pathlib.Path) -> None:
    """What cannot be renamed now can be later."""
    file = tmp_path / FILE_NAME
    history._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.write_bytes(b"x" * file.stat().st_size)
    CLOCK.advance(LOOK_S)
    aside = [tmp_path / f"{FILE_NAME}.damaged-{number}" for number in range(1, 101)]
    for each in aside:
        each.mkdir()
    for _ in range(2):
        with pytest.raises(HistoryError):
            history.record(run(1))
    for each in aside:
        each.rmdir()
    history.record(run(1))
    assert _runs(history) == 1


def test_what_sqlite_does_not_name_is_passed_on() -> None:
    """Without a mend of our own."""
    assert in_words(sqlite3.ProgrammingError("closed")) == "closed"
