"""What SQLite cannot do, in words that say how to mend it; and how long a write waits for another process."""

import errno
import os
import pathlib
import sqlite3
from typing import Final

from probe.model.lack import RAISE, lacking

_AT_ONCE: Final = 4
"""Files that SQLite opens for one: the database, its log, the index of that, and the directory."""
BUSY_TIMEOUT_S: Final = 0.25
"""How long a write may wait for another process (cron and sidecar may share a directory) before it is given up."""
_PRIMARY: Final = 0xFF
"""The primary result code is the low byte of an extended one (sqlite.org/rescode.html)."""
_MENDS: Final = {
    sqlite3.SQLITE_BUSY: "another process holds it; nothing is to be done unless that goes on, then see who it is (`fuser FILE`)",
    sqlite3.SQLITE_FULL: "make room on its disk",
    sqlite3.SQLITE_READONLY: "make the file and its directory writable for this user",
    sqlite3.SQLITE_IOERR: "see whether its disk is full or broken (`df`, `dmesg`)",
    sqlite3.SQLITE_CANTOPEN: "see whether its directory is there, and whether the process has file descriptors left",
}
_PASSING: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_PASSING_ERRNO: Final = frozenset({errno.EAGAIN, errno.ENOSPC, errno.EDQUOT, errno.EIO})


def code_of(error: sqlite3.Error) -> int:
    """The primary result code; 0 where the error does not come from SQLite itself."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY


def in_words(error: sqlite3.Error) -> str:
    """What is wrong and, where that is known, how to mend it."""
    mend = _MENDS.get(code_of(error))
    return str(error) if mend is None else f"{error}: {mend}"


def is_passing(error: Exception) -> bool:
    """Whether it may pass as it came, whatever the settings say: a lock, a full or a broken disk, want of file descriptors."""
    if isinstance(error, sqlite3.Error):
        return code_of(error) in _PASSING or (code_of(error) == sqlite3.SQLITE_CANTOPEN and no_descriptor() is not None)
    return isinstance(error, OSError) and error.errno in _PASSING_ERRNO


def no_descriptor() -> str | None:
    """How to get more of them, where there are too few left: SQLite says the same of that and of a directory it may not write to."""
    opened: list[int] = []
    try:
        while len(opened) < _AT_ONCE:
            opened.append(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return RAISE.get(lacking(error) or "")
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return None


class HistoryError(Exception):
    """The state directory cannot be used: missing rights, a full disk, a file of a newer release or not of ours."""

    def __init__(self, message: str, *, file: pathlib.Path, because: Exception | None = None) -> None:
        """Say what is wrong, with which file, and what Python or SQLite says of it."""
        super().__init__(message)
        self.file = file
        self.passing: Final = because is not None and is_passing(because)
        """Whether it may pass as it came, a lock or a full disk: no setting is wrong."""


class Patience:
    """Waits once for whoever holds the file, and not again before a write has worked.

    A write waits on the event loop, where nothing else goes on meanwhile: a lock that lasts would hold up each run once more, and waits on
    the network would seem as much longer.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Patient from now on."""
        self._connection = connection
        self._lost = True
        self.back()

    def lose(self) -> None:
        """A wait was in vain."""
        self._set(lost=True, timeout_s=0.0)

    def back(self) -> None:
        """A write has worked."""
        if self._lost:
            self._set(lost=False, timeout_s=BUSY_TIMEOUT_S)

    def _set(self, *, lost: bool, timeout_s: float) -> None:
        self._lost = lost
        self._connection.execute(f"PRAGMA busy_timeout = {int(1000 * timeout_s)}")
