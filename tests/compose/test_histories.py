"""One history for all configurations of a process."""

import pathlib
import sqlite3
from contextlib import ExitStack, closing

import pytest

from probe.compose.histories import Histories
from probe.history.store import FILE_NAME
from tests.pager.told import run


def quiet(_lost: int, _waiting: int) -> None:
    """Nobody is told."""


def test_a_locked_history_is_handed_over(tmp_path: pathlib.Path) -> None:
    """It could not be opened anew; it is closed with its last user."""
    histories = Histories()
    with ExitStack() as before, ExitStack() as after:
        history, recorder = before.enter_context(histories.used(tmp_path, told=quiet))
        assert history is not None
        assert recorder is not None
        with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            recorder.run_finished(run(1))
            same, _ = after.enter_context(histories.used(tmp_path, told=quiet))
            before.close()
            assert same is history
            assert history.latch("billing") is None
        after.close()
    assert not (tmp_path / f"{FILE_NAME}-wal").exists(), "it is not closed"
    again, _ = before.enter_context(histories.used(tmp_path, told=quiet))
    assert again is not None
    assert again is not history
    assert len(again.runs(since=run(1).started_at)) == 1
    before.close()


@pytest.mark.parametrize("directory", [None, pathlib.Path("/proc/nothing")])
def test_without_a_directory_there_is_nothing(directory: pathlib.Path | None, caplog: pytest.LogCaptureFixture) -> None:
    """It is said, and nobody keeps runs that nobody will write."""
    with Histories().used(directory, told=quiet) as used:
        assert used == (None, None)
    assert "skipped" in caplog.text
