"""Opening the history's file: whole, or begun anew in the place of a damaged one, with what keeps paths shut."""

import os
import pathlib
import sqlite3
from contextlib import ExitStack, closing
from typing import Final

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

from probe.documents.files import require_regular
from probe.history import damage, latches, owner, spare
from probe.history.schema import migrate
from probe.history.trouble import code_of, no_descriptor

_OPENING_TIMEOUT_S: Final = 2.0
"""Nothing runs yet, and another process may be making the tables."""


def opened_whole(file: pathlib.Path) -> sqlite3.Connection:
    """A connection; to a new file where the one that is there is damaged. Raises what `opened_anew` and the latches beside the file do."""
    try:
        return _opened(file)
    except sqlite3.Error as error:
        if not damage.is_damage(error):
            raise
    return opened_anew(file)


def opened_anew(file: pathlib.Path) -> sqlite3.Connection:
    """A connection to a new file in the place of a damaged one, with the latches that can still be read. Raises OSError, sqlite3.Error."""
    aside = damage.set_aside(file)
    with ExitStack() as failing:
        connection = failing.enter_context(closing(_opened(file)))
        damage.save_latches(aside, connection)
        latches.agree(connection, file.with_name(latches.FILE_NAME))
        failing.pop_all()
    return connection


def opened_to_read(file: pathlib.Path) -> sqlite3.Connection:
    """A connection for who may not write there: it makes no log beside the file, into which the file's owner could not write.

    Raises OSError, sqlite3.Error, NewerSchemaError.
    """
    _require_regular(file)
    in_use = file.with_name(f"{file.name}-wal").exists()  # else SQLite is told that the file stays as it is
    where = f"{file.absolute().as_uri()}?mode=ro{'' if in_use else '&immutable=1'}"
    with ExitStack() as failing:
        found = sqlite3.connect(where, uri=True, timeout=_OPENING_TIMEOUT_S)
        connection = failing.enter_context(closing(found))
        migrate(connection)
        damage.require_tables(connection)
        failing.pop_all()
    return connection


def _opened(file: pathlib.Path) -> sqlite3.Connection:
    """A connection that has proved that it can write, with the latches that are kept beside the file; closed again where it cannot.

    Raises ValueError for those, OSError, sqlite3.Error.
    """
    _require_regular(file)
    _require_writable(file)
    owner.begin(file)
    with ExitStack() as failing:
        found = sqlite3.connect(file, timeout=_OPENING_TIMEOUT_S, isolation_level="IMMEDIATE")
        connection = failing.enter_context(closing(found))
        _in_turn()(connection.execute, "PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection)
        damage.require_tables(connection)
        _prove_writing(connection)
        latches.agree(connection, file.with_name(latches.FILE_NAME))
        failing.pop_all()
    return connection


def _require_regular(file: pathlib.Path) -> None:
    """SQLite would wait for whoever writes into a named pipe. Raises OSError."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        require_regular(file.with_name(f"{file.name}{suffix}"))


def _require_writable(file: pathlib.Path) -> None:
    """Raises sqlite3.Error of a file that this process may not write, before SQLite makes a log beside it, into which the file's owner could not write."""
    if owner.may(file, os.F_OK) and not owner.may(file, os.W_OK):
        as_it_is = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(as_it_is, uri=True)) as connection:
            connection.execute("PRAGMA user_version = 0")


def _prove_writing(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.Error where nothing can be written: SQLite opens a file of somebody else for reading alone, and lets `BEGIN IMMEDIATE` pass there."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("UPDATE run SET run_id = run_id WHERE FALSE")
    finally:
        connection.rollback()


def _in_turn() -> Retrying:
    """Waits for others that do the same to a new file: of two that change its mode at once SQLite refuses one, and does not let it wait."""
    return Retrying(
        retry=retry_if_exception(
            lambda error: isinstance(error, sqlite3.Error) and code_of(error) == sqlite3.SQLITE_BUSY
        ),
        stop=stop_after_delay(_OPENING_TIMEOUT_S),
        wait=wait_random(0.005, 0.05),
        reraise=True,
    )


def mend(error: OSError | sqlite3.Error, file: pathlib.Path) -> str:
    """What to do where `file` could not be opened."""
    if "locked" in str(error):
        return "another process holds it: wait until that has ended"
    if "full" in str(error) or (isinstance(error, OSError) and error.errno in spare.FULL):
        return "make room on its disk"
    if isinstance(error, OSError) and error.errno in latches.NO_FILE:
        return "remove it, or name another directory in state.directory"
    if isinstance(error, sqlite3.Error) and code_of(error) == sqlite3.SQLITE_IOERR:
        return "see whether its disk is broken (`dmesg`), and how large a file may be (`ulimit -f`)"
    return (
        owner.mend(error, file)
        or no_descriptor()
        or "make the directory writable for this user, or name another one in state.directory"
    )
