"""What keeps a path shut outlives the history."""

import logging
import os
import pathlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from probe.history import latches
from probe.history.store import FILE_NAME, History, HistoryError, Latch
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


def test_an_unlock_that_cannot_be_written_is_no_unlock(tmp_path: pathlib.Path) -> None:
    """It would be shut again by the next process; a latch that cannot be written beside the history is one all the same."""
    history = latched(tmp_path)
    (tmp_path / f"{latches.FILE_NAME}.new").mkdir()
    with pytest.raises(HistoryError, match=r"cannot write .*latches\.json"):
        history.clear_latch("billing", reason="the key was replaced", at=AT)
    assert history.latch("billing") == LATCH
    history.set_latch(Latch(path="other", run_id="b" * 32, set_at=AT, because="likewise"))
    assert history.latch("other") is not None
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
