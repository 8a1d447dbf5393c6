"""The SQLite file: opened once per process, written after each run, read by people and by the latch."""

import logging
import pathlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

from probe.documents.files import require_regular
from probe.history import damage, last, latches, pages, removal, rows, spare, totals, watched
from probe.history.entries import certificate_from_text
from probe.history.schema import NewerSchemaError, migrate
from probe.history.trouble import Patience, code_of, in_words, is_passing
from probe.model.clock import Clock, SystemClock
from probe.model.incident import RecordedRun
from probe.model.paging import Page
from probe.model.run import Run
from probe.model.watch import Rotation, WatchedCertificate
from probe.redact.leaving import leaving

_LOG: Final = logging.getLogger("paypath.history")
FILE_NAME: Final = "history.sqlite3"
RETENTION: Final = timedelta(days=35)
"""A month of success rate and some slack."""
LOOK_S: Final = 10.0
"""How often the file is looked at for damage that does not show by itself; takes a third of a millisecond."""
_OPENING_TIMEOUT_S: Final = 2.0
"""Nothing runs yet, and another process may be making the tables."""


class HistoryError(Exception):
    """The state directory cannot be used: missing rights, a full disk, a file of a newer release or not of ours."""

    def __init__(self, message: str, *, file: pathlib.Path, because: Exception | None = None) -> None:
        """Say what is wrong, with which file, and what Python or SQLite says of it."""
        super().__init__(message)
        self.file = file
        self.passing: Final = because is not None and is_passing(because)
        """Whether it may pass as it came, a lock or a full disk: no setting is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latch:
    """A path that answered in live mode: nothing is sent on it until a person clears this."""

    path: str
    run_id: str
    set_at: datetime
    because: str


class Beside:
    """The latches beside a history that cannot be opened."""

    def __init__(self, directory: pathlib.Path) -> None:
        """Nothing need be there."""
        self._file = latches.LatchFile(directory / latches.FILE_NAME)

    def latch(self, path: str) -> Latch | None:
        """The latch of `path`; None where it is open, or where nobody can read whether it is: that was said when the history was not opened.

        Raises HistoryError where it is shut, and its moment is no time.
        """
        try:
            row = self._file.rows().get(path)
        except (OSError, ValueError):
            return None
        return None if row is None else _latch_of(row, self._file.file)

    def set_latch(self, latch: Latch) -> None:
        """Shut a path; the history follows when it is opened. The first cause stays. Raises HistoryError."""
        try:
            self._file.add(_row_of(latch))
        except (OSError, ValueError) as error:
            raise HistoryError(
                f"cannot write {self._file.file}: {error}", file=self._file.file, because=error
            ) from error


class History:
    """Runs, latches and pages. Every method raises `HistoryError`, never `sqlite3.Error`."""

    def __init__(self, connection: sqlite3.Connection, file: pathlib.Path, clock: Clock) -> None:
        """Use `History.open`."""
        self._file, self._clock = file, clock
        self._latches = latches.LatchFile(file.with_name(latches.FILE_NAME))
        self._stocked = True
        self._use(connection)
        self._stock()

    def _use(self, connection: sqlite3.Connection) -> None:
        self._connection, self._patience, self._memory = connection, Patience(connection), watched.Memory()
        self._identity = removal.identity_of(self._file)
        self._looked_s = self._clock.monotonic()
        self._lost = False
        """Whether it was damaged, and could not be begun anew so far."""

    @classmethod
    def open(cls, directory: pathlib.Path, *, clock: Clock | None = None) -> Self:
        """Open or create the file in `directory` (created with mode 0700); prove that it can be written."""
        file = directory / FILE_NAME
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            clock = clock or SystemClock()
            damage.say_if_emptied(file, now=clock.now())
            return cls(_opened_whole(file), file, clock)
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
            raise HistoryError(f"cannot write {file}: {error}; {_mend(error)}", file=file, because=error) from error

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
            rows = self._connection.execute(
                f"SELECT {last.COLUMNS} FROM run WHERE started_at >= ? ORDER BY started_at",  # noqa: S608 - a constant
                (_text(since),),
            ).fetchall()
            return tuple(_recorded(row) for row in rows)

    def last_known(self, where: last.Where, *, since: datetime) -> last.LastKnown:
        """How a scenario stood on a path when it was run last, with its runs since `since`."""
        with self._damage_told():
            return last.last_known(self._connection, where, _recorded, since=since)

    def add_totals(self, grown: Iterable[totals.Total], *, at: datetime) -> tuple[totals.Total, ...]:
        """Add what this process has counted to what others have; gives every sum."""
        with self._damage_told():
            return totals.add(self._connection, grown, at=at)

    def forget(self, *, now: datetime) -> int:
        """Delete runs older than `RETENTION`; latches stay. Returns how many."""
        with self._transaction() as write:
            return write.execute("DELETE FROM run WHERE started_at < ?", (_text(now - RETENTION),)).rowcount

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
        row = self._beside().get(path)
        if row is None:
            with self._transaction() as read:
                row = read.execute("SELECT path, run_id, set_at, because FROM latch WHERE path = ?", (path,)).fetchone()
        else:
            self._catch_up(row)
        return None if row is None else _latch_of(row, self._file)

    def set_latch(self, latch: Latch) -> None:
        """Shut a path, in the history and beside it: one of them is enough, and the other one follows. The first cause stays."""
        row = _row_of(latch)
        beside: Exception | None = None
        try:
            self._latches.add(row)
        except (OSError, ValueError) as error:  # the path is shut all the same, as long as the history is whole
            _LOG.warning("%s cannot be written: %s", self._latches.file, error)
            beside = error
        try:
            with self._transaction() as write:
                write.execute(latches.INSERT, row)
        except HistoryError as error:
            if beside is not None:
                raise
            _LOG.warning("path %s is shut in %s alone so far: %s", latch.path, self._latches.file, error)

    def clear_latch(self, path: str, *, reason: str, at: datetime) -> bool:
        """Open a path again, keeping who-knows-why for the post-mortem. False where it was not latched.

        What is beside the history opens last: until then each failure leaves the path shut there. What could not be carried out is no unlock,
        and is not kept as one either, unless the process dies just then, or the history cannot be written again.
        """
        with self._transaction() as write:
            write.execute("BEGIN IMMEDIATE")
            write.executemany(latches.INSERT, self._beside().values())
            row = write.execute("SELECT run_id, set_at, because FROM latch WHERE path = ?", (path,)).fetchone()
            if row is None:
                return False
            self._keep_beside(latches.rows_of(write))
            write.execute("INSERT INTO unlock VALUES (?,?,?,?,?)", (path, row[1], _text(at), row[2], leaving(reason)))
            write.execute("DELETE FROM latch WHERE path = ?", (path,))
        try:
            self._open_beside(path, run_id=row[0])
        except HistoryError:
            with suppress(
                HistoryError
            ):  # what is beside it keeps the path shut, and who opens the history next takes it over from there
                self._shut_again((path, *row), at)
            raise
        return True

    def _open_beside(self, path: str, *, run_id: str) -> None:
        with self._transaction() as write:
            write.execute("BEGIN IMMEDIATE")
            # another process may have taken it over again from beside the history
            write.execute("DELETE FROM latch WHERE path = ? AND run_id = ?", (path, run_id))
            self._keep_beside(latches.rows_of(write), opened=path)

    def _shut_again(self, row: latches.Row, at: datetime) -> None:
        """The unlock of this moment has failed: whoever reads up on it later must not find that the path was open."""
        with self._transaction() as write:
            write.execute("DELETE FROM unlock WHERE path = ? AND cleared_at = ?", (row[0], _text(at)))
            write.execute(latches.INSERT, row)

    def _keep_beside(self, of_history: Iterable[latches.Row], *, opened: str | None = None) -> None:
        try:
            self._latches.keep(of_history, opened=opened)
        except (OSError, ValueError) as error:
            raise HistoryError(
                f"cannot write {self._latches.file}: {error}", file=self._latches.file, because=error
            ) from error

    def _beside(self) -> Mapping[str, latches.Row]:
        try:
            return self._latches.rows()
        except (OSError, ValueError) as error:  # nobody knows what it shuts
            raise HistoryError(
                f"{self._latches.file} cannot be read: {error}", file=self._latches.file, because=error
            ) from error

    def _catch_up(self, row: latches.Row) -> None:
        """Write into the history what is only beside it: it was locked, or its disk full, when the path was shut."""
        with suppress(HistoryError), self._transaction() as write:
            if write.execute("SELECT 1 FROM latch WHERE path = ?", row[:1]).fetchone() is not None:
                return
            write.execute("BEGIN IMMEDIATE")
            if self._beside().get(row[0]) == row:  # it may have been opened meanwhile
                write.execute(latches.INSERT, row)
                _LOG.warning("that path %s is shut stands in the history too now", row[0])

    def _stock(self) -> None:
        """Room for a latch, for when the disk is full; that there is none is said once."""
        try:
            self._latches.stock()
        except OSError as error:
            if self._stocked:
                _LOG.warning("no room can be kept for a latch beside %s: %s", self._file, error)
            self._stocked = False
        else:
            self._stocked = True

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
        if damage.shows_damage(error, self._connection):
            self._connection.close()
            self._lost = True
            with suppress(OSError, sqlite3.Error, ValueError):
                self._use(_opened_anew(self._file))
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
                self._use(_opened_whole(self._file))
            else:
                self._use(removal.brought_back(before, self._file, _opened_whole))
        except (OSError, sqlite3.Error, ValueError) as error:
            raise HistoryError(f"{self._file} cannot be written anew: {error}", file=self._file) from error
        before.close()

    def _look_for_damage(self) -> None:
        now_s = self._clock.monotonic()
        if now_s - self._looked_s < LOOK_S:
            return
        self._looked_s = now_s
        self._stock()
        try:
            damage.look(self._file)
        except sqlite3.Error as error:
            if damage.is_damage(error):
                raise self._told(error) from error


def _row_of(latch: Latch) -> latches.Row:
    return latch.path, latch.run_id, _text(latch.set_at), leaving(latch.because)


def _latch_of(row: latches.Row, file: pathlib.Path) -> Latch:
    """Raises HistoryError, with the file that it was read from."""
    path, run_id, set_at, because = row
    try:
        return Latch(path=path, run_id=run_id, set_at=datetime.fromisoformat(set_at), because=because)
    except ValueError as error:
        raise HistoryError(f"{file} is damaged: {set_at[:40]!r} is no time", file=file) from error


def _mend(error: OSError | sqlite3.Error) -> str:
    if "locked" in str(error):
        return "another process holds it: wait until that has ended"
    if "full" in str(error) or (isinstance(error, OSError) and error.errno in spare.FULL):
        return "make room on its disk"
    if isinstance(error, OSError) and error.errno in latches.NO_FILE:
        return "remove it, or name another directory in state.directory"
    return "make the directory writable for this user, or name another one in state.directory"


def _opened_whole(file: pathlib.Path) -> sqlite3.Connection:
    """A connection; to a new file where the one that is there is damaged."""
    try:
        return _opened(file)
    except sqlite3.Error as error:
        if not damage.is_damage(error):
            raise
    return _opened_anew(file)


def _opened_anew(file: pathlib.Path) -> sqlite3.Connection:
    """A connection to a new file in the place of a damaged one, with the latches that can still be read. Raises OSError, sqlite3.Error."""
    aside = damage.set_aside(file)
    connection = _opened(file)
    try:
        damage.save_latches(aside, connection)
        latches.agree(connection, file.with_name(latches.FILE_NAME))
    except BaseException:
        connection.close()
        raise
    return connection


def _opened(file: pathlib.Path) -> sqlite3.Connection:
    """A connection that has proved that it can write, with the latches that are kept beside the file; closed again where it cannot.

    Raises ValueError for those, OSError, sqlite3.Error.
    """
    for suffix in ("", "-wal", "-shm", "-journal"):
        require_regular(file.with_name(f"{file.name}{suffix}"))
    connection = sqlite3.connect(file, timeout=_OPENING_TIMEOUT_S, isolation_level="IMMEDIATE")
    try:
        _in_turn()(connection.execute, "PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection)
        damage.require_tables(connection)
        latches.agree(connection, file.with_name(latches.FILE_NAME))
    except BaseException:
        connection.close()
        raise
    return connection


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


def _recorded(row: tuple[Any, ...]) -> RecordedRun:
    """Raises ValueError for what is damaged."""
    run_id, scenario, path, started_at, duration_s, outcome, code, reason, confidence, summary, certificate = row
    return RecordedRun(
        run_id=run_id,
        scenario=scenario,
        path=path,
        started_at=datetime.fromisoformat(started_at),
        duration_s=duration_s,
        outcome=outcome,
        code=code,
        reason=reason,
        confidence=confidence,
        summary=summary,
        certificate=None if certificate is None else certificate_from_text(certificate),
    )


def _text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
