"""The latch of a path in two places, the history and the file beside it: shut in either is shut, and an unlock opens both."""

import logging
import pathlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from typing import Final

from probe.history.latches import FILE_NAME, INSERT, Latch, LatchFile, Row, latch_of, row_of, rows_of
from probe.history.moments import text_of
from probe.history.trouble import HistoryError
from probe.redact.leaving import leaving

_LOG: Final = logging.getLogger("paypath.history")


class Shutting:
    """Reads, sets and clears latches for `probe.history.store.History`. Its methods raise `HistoryError`."""

    def __init__(
        self, history: pathlib.Path, transaction: Callable[[], AbstractContextManager[sqlite3.Connection]]
    ) -> None:
        """`history` is the open file; `transaction` begins one in it, and raises HistoryError."""
        self._history, self._transaction = history, transaction
        self._beside = LatchFile(history.with_name(FILE_NAME))
        self._stocked = True

    def of(self, path: str) -> Latch | None:
        """The latch of `path`, or None where it is open. Shut in the history or beside it is shut."""
        row = self._rows_beside().get(path)
        if row is None:
            with self._transaction() as read:
                row = read.execute("SELECT path, run_id, set_at, because FROM latch WHERE path = ?", (path,)).fetchone()
        else:
            self._catch_up(row)
        return None if row is None else latch_of(row, self._history)

    def shut(self, latch: Latch) -> None:
        """Shut a path, in the history and beside it: one of them is enough, and the other one follows. The first cause stays."""
        row = row_of(latch)
        beside: Exception | None = None
        try:
            self._beside.add(row)
        except (OSError, ValueError) as error:  # the path is shut all the same, as long as the history is whole
            _LOG.warning("%s cannot be written: %s", self._beside.file, error)
            beside = error
        try:
            with self._transaction() as write:
                write.execute(INSERT, row)
        except HistoryError as error:
            if beside is not None:
                raise
            _LOG.warning("path %s is shut in %s alone so far: %s", latch.path, self._beside.file, error)

    def unlock(self, path: str, *, reason: str, at: datetime) -> bool:
        """Open a path again, keeping who-knows-why for the post-mortem. False where it was not latched.

        What is beside the history opens last: until then each failure leaves the path shut there. What could not be carried out is no unlock,
        and is not kept as one either, unless the process dies just then, or the history cannot be written again.
        """
        with self._transaction() as write:
            write.execute("BEGIN IMMEDIATE")
            write.executemany(INSERT, self._rows_beside().values())
            row = write.execute("SELECT run_id, set_at, because FROM latch WHERE path = ?", (path,)).fetchone()
            if row is None:
                return False
            self._keep_beside(rows_of(write))
            write.execute("INSERT INTO unlock VALUES (?,?,?,?,?)", (path, row[1], text_of(at), row[2], leaving(reason)))
            write.execute("DELETE FROM latch WHERE path = ?", (path,))
        try:
            self._open_beside(path, run_id=row[0])
        except HistoryError:
            # where that fails, what is beside the history keeps the path shut, and who opens that next takes it over from there
            with suppress(HistoryError):
                self._shut_again((path, *row), at)
            raise
        return True

    def stock(self) -> None:
        """Room for a latch, for when the disk is full; that there is none is said once."""
        try:
            self._beside.stock()
        except OSError as error:
            if self._stocked:
                _LOG.warning("no room can be kept for a latch beside %s: %s", self._history, error)
            self._stocked = False
        else:
            self._stocked = True

    def _open_beside(self, path: str, *, run_id: str) -> None:
        with self._transaction() as write:
            write.execute("BEGIN IMMEDIATE")
            # another process may have taken it over again from beside the history
            write.execute("DELETE FROM latch WHERE path = ? AND run_id = ?", (path, run_id))
            self._keep_beside(rows_of(write), opened=path)

    def _shut_again(self, row: Row, at: datetime) -> None:
        """The unlock of this moment has failed: whoever reads up on it later must not find that the path was open."""
        with self._transaction() as write:
            write.execute("DELETE FROM unlock WHERE path = ? AND cleared_at = ?", (row[0], text_of(at)))
            write.execute(INSERT, row)

    def _keep_beside(self, of_history: Iterable[Row], *, opened: str | None = None) -> None:
        try:
            self._beside.keep(of_history, opened=opened)
        except (OSError, ValueError) as error:
            raise HistoryError(
                f"cannot write {self._beside.file}: {error}", file=self._beside.file, because=error
            ) from error

    def _rows_beside(self) -> Mapping[str, Row]:
        try:
            return self._beside.rows()
        except (OSError, ValueError) as error:  # nobody knows what it shuts
            raise HistoryError(
                f"{self._beside.file} cannot be read: {error}", file=self._beside.file, because=error
            ) from error

    def _catch_up(self, row: Row) -> None:
        """Write into the history what is only beside it: it was locked, or its disk full, when the path was shut."""
        with suppress(HistoryError):
            with self._transaction() as write:
                if write.execute("SELECT 1 FROM latch WHERE path = ?", row[:1]).fetchone() is not None:
                    return
                write.execute("BEGIN IMMEDIATE")
                if self._rows_beside().get(row[0]) != row:  # it may have been opened meanwhile
                    return
                write.execute(INSERT, row)
            # a full disk shows at the end of the transaction only
            _LOG.warning("that path %s is shut stands in the history too now", row[0])
