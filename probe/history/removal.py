"""A file that somebody removed while it was open: the kernel keeps what it held until it is closed, so that nothing of it is lost."""

import logging
import pathlib
import sqlite3
from collections.abc import Callable
from typing import Final

from probe.history import latches

_LOG: Final = logging.getLogger("paypath.history")


def identity_of(file: pathlib.Path) -> tuple[int, int] | None:
    """Which file is there under this name; None where there is none."""
    try:
        there = file.stat()
    except OSError:
        return None
    return there.st_dev, there.st_ino


def brought_back(
    removed: sqlite3.Connection, file: pathlib.Path, opened: Callable[[pathlib.Path], sqlite3.Connection]
) -> sqlite3.Connection:
    """A connection to the file that is there now, or to a new one with all that the removed one held. Raises OSError, sqlite3.Error.

    Where another process has begun a new file already, only the latches are taken over: they keep paths shut, but for those that were unlocked there.
    """
    replaced = file.exists()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for suffix in () if replaced else ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(
            missing_ok=True
        )  # of the file that is gone: they would spoil the new one
    connection = opened(file)
    try:
        if replaced:
            with connection as write:
                write.executemany(latches.INSERT, _still_shut(_latches_of(removed), write))
        else:
            removed.backup(connection)
    except BaseException:
        connection.close()
        if not replaced:
            file.unlink(missing_ok=True)  # half of it: next time all of it is brought back
        raise
    what = (
        "was replaced; the latches of before are in it too, except those that were unlocked there"
        if replaced
        else "was removed; it is back, with all that it held"
    )
    _LOG.warning("%s %s. To begin anew, stop paypath first; a latch is opened with `paypath unlock`", file, what)
    return connection


def _still_shut(rows: list[latches.Row], begun: sqlite3.Connection) -> list[latches.Row]:
    """Without those that a person has opened in the file that was `begun` since. Raises sqlite3.Error."""
    return [row for row in rows if not latches.unlocked(begun, path=row[0], set_at=row[2])]


def _latches_of(removed: sqlite3.Connection) -> list[latches.Row]:
    """What can still be read of them; all of it is also kept beside the file."""
    try:
        return latches.rows_of(removed)
    except sqlite3.Error as error:
        _LOG.error("whether a path was latched can no longer be read (%s), and is taken from beside the history", error)
        return []
