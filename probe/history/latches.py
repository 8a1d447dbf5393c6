"""The latches once more, in a small file beside the history: what keeps a path shut must not be lost with it, nor wait for it."""

import errno
import fcntl
import json
import logging
import os
import pathlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random

from probe.documents.files import read_regular, require_regular
from probe.history import spare
from probe.history.moments import text_of
from probe.history.trouble import BUSY_TIMEOUT_S, HistoryError
from probe.redact.leaving import leaving

FILE_NAME: Final = "latches.json"
INSERT: Final = "INSERT OR IGNORE INTO latch VALUES (?,?,?,?)"
Row = tuple[str, ...]
"""Path, run, moment and cause, as in the table."""
_LOG: Final = logging.getLogger("paypath.history")
_FIELDS: Final = ("path", "run_id", "set_at", "because")
_MAX_BYTES: Final = 64_000_000
"""More than paypath itself ever writes: a hundred thousand latched paths, say."""
NO_FILE: Final = frozenset({errno.EINVAL, errno.EISDIR, errno.EFBIG})
"""What `probe.documents.files` says of what is no file, or too large for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latch:
    """A path that answered in live mode: nothing is sent on it until a person clears this."""

    path: str
    run_id: str
    set_at: datetime
    because: str


def row_of(latch: Latch) -> Row:
    """The latch as a row, in which nothing is secret."""
    return latch.path, latch.run_id, text_of(latch.set_at), leaving(latch.because)


def latch_of(row: Row, file: pathlib.Path) -> Latch:
    """The latch that `file` holds as this row. Raises HistoryError where its moment is no time."""
    path, run_id, set_at, because = row
    try:
        return Latch(path=path, run_id=run_id, set_at=datetime.fromisoformat(set_at), because=because)
    except ValueError as error:
        raise HistoryError(f"{file} is damaged: {set_at[:40]!r} is no time", file=file) from error


class LatchFile:
    """Read at every step and written at once, whoever holds the database: SQLite has no part in it."""

    def __init__(self, file: pathlib.Path) -> None:
        """It need not be there."""
        self.file: Final = file
        self._seen: tuple[int, ...] | None = None
        self._known: Mapping[str, Row] = {}

    def rows(self) -> Mapping[str, Row]:
        """By path. Raises ValueError where it cannot be understood, OSError."""
        try:
            there = self.file.stat()
        except (FileNotFoundError, NotADirectoryError):
            return {}
        seen = (there.st_ino, there.st_size, there.st_mtime_ns, there.st_ctime_ns)
        if seen != self._seen:
            self._known, self._seen = _read(self.file), seen
        return self._known

    def add(self, row: Row) -> None:
        """Shut a path; the first cause stays. Raises OSError, ValueError."""
        with _alone(self.file.parent):
            rows = self.rows()
            if row[0] not in rows:
                self._replace([*rows.values(), row])

    def keep(self, of_history: Iterable[Row], *, opened: str | None = None) -> None:
        """Shut what the history shuts as well; what was `opened` no longer, unless the history shuts it. Raises OSError, ValueError."""
        with _alone(self.file.parent):
            rows = self.rows()
            wanted = {path: row for path, row in rows.items() if path != opened} | {row[0]: row for row in of_history}
            if wanted != rows:
                self._replace(wanted.values())

    def stock(self) -> None:
        """Have room for when the disk is full. Raises OSError."""
        with _alone(self.file.parent):
            spare.stock(self.file)

    def _replace(self, rows: Iterable[Row]) -> None:
        text = json.dumps([dict(zip(_FIELDS, row, strict=True)) for row in sorted(rows)], indent=1)
        spare.replace(self.file, f"{text}\n".encode())


def agree(connection: sqlite3.Connection, file: pathlib.Path) -> None:
    """Shut in the history what the file shuts, and the other way round. Raises ValueError where the file cannot be understood, OSError, sqlite3.Error.

    Nothing is opened here: a latch that is only in one of them was lost in the other.
    """
    beside = LatchFile(file)
    with connection as write:
        write.execute("BEGIN IMMEDIATE")
        before = rows_of(write)
        write.executemany(INSERT, beside.rows().values())
        after = rows_of(write)
        if lost := sorted({row[0] for row in after} - {row[0] for row in before}):
            _LOG.warning("%s keeps shut: %s", file, ", ".join(lost))
        write.executemany("REPLACE INTO latch VALUES (?,?,?,?)", after)  # as texts, so that it can be unlocked
        beside.keep(after)


def rows_of(connection: sqlite3.Connection) -> list[Row]:
    """Of the history, as texts: where the file is damaged, what keeps a path shut may hold anything. Raises sqlite3.Error."""
    found = connection.execute("SELECT path, run_id, set_at, because FROM latch").fetchall()
    return sorted(tuple(map(_as_text, row)) for row in found)


def row_in(connection: sqlite3.Connection, path: str) -> Row | None:
    """The latch of one path, likewise. Raises sqlite3.Error."""
    found = connection.execute("SELECT path, run_id, set_at, because FROM latch WHERE path = ?", (path,)).fetchone()
    return None if found is None else tuple(map(_as_text, found))


def unlocked(connection: sqlite3.Connection, *, path: str, set_at: str) -> bool:
    """Whether a person has opened that latch, or the path at any time since. Raises sqlite3.Error."""
    statement = "SELECT 1 FROM unlock WHERE path = ? AND (set_at = ? OR cleared_at >= ?)"
    return connection.execute(statement, (path, set_at, set_at)).fetchone() is not None


def _as_text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else "" if value is None else str(value)


@contextmanager
def _alone(directory: pathlib.Path) -> Iterator[None]:
    """No other process changes the file meanwhile. Raises BlockingIOError where one takes too long."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Where the file system has no such locks (flock(2)), SQLite's own were no good either: nothing is to be gained by giving up."""
    waiting = Retrying(
        retry=retry_if_exception_type(BlockingIOError),
        stop=stop_after_delay(BUSY_TIMEOUT_S),
        wait=wait_random(0.001, 0.01),
        reraise=True,
    )
    try:
        waiting(fcntl.flock, descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        _LOG.debug("no lock on the directory: %s", error)


def _is_text(value: object) -> bool:
    """Half a surrogate pair, which JSON may name, can be kept nowhere else."""
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _read(file: pathlib.Path) -> Mapping[str, Row]:
    try:
        require_regular(file)  # a socket cannot even be opened
        listed = json.loads(read_regular(file, _MAX_BYTES))
        found = [tuple(each[name] for name in _FIELDS) for each in listed]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"it is not what paypath wrote ({error})") from error
    except OSError as error:
        if error.errno in NO_FILE:
            raise ValueError(str(error.strerror)) from error
        raise
    if not isinstance(listed, list) or not all(_is_text(value) for row in found for value in row):
        raise ValueError("it is not what paypath wrote")
    return {row[0]: row for row in found}
