"""The SQLite file: opened once per process, written after each run, read by people and by the latch."""

import os
import pathlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Final, Self

from probe.history import damage, last, latches, owner, pages, removal, rows, totals, watched
from probe.history.latches import Latch
from probe.history.moments import text_of
from probe.history.opening import mend, opened_anew, opened_to_read, opened_whole
from probe.history.schema import NewerSchemaError
from probe.history.shutting import Shutting
from probe.history.trouble import HistoryError, Patience, code_of, in_words
from probe.model.clock import Clock, SystemClock
from probe.model.incident import RecordedRun
from probe.model.paging import Page
from probe.model.run import Run
from probe.model.watch import Rotation, WatchedCertificate

FILE_NAME: Final = "history.sqlite3"
RETENTION: Final = timedelta(days=35)
"""A month of success rate and some slack."""
LOOK_S: Final = 10.0
"""How often the file is looked at for damage that does not show by itself; takes a third of a millisecond."""


class History:
    """Runs, latches and pages. Every method raises `HistoryError`, never `sqlite3.Error`."""

    def __init__(
        self, connection: sqlite3.Connection, file: pathlib.Path, clock: Clock, *, writes: bool = True
    ) -> None:
        """Use `History.open`."""
        self._file, self._clock, self._writes = file, clock, writes
        self._shutting = Shutting(file, self._transaction)
        self._use(connection)
        if writes:
            self._shutting.stock()

    def _use(self, connection: sqlite3.Connection) -> None:
        self._connection, self._patience, self._memory = connection, Patience(connection), watched.Memory()
        self._identity = removal.identity_of(self._file)
        self._looked_s = self._clock.monotonic()
        self._lost = False
        """Whether it was damaged, and could not be begun anew so far."""

    @classmethod
    def open(cls, directory: pathlib.Path, *, clock: Clock | None = None, must_write: bool = True) -> Self:
        """Open or create the file in `directory` (created with mode 0700); prove that it can be written, or if it need not be, open it to read.

        Who may only read leaves nothing in the directory, and finds no damage there: it may be that somebody writes meanwhile.
        """
        file = directory / FILE_NAME
        writes = must_write or not owner.may(file, os.F_OK) or owner.may(file, os.W_OK)
        try:
            clock = clock or SystemClock()
            if writes:
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                damage.say_if_emptied(file, now=clock.now())
            return cls(opened_whole(file) if writes else opened_to_read(file), file, clock, writes=writes)
        except NewerSchemaError as error:
            raise HistoryError(
                f"{file} was written by a newer release ({error}); use that release, or another state.directory",
                file=file,
            ) from error
        except ValueError as error:
            raise HistoryError(
                f"{directory / latches.FILE_NAME} says which paths are shut, and cannot be read: {error}; remove it once no path has to be shut",
                file=directory / latches.FILE_NAME,
            ) from error
        except (OSError, sqlite3.Error) as error:
            what = f"cannot write {file}: {error}; {mend(error, file)}"
            if not writes:
                what = f"cannot read {file}: {error}; it is another user's: do this as that user"
            raise HistoryError(what, file=file, because=error) from error

    def close(self) -> None:
        """Close the file; the write-ahead log is folded into it."""
        self._connection.close()

    def record(self, run: Run) -> None:
        """Remember a finished run, once: recording it again changes nothing."""
        self.record_rows([rows.row_of(run)])

    def record_rows(self, finished: Sequence[rows.Row]) -> None:
        """The same of runs that are rows already, all of them or none. Where somebody has removed the file, it is written anew."""
        self._look_after_file()
        with self._transaction() as write:
            write.executemany(rows.INSERT, finished)
        self._patience.back()

    def runs(self, *, since: datetime) -> tuple[RecordedRun, ...]:
        """The runs that began at or after `since`, oldest first."""
        with self._damage_told():
            found = self._connection.execute(
                f"SELECT {rows.COLUMNS} FROM run WHERE started_at >= ? ORDER BY started_at",  # noqa: S608 - a constant
                (text_of(since),),
            ).fetchall()
            return tuple(rows.recorded(row) for row in found)

    def last_known(self, where: last.Where, *, since: datetime) -> last.LastKnown:
        """How a scenario stood on a path when it was run last, with its runs since `since`."""
        with self._damage_told():
            return last.last_known(self._connection, where, since=since)

    def add_totals(self, grown: Iterable[totals.Total], *, at: datetime) -> tuple[totals.Total, ...]:
        """Add what this process has counted to what others have; gives every sum."""
        with self._damage_told():
            return totals.add(self._connection, grown, at=at)

    def forget(self, *, now: datetime) -> int:
        """Delete runs older than `RETENTION`; latches stay. Returns how many."""
        with self._transaction() as write:
            return write.execute("DELETE FROM run WHERE started_at < ?", (text_of(now - RETENTION),)).rowcount

    def record_rotation(self, rotation: Rotation) -> bool:
        """Remember a rotation, for `ROTATIONS_KEPT`. False where it is known already: another process may have noticed it too."""
        with self._damage_told():
            return watched.record_rotation(self._connection, rotation)

    def rotations(self, *, since: datetime) -> tuple[Rotation, ...]:
        """The rotations that were noticed at or after `since`, oldest first."""
        with self._damage_told():
            return watched.rotations(self._connection, since)

    def drafted(self, entries: Iterable[WatchedCertificate]) -> watched.Draft:
        """`entries` as `remember` takes them, put into words already. The one method that another thread may call."""
        return self._memory.drafted(entries)

    def remember(self, entries: Iterable[WatchedCertificate] | watched.Draft) -> int:
        """Keep what a restart could not find out anew: what was seen on the wire, in use, and in the identities' files.

        `entries` is all that is known of the paths that it names; what they no longer have is dropped. Only what has changed is written:
        call it as often as you like. Returns how many rows changed.
        """
        with self._damage_told():
            draft = entries if isinstance(entries, watched.Draft) else self.drafted(entries)
            return self._memory.remember(self._connection, draft)

    def remembered(self) -> tuple[WatchedCertificate, ...]:
        """What was kept, with the times of the sightings, at most an hour too early; `care` is that of the configuration of then."""
        with self._damage_told():
            return watched.remembered(self._connection)

    def turn(self, path: str, change: pages.Change, *, sinks: Sequence[str]) -> Sequence[Page]:
        """See `probe.history.pages.Outbox`."""
        with self._damage_told():
            return pages.turn(self._connection, path, change, sinks)

    def paths(self) -> Sequence[str]:
        """See `probe.history.pages.Outbox`."""
        with self._damage_told():
            return tuple(path for (path,) in self._connection.execute("SELECT path FROM paging ORDER BY path"))

    def take(self, sinks: Sequence[str], *, now: datetime) -> Sequence[pages.Waiting]:
        """See `probe.history.pages.Outbox`."""
        with self._damage_told():
            return pages.take(self._connection, sinks, now)

    def settle(self, waiting: pages.Waiting, outcome: pages.Outcome, *, at: datetime) -> None:
        """See `probe.history.pages.Outbox`."""
        with self._damage_told():
            pages.settle(self._connection, waiting, outcome, at)

    def postpone(self, waiting: pages.Waiting, *, until: datetime) -> None:
        """See `probe.history.pages.Outbox`."""
        with self._damage_told():
            pages.postpone(self._connection, waiting, until)

    def next_due(self, sinks: Sequence[str]) -> datetime | None:
        """See `probe.history.pages.Outbox`."""
        with self._damage_told():
            return pages.next_due(self._connection, sinks)

    def pages(self, *, since: datetime) -> tuple[pages.SentPage, ...]:
        """The pages of that time, oldest first, with what became of them."""
        with self._damage_told():
            return pages.sent(self._connection, since)

    def latch(self, path: str) -> Latch | None:
        """The latch of `path`, or None where it is open. Shut in the history or beside it is shut."""
        return self._shutting.of(path)

    def set_latch(self, latch: Latch) -> None:
        """Shut a path, in the history and beside it: one of them is enough, and the other one follows. The first cause stays."""
        self._shutting.shut(latch)

    def clear_latch(self, path: str, *, reason: str, at: datetime) -> bool:
        """Open a path again, keeping who-knows-why for the post-mortem. False where it was not latched. Each failure leaves it shut."""
        return self._shutting.unlock(path, reason=reason, at=at)

    @contextmanager
    def _damage_told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._told(error) from error
        except ValueError as error:
            raise HistoryError(f"{self._file} is damaged: {error}", file=self._file) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connection as connection:
                yield connection
        except sqlite3.Error as error:
            raise self._told(error) from error

    def _told(self, error: sqlite3.Error) -> HistoryError:
        """The error for people; a file that has turned out to be damaged is set aside, so that the next write works again."""
        if self._writes and damage.shows_damage(error, self._connection):
            self._connection.close()
            self._lost = True
            with suppress(OSError, sqlite3.Error, ValueError):
                self._use(opened_anew(self._file))
        if code_of(error) == sqlite3.SQLITE_BUSY:
            self._patience.lose()
        return HistoryError(f"{self._file}: {in_words(error)}", file=self._file, because=error)

    def _look_after_file(self) -> None:
        """Where the file was removed or replaced, what it held is still open here, and is brought back."""
        if not self._lost and removal.identity_of(self._file) == self._identity:
            self._look_for_damage()
            return
        before = self._connection
        try:
            if self._lost:
                self._use(opened_whole(self._file))
            else:
                self._use(removal.brought_back(before, self._file, opened_whole))
        except (OSError, sqlite3.Error, ValueError) as error:
            raise HistoryError(f"{self._file} cannot be written anew: {error}", file=self._file) from error
        before.close()

    def _look_for_damage(self) -> None:
        now_s = self._clock.monotonic()
        if now_s - self._looked_s < LOOK_S:
            return
        self._looked_s = now_s
        self._shutting.stock()
        try:
            damage.look(self._file)
        except sqlite3.Error as error:
            if damage.is_damage(error):
                raise self._told(error) from error
