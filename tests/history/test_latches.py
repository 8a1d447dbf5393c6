"""What keeps a path shut outlives the history."""

import fcntl
import logging
import os
import pathlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from probe.history import latches
from probe.history.glance import Glance
from probe.history.latches import Latch
from probe.history.store import FILE_NAME, History
from probe.history.trouble import HistoryError
from probe.model.clock import SystemClock

AT = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)
LATCH = Latch(path="billing", run_id="a" * 32, set_at=AT, because="an answer said livemode: true")


def _first_pages(file: pathlib.Path) -> None:
    file.write_bytes(b"\x00" * 8192 + file.read_bytes()[8192:])


def _emptied(file: pathlib.Path) -> None:
    file.write_bytes(b"")


DAMAGES: list[Callable[[pathlib.Path], None]] = [_first_pages, _emptied, pathlib.Path.unlink]


def latched(directory: pathlib.Path) -> History:
    """A history with one latch, as one process leaves it."""
    history = History.open(directory)
    history.set_latch(LATCH)
    return history


@pytest.mark.parametrize("damage", DAMAGES, ids=["overwritten", "emptied", "removed"])
def test_a_path_stays_shut_whatever_becomes_of_the_history(
    tmp_path: pathlib.Path, damage: Callable[[pathlib.Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """For the same cause, until a person unlocks it; and that it is so is said."""
    latched(tmp_path).close()
    damage(tmp_path / FILE_NAME)
    with caplog.at_level(logging.WARNING):
        history = History.open(tmp_path)
    assert history.latch("billing") == LATCH
    assert history.latch("other") is None
    assert "keeps shut: billing" in caplog.text
    assert history.clear_latch("billing", reason="the key was replaced", at=AT)
    history.close()
    damage(tmp_path / FILE_NAME)
    history = History.open(tmp_path)
    assert history.latch("billing") is None
    history.close()


def test_a_history_of_before_is_written_down_beside_it(tmp_path: pathlib.Path) -> None:
    """A latch of an older release, which knew no such file."""
    latched(tmp_path).close()
    (tmp_path / latches.FILE_NAME).unlink()
    History.open(tmp_path).close()
    (tmp_path / FILE_NAME).unlink()
    history = History.open(tmp_path)
    assert history.latch("billing") == LATCH
    history.close()


@pytest.mark.parametrize(("cause", "told"), [(b"\xff", "\N{REPLACEMENT CHARACTER}"), (None, ""), (7, "7")])
def test_what_damage_made_of_a_latch_is_kept_beside_it_as_a_text(
    tmp_path: pathlib.Path, cause: object, told: str
) -> None:
    """What paypath then refused to read, it had written itself."""
    latched(tmp_path).close()
    (tmp_path / latches.FILE_NAME).unlink()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as damaged, damaged:
        damaged.execute("CREATE TABLE other (path PRIMARY KEY, run_id, set_at, because)")
        damaged.execute("INSERT INTO other SELECT path, run_id, set_at, ? FROM latch", (cause,))
        damaged.execute("DROP TABLE latch")
        damaged.execute("ALTER TABLE other RENAME TO latch")
    for _ in range(2):
        with closing(History.open(tmp_path)) as history:
            shut = history.latch("billing")
    assert shut is not None
    assert shut.because == told
    with closing(History.open(tmp_path)) as history:
        assert history.clear_latch("billing", reason="looked into it", at=AT)
        assert history.latch("billing") is None


@pytest.mark.parametrize(
    "text", ["{", "[1]", '[{"path": "billing"}]', '[{"path": 1, "run_id": "", "set_at": "", "because": ""}]']
)
def test_a_file_that_cannot_be_read_opens_nothing(tmp_path: pathlib.Path, text: str) -> None:
    """Without a history nothing is written to Stripe; the message says what to do."""
    latched(tmp_path).close()
    (tmp_path / latches.FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(
        HistoryError, match=r"latches\.json says which paths are shut, and cannot be read: .*; remove it"
    ):
        History.open(tmp_path)


def unlocks(directory: pathlib.Path) -> list[tuple[str, ...]]:
    """What was kept of them: path, moment and reason."""
    with closing(sqlite3.connect(directory / FILE_NAME)) as reading:
        return reading.execute("SELECT path, cleared_at, reason FROM unlock").fetchall()


def test_an_unlock_that_cannot_be_written_is_no_unlock(tmp_path: pathlib.Path) -> None:
    """Nor is it kept as one, and the path is shut in both places; a latch that cannot be written beside the history is one all the same."""
    history = latched(tmp_path)
    (tmp_path / f"{latches.FILE_NAME}.new").mkdir()
    with pytest.raises(HistoryError, match=r"cannot write .*latches\.json"):
        history.clear_latch("billing", reason="the key was replaced", at=AT)
    assert history.latch("billing") == LATCH
    assert unlocks(tmp_path) == []
    (tmp_path / latches.FILE_NAME).rename(tmp_path / "lost")
    assert history.latch("billing") == LATCH
    (tmp_path / "lost").rename(tmp_path / latches.FILE_NAME)
    history.set_latch(Latch(path="other", run_id="b" * 32, set_at=AT, because="likewise"))
    assert history.latch("other") is not None
    history.close()


def fill(other: sqlite3.Connection, history: History, table: str) -> None:
    """As on a full disk: every statement that adds to the table works, and what it did is not kept in the end."""
    other.execute(
        "CREATE TABLE room (page INTEGER PRIMARY KEY, after INTEGER REFERENCES room (page) DEFERRABLE INITIALLY DEFERRED)"
    )
    trigger = f"CREATE TRIGGER full AFTER INSERT ON {table} BEGIN INSERT INTO room (after) VALUES (-1); END"  # noqa: S608 - a constant
    other.execute(trigger)
    history._connection.execute("PRAGMA foreign_keys = ON")


@pytest.mark.parametrize("failing", ["the lock", "the commit"])
def test_an_unlock_that_fails_opens_nothing(tmp_path: pathlib.Path, failing: str) -> None:
    """Also what stands beside the history alone: there it is opened last."""
    history = History.open(tmp_path)
    beside = tmp_path / latches.FILE_NAME
    latches.LatchFile(beside).add(("billing", "a" * 32, AT.isoformat(), "live"))
    before = beside.read_bytes()
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        if failing == "the lock":
            other.execute("BEGIN IMMEDIATE")
        else:
            fill(other, history, "unlock")
        with pytest.raises(HistoryError) as caught:
            history.clear_latch("billing", reason="the key was replaced", at=AT)
        assert caught.value.passing is (failing == "the lock")
        assert beside.read_bytes() == before
        assert other.execute("SELECT * FROM unlock").fetchall() == []
    history.close()


def test_what_is_left_of_an_unlock_that_was_broken_off_opens_nothing(tmp_path: pathlib.Path) -> None:
    """Another process takes the lock between its two steps: its row stays, as where the process dies there, and the latch too, in every process and for good."""
    history = latched(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        begun = 0

        def lock_out(statement: str) -> None:
            nonlocal begun
            begun += statement == "BEGIN IMMEDIATE"
            if begun == 2:
                other.execute("BEGIN IMMEDIATE")
                begun += 1

        history._connection.set_trace_callback(lock_out)
        with pytest.raises(HistoryError, match="another process holds it"):
            history.clear_latch("billing", reason="the key was replaced", at=AT)
        history._connection.set_trace_callback(None)
        assert history.latch("billing") == LATCH
        other.execute("ROLLBACK")
    assert len(unlocks(tmp_path)) == 1
    history.close()
    for _ in range(2):
        history = History.open(tmp_path)
        assert history.latch("billing") == LATCH
        history.close()
        (tmp_path / latches.FILE_NAME).unlink()  # the history has taken it over
    history = History.open(tmp_path)
    later = AT + timedelta(minutes=5)
    assert history.clear_latch("billing", reason="the key was replaced at last", at=later)
    assert history.latch("billing") is None
    history.close()
    assert [reason for _, _, reason in unlocks(tmp_path)] == ["the key was replaced", "the key was replaced at last"]


def test_a_latch_that_is_set_meanwhile_is_not_opened(tmp_path: pathlib.Path) -> None:
    """What the history shuts is shut beside it too, whatever is opened."""
    beside = latches.LatchFile(tmp_path / latches.FILE_NAME)
    beside.add(("billing", "1", "x", "first"))
    beside.keep([("billing", "2", "y", "again")], opened="billing")
    assert beside.rows() == {"billing": ("billing", "2", "y", "again")}


def test_what_another_process_took_over_meanwhile_is_opened_too(tmp_path: pathlib.Path) -> None:
    """It had read the file beside the history before that was opened."""
    history = latched(tmp_path)
    history._connection.executescript(
        "CREATE TRIGGER late AFTER DELETE ON latch WHEN NOT EXISTS (SELECT 1 FROM late) BEGIN"
        " INSERT INTO late VALUES (1);"
        " INSERT INTO latch VALUES (old.path, old.run_id, old.set_at, old.because); END;"
        "CREATE TABLE late (once INTEGER);"
    )
    assert history.clear_latch("billing", reason="the key was replaced", at=AT)
    assert history.latch("billing") is None
    history.close()


def test_the_file_is_ours_alone(tmp_path: pathlib.Path) -> None:
    """Nobody else writes what opens a path."""
    latched(tmp_path).close()
    assert (tmp_path / latches.FILE_NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("age_s", "said"), [(60, True), (0, False)])
def test_a_history_that_was_emptied_is_said(
    tmp_path: pathlib.Path,
    caplog: pytest.LogCaptureFixture,
    age_s: int,
    said: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Also where no path was shut; one that another process is just making is not."""
    file = tmp_path / FILE_NAME
    file.touch()
    now_s = SystemClock().now().timestamp()
    os.utime(file, (now_s - age_s, now_s - age_s))
    with caplog.at_level(logging.WARNING):
        History.open(tmp_path).close()
    assert (f"{file} is empty: what it held is lost" in caplog.text) is said


def test_a_path_is_shut_although_another_process_holds_the_history(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    """For every process at once; the history follows as soon as it can be written."""
    history, other = History.open(tmp_path), History.open(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        history.set_latch(LATCH)
        assert "path billing is shut in " in caplog.text
        assert history.latch("billing") == other.latch("billing") == LATCH
        assert holder.execute("SELECT * FROM latch").fetchall() == []
        holder.execute("ROLLBACK")
        assert history.latch("billing") == LATCH
        assert len(holder.execute("SELECT * FROM latch").fetchall()) == 1
    assert "that path billing is shut stands in the history too now" in caplog.text
    assert other.clear_latch("billing", reason="the key was replaced", at=AT)
    assert history.latch("billing") is None
    history.close()
    other.close()


def test_that_the_history_has_followed_is_said_when_it_has(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Once, and not where that is not kept in the end."""
    history = History.open(tmp_path)
    latches.LatchFile(tmp_path / latches.FILE_NAME).add(("billing", "a" * 32, AT.isoformat(), "live"))
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        fill(other, history, "latch")
        for _ in range(3):
            assert history.latch("billing") is not None
        assert other.execute("SELECT * FROM latch").fetchall() == []
        assert "stands in the history too now" not in caplog.text
        other.execute("DROP TRIGGER full")
        for _ in range(3):
            assert history.latch("billing") is not None
        assert len(other.execute("SELECT * FROM latch").fetchall()) == 1
    assert caplog.text.count("stands in the history too now") == 1
    history.close()


def test_what_stands_beside_the_history_alone_can_be_unlocked(tmp_path: pathlib.Path) -> None:
    """By a process that was there before."""
    history = History.open(tmp_path)
    latches.LatchFile(tmp_path / latches.FILE_NAME).add(("billing", "a" * 32, AT.isoformat(), "live"))
    assert history.clear_latch("billing", reason="the key was replaced", at=AT)
    assert history.latch("billing") is None
    history.close()


def test_nothing_of_two_processes_is_lost(tmp_path: pathlib.Path) -> None:
    """Each adds to what the other has written; what one process opens does not open the rest."""
    one, two = (latches.LatchFile(tmp_path / latches.FILE_NAME) for _ in range(2))
    one.add(("a", "1", "x", "first"))
    two.add(("b", "2", "x", "first"))
    one.add(("b", "3", "x", "second"))
    two.keep([("c", "4", "x", "first")], opened="a")
    assert one.rows() == {"b": ("b", "2", "x", "first"), "c": ("c", "4", "x", "first")}


def test_whoever_holds_the_directory_is_not_waited_for_long(tmp_path: pathlib.Path) -> None:
    """A process that was stopped in the middle: the latch goes into the history alone."""
    history = History.open(tmp_path)
    holder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    history.set_latch(LATCH)
    assert history.latch("billing") == LATCH
    assert not (tmp_path / latches.FILE_NAME).exists()
    os.close(holder)
    history.close()


def test_a_latch_that_can_be_kept_nowhere_is_an_error(tmp_path: pathlib.Path) -> None:
    """Whoever sets it keeps it in memory, and tries again."""
    history = History.open(tmp_path)
    (tmp_path / f"{latches.FILE_NAME}.new").mkdir()
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryError, match="another process holds it"):
            history.set_latch(LATCH)
        holder.execute("ROLLBACK")
    history.close()


def test_what_shuts_a_path_and_has_no_moment_is_not_open(tmp_path: pathlib.Path) -> None:
    """With a history and without one: somebody has written into the file."""
    History.open(tmp_path).close()
    beside = latches.LatchFile(tmp_path / latches.FILE_NAME)
    beside.add(("billing", "a" * 32, "yesterday", "live"))
    with pytest.raises(HistoryError, match=r"latches\.json is damaged: 'yesterday' is no time"):
        Glance(tmp_path).latch("billing")
    history = History.open(tmp_path)
    with pytest.raises(HistoryError, match="is damaged: 'yesterday' is no time"):
        history.latch("billing")
    history.close()


def test_a_path_is_shut_beside_a_history_that_cannot_be_opened(tmp_path: pathlib.Path) -> None:
    """The first cause stays, and the history takes it over when it is opened."""
    beside = Glance(tmp_path)
    beside.set_latch(LATCH)
    beside.set_latch(Latch(path="billing", run_id="b" * 32, set_at=AT, because="again"))
    assert beside.latch("billing") == LATCH
    history = History.open(tmp_path)
    (tmp_path / latches.FILE_NAME).unlink()
    assert history.latch("billing") == LATCH
    history.close()


def test_a_path_that_cannot_be_shut_beside_the_history_either_is_an_error(tmp_path: pathlib.Path) -> None:
    """Whoever sets the latch keeps it in memory; what the file held stays."""
    (tmp_path / "nowhere").touch()
    with pytest.raises(HistoryError, match=r"cannot write .*latches\.json"):
        Glance(tmp_path / "nowhere").set_latch(LATCH)
    (tmp_path / latches.FILE_NAME).write_text("{", encoding="utf-8")
    with pytest.raises(HistoryError, match=r"cannot write .*latches\.json: it is not what paypath wrote"):
        Glance(tmp_path).set_latch(LATCH)
    assert (tmp_path / latches.FILE_NAME).read_text(encoding="utf-8") == "{"


def test_a_file_that_breaks_while_it_is_used_lets_nothing_through(tmp_path: pathlib.Path) -> None:
    """Nobody knows what it shut."""
    history = latched(tmp_path)
    (tmp_path / latches.FILE_NAME).write_text("{", encoding="utf-8")
    with pytest.raises(HistoryError, match=r"latches\.json cannot be read: it is not what paypath wrote"):
        history.latch("other")
    history.close()


def test_that_no_room_can_be_kept_is_said_once(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    """And is tried again."""
    (tmp_path / f"{latches.FILE_NAME}.spare-1").mkdir()
    history = History.open(tmp_path)
    history._shutting.stock()
    assert caplog.text.count("no room can be kept for a latch") == 1
    (tmp_path / f"{latches.FILE_NAME}.spare-1").rmdir()
    history._shutting.stock()
    assert (tmp_path / f"{latches.FILE_NAME}.spare-2").exists()
    history.close()


def test_what_it_writes_it_can_read(tmp_path: pathlib.Path) -> None:
    """As many latched paths as anybody has, all of them for a long cause; one is unlocked like any other."""
    because = "card-charge on a connector: the charge that was taken says livemode: true, in each of its objects. " * 4
    rows = [(f"path-{number:06}", "a" * 32, AT.isoformat(), because) for number in range(20_000)]
    latches.LatchFile(tmp_path / latches.FILE_NAME).keep(rows)
    assert (tmp_path / latches.FILE_NAME).stat().st_size > 10_000_000
    history = History.open(tmp_path)
    assert history.clear_latch("path-000007", reason="the key was replaced", at=AT)
    assert [history.latch(path) is None for path in ("path-000007", "path-000008")] == [True, False]
    history.close()
