"""What keeps paths shut, read in passing: in the history or beside it, and nothing is made where nothing is."""

import dataclasses
import logging
import os
import pathlib
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from probe.history.glance import Glance
from probe.history.latches import FILE_NAME as BESIDE
from probe.history.latches import Latch, LatchFile, row_of
from probe.history.store import FILE_NAME, History
from probe.history.trouble import HistoryError

SHUT = Latch(path="billing", run_id="a" * 32, set_at=datetime(2026, 1, 15, 14, 28, tzinfo=UTC), because="live.")


@pytest.fixture
def state(tmp_path: pathlib.Path) -> pathlib.Path:
    """A state directory with one latch, as a process left it."""
    history = History.open(tmp_path)
    history.set_latch(SHUT)
    history.close()
    return tmp_path


@pytest.mark.parametrize("lost", [None, FILE_NAME, BESIDE])
def test_shut_in_either_is_shut(state: pathlib.Path, lost: str | None) -> None:
    """Whatever was lost, and other paths stay open."""
    if lost is not None:
        (state / lost).unlink()
    assert (Glance(state).latch("billing"), Glance(state).latch("other")) == (SHUT, None)


@pytest.mark.parametrize("spoilt", [FILE_NAME, BESIDE])
def test_what_cannot_be_read_is_said_and_the_other_one_decides(
    state: pathlib.Path, spoilt: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Noise in the place of a file; for a path that is shut in neither both are looked at."""
    (state / spoilt).write_bytes(os.urandom(4096))
    with caplog.at_level(logging.WARNING):
        assert (Glance(state).latch("billing"), Glance(state).latch("other")) == (SHUT, None)
    assert f"cannot read in {state / spoilt} which paths are latched: " in caplog.text


def test_nothing_is_made_by_looking(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither files nor the directory; that nothing is there, nor can be, is no trouble."""
    assert Glance(tmp_path).latch("billing") is None
    assert Glance(tmp_path / "none").latch("billing") is None
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    assert Glance(tmp_path / "file" / "state").latch("billing") is None
    assert caplog.text == ""


def test_a_latch_is_written_beside_the_history_which_follows(tmp_path: pathlib.Path) -> None:
    """An answer from live mode outlives the command that met it."""
    Glance(tmp_path).set_latch(SHUT)
    assert Glance(tmp_path).latch("billing") == SHUT
    history = History.open(tmp_path)
    assert history.latch("billing") == SHUT
    history.close()
    Glance(tmp_path / "new" / "state").set_latch(SHUT)
    assert Glance(tmp_path / "new" / "state").latch("billing") == SHUT
    (tmp_path / "file").touch()
    with pytest.raises(HistoryError, match="cannot write"):
        Glance(tmp_path / "file").set_latch(SHUT)


def test_a_latch_that_the_file_cannot_keep_goes_into_the_history(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever becomes of the file: whoever looks next finds the path shut, and nobody makes a history for it."""
    (tmp_path / BESIDE).touch()
    with pytest.raises(HistoryError, match=r"cannot write .*latches\.json: it is not what paypath wrote"):
        Glance(tmp_path).set_latch(SHUT)
    assert [each.name for each in tmp_path.iterdir()] == [BESIDE]
    (tmp_path / BESIDE).unlink()
    History.open(tmp_path).close()
    (tmp_path / BESIDE).touch()
    Glance(tmp_path).set_latch(SHUT)
    Glance(tmp_path).set_latch(dataclasses.replace(SHUT, because="again"))
    assert f"path billing is shut in {tmp_path / FILE_NAME} alone so far" in caplog.text
    assert Glance(tmp_path).latch("billing") == SHUT
    (tmp_path / BESIDE).unlink()
    assert Glance(tmp_path).latch("billing") == SHUT
    with closing(History.open(tmp_path)) as history:
        assert history.latch("billing") == SHUT
    assert LatchFile(tmp_path / BESIDE).rows() == {"billing": row_of(SHUT)}


def test_a_latch_that_neither_can_keep_is_an_error(tmp_path: pathlib.Path) -> None:
    """Whoever sets it keeps it in memory, and tells both."""
    for name in (BESIDE, FILE_NAME):
        (tmp_path / name).write_bytes(os.urandom(4096))
    with pytest.raises(HistoryError, match=r"cannot write .*latches\.json: .*, nor .*history\.sqlite3: file is not a"):
        Glance(tmp_path).set_latch(SHUT)


@pytest.mark.parametrize("content", ["[" * 300_000, "{}", '""', "[[]]", "null", "1" * 5000, "[{}]"])
def test_what_is_no_list_of_latches_cannot_be_read(
    state: pathlib.Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    """However deep it is, and though nothing would be found in it; the history decides."""
    (state / BESIDE).write_text(content, encoding="utf-8")
    assert (Glance(state).latch("billing"), Glance(state).latch("other")) == (SHUT, None)
    assert f"cannot read in {state / BESIDE} which paths are latched: it is not what paypath wrote" in caplog.text


def test_half_a_surrogate_pair_is_nothing_that_paypath_wrote(state: pathlib.Path) -> None:
    """No database and no terminal could hold it."""
    text = (state / BESIDE).read_text(encoding="utf-8")
    (state / BESIDE).write_text(text.replace('"live."', '"\\ud800"'), encoding="utf-8")
    with pytest.raises(ValueError, match="it is not what paypath wrote"):
        LatchFile(state / BESIDE).rows()
    assert Glance(state).latch("billing") == SHUT


def test_what_cannot_be_read_is_said_once(state: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    """And anew where it could be read meanwhile."""
    kept, glance = (state / BESIDE).read_bytes(), Glance(state)
    for content in (b"{", kept, b"{"):
        (state / BESIDE).write_bytes(content)
        for _ in range(3):
            assert glance.latch("other") is None
    assert caplog.text.count("cannot read in ") == 2


def test_no_named_pipe_is_waited_for(state: pathlib.Path) -> None:
    """SQLite would wait for whoever writes into it."""
    (state / FILE_NAME).unlink()
    os.mkfifo(state / FILE_NAME)
    assert Glance(state).latch("billing") == SHUT
    assert Glance(state).latch("other") is None


def test_a_history_that_is_locked_whole_is_waited_for_once(state: pathlib.Path) -> None:
    """The event loop stands still meanwhile."""
    glance = Glance(state)
    with closing(sqlite3.connect(state / FILE_NAME, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert glance.latch("other") is None
        assert glance._timeout_s == 0
    assert glance.latch("other") is None
    assert glance._timeout_s > 0


def test_only_an_unlock_opens_what_was_seen_shut(state: pathlib.Path) -> None:
    """Neither that both are lost, nor that they cannot be read, nor an unlock of before."""
    glance = Glance(state)
    assert not glance.opened(SHUT)
    (state / BESIDE).write_text("{", encoding="utf-8")
    assert not glance.opened(SHUT), "the history shuts it"
    (state / BESIDE).unlink()
    (state / FILE_NAME).rename(state / "lost")
    assert not glance.opened(SHUT)
    (state / FILE_NAME).write_bytes(os.urandom(4096))
    assert not glance.opened(SHUT)
    (state / "lost").rename(state / FILE_NAME)
    with closing(History.open(state)) as history:
        assert history.clear_latch("billing", reason="the key was replaced", at=SHUT.set_at)
        assert glance.opened(SHUT)
        again = dataclasses.replace(SHUT, set_at=SHUT.set_at + timedelta(minutes=1))
        assert not glance.opened(again)
        LatchFile(state / BESIDE).add(row_of(again))
        assert not glance.opened(SHUT), "what is beside the history shuts it"
        (state / BESIDE).write_text("{", encoding="utf-8")
        assert glance.opened(SHUT)
