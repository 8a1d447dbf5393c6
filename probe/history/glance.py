"""The latches of a state directory as they stand, for who cannot write there, or only passes by: nothing is made, migrated or waited for long by looking."""

import logging
import os
import pathlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from probe.documents.files import require_regular
from probe.history.latches import FILE_NAME as BESIDE
from probe.history.latches import INSERT, Latch, LatchFile, Row, latch_of, row_in, row_of, unlocked
from probe.history.moments import text_of
from probe.history.owner import may
from probe.history.store import FILE_NAME
from probe.history.trouble import BUSY_TIMEOUT_S, HistoryError, code_of

_LOG: Final = logging.getLogger("paypath.history")
_NOTHING_BESIDE: Final = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
"""What SQLite says where it may make no log: on a disk that is read only, and in a directory of somebody else."""
_TROUBLE: Final = (OSError, ValueError, sqlite3.Error)


class Glance:
    """What is shut in the history or beside it; where one of them cannot be read that is said, once, and the other one decides."""

    def __init__(self, directory: pathlib.Path) -> None:
        """Nothing need be there."""
        self._history = directory / FILE_NAME
        self._file = LatchFile(directory / BESIDE)
        self._said: dict[pathlib.Path, str] = {}
        self._timeout_s = BUSY_TIMEOUT_S

    def latch(self, path: str) -> Latch | None:
        """The latch of `path`; None where it is open, as far as that can be read. Raises HistoryError where its moment is no time."""
        for file, look in ((self._file.file, self._in_file), (self._history, self._in_history)):
            try:
                row = look(path)
            except _TROUBLE as error:
                self._say(file, str(error))
                continue
            self._said.pop(file, None)
            if row is not None:
                return latch_of(row, file)
        return None

    def opened(self, latch: Latch) -> bool:
        """Whether `paypath unlock` has opened that path since: the history says so, and nothing that can be read shuts it. False where it cannot be told."""
        try:
            if self._in_file(latch.path) is not None:
                return False
        except (OSError, ValueError) as error:
            self._say(self._file.file, str(error))
        try:
            with self._reading() as history:
                if history is None or row_in(history, latch.path) is not None:
                    return False
                return unlocked(history, path=latch.path, set_at=text_of(latch.set_at))
        except _TROUBLE as error:
            self._say(self._history, str(error))
            return False

    def set_latch(self, latch: Latch) -> None:
        """Shut a path; the history follows when it is opened, and keeps it alone where the file cannot. The first cause stays. Raises HistoryError."""
        file, row = self._file.file, row_of(latch)
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file.add(row)
        except (OSError, ValueError) as error:
            what = f"cannot write {file}: {error}"
            try:
                in_history = self._add_to_history(row)
            except _TROUBLE as other:
                raise HistoryError(f"{what}, nor {self._history}: {other}", file=file, because=error) from error
            if not in_history:
                raise HistoryError(what, file=file, because=error) from error
            _LOG.warning("%s; path %s is shut in %s alone so far", what, latch.path, self._history)

    def _add_to_history(self, row: Row) -> bool:
        """False where there is none: it is not made here. Raises OSError, ValueError, sqlite3.Error."""
        if not self._history.exists():
            return False
        self._require_regular()
        with closing(self._connect("mode=rw")) as connection, connection as write:
            write.execute(INSERT, row)
        return True

    def _say(self, file: pathlib.Path, why: str) -> None:
        if self._said.get(file) != why:
            _LOG.warning("cannot read in %s which paths are latched: %s", file, why)
        self._said[file] = why

    def _in_file(self, path: str) -> Row | None:
        return self._file.rows().get(path)

    def _in_history(self, path: str) -> Row | None:
        with self._reading() as history:
            return None if history is None else row_in(history, path)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """Of the history as it stands; None where there is none. Raises OSError, sqlite3.Error."""
        try:
            self._history.stat()
        except (FileNotFoundError, NotADirectoryError):
            yield None
            return
        self._require_regular()
        try:
            with closing(self._connected()) as connection:
                self._timeout_s = BUSY_TIMEOUT_S
                yield connection
        except sqlite3.Error as error:
            if code_of(error) == sqlite3.SQLITE_BUSY:  # waited for once: the event loop may stand still meanwhile
                self._timeout_s = 0.0
            raise

    def _require_regular(self) -> None:
        """SQLite would wait for whoever writes into a named pipe. Raises OSError."""
        for suffix in ("", "-wal", "-shm", "-journal"):
            require_regular(self._history.with_name(f"{self._history.name}{suffix}"))

    def _connected(self) -> sqlite3.Connection:
        """A connection that can read. Where nobody has the file open and nothing can be made beside it, SQLite must be told that it stays as it is.

        So it is where the file is another user's, who could not write into what is made.
        """
        if not self._in_use() and not may(self._history, os.W_OK):
            return self._connect("mode=ro&immutable=1")
        connection = self._connect("mode=ro")
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            connection.close()
            if self._in_use() or code_of(error) not in _NOTHING_BESIDE:
                raise
            return self._connect("mode=ro&immutable=1")
        return connection

    def _in_use(self) -> bool:
        return self._history.with_name(f"{self._history.name}-wal").exists()

    def _connect(self, how: str) -> sqlite3.Connection:
        where = f"{self._history.absolute().as_uri()}?{how}"
        return sqlite3.connect(where, uri=True, timeout=self._timeout_s)
