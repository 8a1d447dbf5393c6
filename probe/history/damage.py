"""A file that SQLite finds damaged: it is set aside for whoever wants to look, and probing goes on with a new one."""

import logging
import pathlib
import sqlite3
from contextlib import closing
from datetime import datetime
from typing import Final

from probe.history import latches
from probe.history.schema import missing
from probe.history.trouble import code_of

_LOG: Final = logging.getLogger("paypath.history")
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_MOST_ASIDE: Final = 100
_NEW_S: Final = 10.0
"""Another process may be making the tables."""


class IncompleteError(sqlite3.DatabaseError):
    """Somebody has dropped a table, or a column: to SQLite the file is as good as any."""


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken, and not its disk, its rights or its neighbours."""
    return isinstance(error, IncompleteError) or code_of(error) in _DAMAGE


def shows_damage(error: sqlite3.Error, connection: sqlite3.Connection) -> bool:
    """The same of an error on this connection, where it may also be that SQLite does not find what it was asked for."""
    if code_of(error) != sqlite3.SQLITE_ERROR:
        return is_damage(error)
    try:
        require_tables(connection)
    except sqlite3.Error as found:
        return is_damage(found)
    return False


def require_tables(connection: sqlite3.Connection) -> None:
    """Raises IncompleteError where anything is missing in a file that is up to date, sqlite3.Error."""
    if lacking := missing(connection):
        raise IncompleteError(f"no such table or column: {', '.join(lacking)}")


def look(file: pathlib.Path) -> None:
    """Read the file's beginning anew. Raises sqlite3.Error where it cannot be read.

    A connection that has pages in its cache writes on for hours into a file that something has written over. A second one
    has none; it is SQLite's own, since closing a file by other means would drop all locks on it.
    """
    with closing(sqlite3.connect(file, timeout=0)) as fresh:
        fresh.execute("SELECT count(*) FROM sqlite_master").fetchone()
        require_tables(fresh)
        fresh.execute("SELECT 1 FROM run LIMIT 1").fetchone()


def say_if_emptied(file: pathlib.Path, *, now: datetime) -> None:
    """SQLite takes a file without a byte for a new one. One that has been there for a while was emptied; a new one is filled at once."""
    try:
        found = file.stat()
    except OSError:
        return
    logged = file.with_name(f"{file.name}-wal").exists()  # then SQLite brings it back from there
    if not found.st_size and not logged and now.timestamp() - found.st_mtime > _NEW_S:
        _LOG.warning("%s is empty: what it held is lost, and it is begun anew", file)


def set_aside(file: pathlib.Path) -> pathlib.Path:
    """Rename the file and its log; where it is now. Says so. Raises OSError."""
    names = (file.with_name(f"{file.name}.damaged-{number}") for number in range(1, _MOST_ASIDE))
    aside = next((name for name in names if not name.exists()), file.with_name(f"{file.name}.damaged-{_MOST_ASIDE}"))
    file.replace(aside)
    for suffix in ("-wal", "-shm"):
        beside = file.with_name(file.name + suffix)
        if beside.exists():
            beside.replace(aside.with_name(aside.name + suffix))
    _LOG.error("%s is damaged; it is now %s, and a new one is begun", file, aside)
    return aside


def save_latches(damaged: pathlib.Path, into: sqlite3.Connection) -> None:
    """Carry over what keeps paths shut, as far as it can be read; all of it is also kept beside the file. Raises sqlite3.Error of `into`."""
    try:
        with closing(sqlite3.connect(f"file:{damaged}?mode=ro", uri=True)) as old:
            rows = latches.rows_of(old)
    except sqlite3.Error as error:
        _LOG.error("whether a path was latched can no longer be read there (%s), and is taken from beside it", error)
        return
    with into as write:
        write.executemany("INSERT OR IGNORE INTO latch VALUES (?,?,?,?)", rows)
