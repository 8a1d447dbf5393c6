"""What keeps paths shut, read in passing: in the history or beside it, and nothing is made where nothing is."""

import logging
import os
import pathlib
from datetime import UTC, datetime

import pytest

from probe.history.glance import Glance
from probe.history.latches import FILE_NAME as BESIDE
from probe.history.latches import Latch
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


def test_nothing_is_made_by_looking(tmp_path: pathlib.Path) -> None:
    """Neither files nor the directory."""
    assert Glance(tmp_path).latch("billing") is None
    assert Glance(tmp_path / "none").latch("billing") is None
    assert list(tmp_path.iterdir()) == []


def test_a_latch_is_written_beside_the_history_which_follows(tmp_path: pathlib.Path) -> None:
    """An answer from live mode outlives the command that met it."""
    Glance(tmp_path).set_latch(SHUT)
    assert Glance(tmp_path).latch("billing") == SHUT
    history = History.open(tmp_path)
    assert history.latch("billing") == SHUT
    history.close()
    with pytest.raises(HistoryError, match="cannot write"):
        Glance(tmp_path / "none").set_latch(SHUT)
