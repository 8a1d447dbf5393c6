"""The latches once more, in a small file beside the history: what keeps a path shut must not be lost with it."""

import json
import logging
import os
import pathlib
import sqlite3
from typing import Final

FILE_NAME: Final = "latches.json"
_LOG: Final = logging.getLogger("paypath.history")
_FIELDS: Final = ("path", "run_id", "set_at", "because")
_Row = tuple[str, ...]


def agree(connection: sqlite3.Connection, file: pathlib.Path) -> None:
    """Shut in the history what the file shuts, and the other way round. Raises ValueError where the file cannot be understood, OSError, sqlite3.Error.

    Nothing is opened here: a latch that is only in one of them was lost in the other.
    """
    kept = _read(file)
    with connection as write:
        write.execute("BEGIN IMMEDIATE")
        before = _rows(write)
        write.executemany("INSERT OR IGNORE INTO latch VALUES (?,?,?,?)", kept)
        after = _rows(write)
        if lost := sorted({row[0] for row in after} - {row[0] for row in before}):
            _LOG.warning("%s keeps shut: %s", file, ", ".join(lost))
        if sorted(kept) != after:
            keep(write, file)


def keep(write: sqlite3.Connection, file: pathlib.Path) -> None:
    """Write down the latches as they are in this transaction, which no other process can be in. Raises OSError, sqlite3.Error."""
    text = json.dumps([dict(zip(_FIELDS, row, strict=True)) for row in _rows(write)], indent=1)
    new = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        opened.write(f"{text}\n")
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)
    _settle(file.parent)


def _settle(directory: pathlib.Path) -> None:
    """The new name outlives a loss of power, too (fsync(2))."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _rows(connection: sqlite3.Connection) -> list[_Row]:
    return sorted(connection.execute("SELECT path, run_id, set_at, because FROM latch").fetchall())


def _read(file: pathlib.Path) -> list[_Row]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    try:
        found = [tuple(each[name] for name in _FIELDS) for each in json.loads(text)]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"it is not what paypath wrote ({error})") from error
    if not all(isinstance(value, str) for row in found for value in row):
        raise ValueError("it is not what paypath wrote")
    return found
