"""A process that is killed while it writes: what it was told is written, is written."""

import pathlib
import signal
import sqlite3
import subprocess
import sys

from probe.history.store import FILE_NAME, History
from tests.history.test_pages import NOW

_WRITER = """
import pathlib, sys
from datetime import timedelta
from probe.history.store import History
from probe.model.paging import PathState
from tests.history.test_pages import NOW, PAGE
from tests.pager.told import run

history = History.open(pathlib.Path(sys.argv[1]))
for number in range(100_000):
    history.record(run(number))
    history.turn("billing", lambda state: (state, [PAGE]), sinks=["chat"])
    print(number, flush=True)
"""
_WRITTEN_BEFORE = 40


def test_what_was_acknowledged_before_the_kill_is_there(tmp_path: pathlib.Path) -> None:
    """SIGKILL in the middle of a write: no acknowledged run or page is missing, none is there twice, and the file is whole."""
    root = pathlib.Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        told = []
        for line in writer.stdout:
            told.append(int(line))
            if len(told) == _WRITTEN_BEFORE:
                writer.send_signal(signal.SIGKILL)
    assert writer.returncode == -signal.SIGKILL
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    history = History.open(tmp_path)
    runs = history.runs(since=NOW)
    assert len({run.run_id for run in runs}) == len(runs) >= len(told)
    pages = history.pages(since=NOW)
    assert len(told) <= len(pages) <= len(runs)
    assert all(page.waiting == ("chat",) for page in pages)
    history.close()
