"""The latches of a state directory as they stand, for who only passes by: nothing is made, migrated or waited for by looking."""

import logging
import pathlib
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Final

from probe.history.latches import FILE_NAME as BESIDE
from probe.history.latches import Beside, Latch, LatchFile, Row, latch_of, rows_of
from probe.history.store import FILE_NAME
from probe.history.trouble import BUSY_TIMEOUT_S

_LOG: Final = logging.getLogger("paypath.history")


class Glance:
    """What is shut in the history or beside it; where one of them cannot be read that is said, and the other one decides."""

    def __init__(self, directory: pathlib.Path) -> None:
        """Nothing need be there."""
        self._history = directory / FILE_NAME
        self._file = LatchFile(directory / BESIDE)
        self._beside = Beside(directory)

    def latch(self, path: str) -> Latch | None:
        """The latch of `path`; None where it is open, as far as that can be read. Raises HistoryError where its moment is no time."""
        for file, rows in ((self._file.file, self._of_file), (self._history, self._of_history)):
            try:
                row = rows().get(path)
            except (OSError, ValueError, sqlite3.Error) as error:
                _LOG.warning("cannot read in %s which paths are latched: %s", file, error)
                continue
            if row is not None:
                return latch_of(row, file)
        return None

    def set_latch(self, latch: Latch) -> None:
        """Shut a path; the history follows when it is opened. The first cause stays. Raises HistoryError."""
        self._beside.set_latch(latch)

    def _of_file(self) -> Mapping[str, Row]:
        return self._file.rows()

    def _of_history(self) -> Mapping[str, Row]:
        try:
            self._history.stat()
        except FileNotFoundError:
            return {}
        where = f"{self._history.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(where, uri=True, timeout=BUSY_TIMEOUT_S)) as connection:
            return {row[0]: row for row in rows_of(connection)}
