"""The SQLite file: opened once per process, written after each run, read by people and by the latch."""

import pathlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from probe.history import watched
from probe.history.schema import NewerSchemaError, migrate
from probe.model.outcome import Failed, Unknown, word
from probe.model.run import Run
from probe.model.watch import Rotation, WatchedCertificate
from probe.redact.leaving import leaving

FILE_NAME: Final = "history.sqlite3"
RETENTION: Final = timedelta(days=35)
"""A month of success rate and some slack."""
_BUSY_TIMEOUT_S: Final = 0.25
"""How long a write may wait for another process (cron and sidecar may share a directory) before it is given up."""


class HistoryError(Exception):
    """The state directory cannot be used: missing rights, a full disk, a file of a newer release or not of ours."""

    def __init__(self, message: str, *, file: pathlib.Path) -> None:
        """Say what is wrong and with which file."""
        super().__init__(message)
        self.file = file


@dataclass(frozen=True, slots=True, kw_only=True)
class Latch:
    """A path that answered in live mode: nothing is sent on it until a person clears this."""

    path: str
    run_id: str
    set_at: datetime
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """One finished run as remembered."""

    run_id: str
    scenario: str
    path: str
    started_at: datetime
    duration_s: float
    outcome: str
    code: int | None
    reason: str | None
    confidence: str | None
    summary: str | None


class History:
    """Runs and latches. Every method raises `HistoryError`, never `sqlite3.Error`."""

    def __init__(self, connection: sqlite3.Connection, file: pathlib.Path) -> None:
        """Use `History.open`."""
        self._connection = connection
        self._file = file
        self._memory = watched.Memory()

    @classmethod
    def open(cls, directory: pathlib.Path) -> Self:
        """Open or create the file in `directory` (created with mode 0700); prove that it can be written."""
        file = directory / FILE_NAME
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            return cls(_opened(file), file)
        except NewerSchemaError as error:
            raise HistoryError(
                f"{file} was written by a newer release ({error}); use that release, or another state.directory",
                file=file,
            ) from error
        except (OSError, sqlite3.Error) as error:
            raise HistoryError(
                f"cannot write {file}: {error}; make the directory writable for this user, "
                "or name another one in state.directory",
                file=file,
            ) from error

    def close(self) -> None:
        """Close the file; the write-ahead log is folded into it."""
        self._connection.close()

    def record(self, run: Run) -> None:
        """Remember a finished run, once: recording it again changes nothing."""
        failure = run.outcome.failure if isinstance(run.outcome, Failed | Unknown) else None
        with self._transaction() as write:
            write.execute(
                "INSERT OR IGNORE INTO run VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    run.run_id,
                    run.scenario,
                    run.path,
                    run.environment,
                    run.location,
                    _text(run.started_at),
                    run.duration_s,
                    word(run.outcome),
                    failure.code if failure else None,
                    failure.reason if failure else None,
                    failure.confidence.value if failure else None,
                    leaving(failure.summary) if failure else None,
                    failure.certificate.sha256 if failure and failure.certificate else None,
                ),
            )

    def runs(self, *, since: datetime) -> tuple[RecordedRun, ...]:
        """The runs that began at or after `since`, oldest first."""
        with self._transaction() as read:
            rows = read.execute(
                "SELECT run_id, scenario, path, started_at, duration_s, outcome, code, reason, confidence, summary"
                " FROM run WHERE started_at >= ? ORDER BY started_at",
                (_text(since),),
            ).fetchall()
        return tuple(
            RecordedRun(
                run_id=run_id,
                scenario=scenario,
                path=path,
                started_at=self._moment(started_at),
                duration_s=duration_s,
                outcome=outcome,
                code=code,
                reason=reason,
                confidence=confidence,
                summary=summary,
            )
            for run_id, scenario, path, started_at, duration_s, outcome, code, reason, confidence, summary in rows
        )

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

    def remember(self, entries: Iterable[WatchedCertificate]) -> int:
        """Keep what a restart could not find out anew: what was seen on the wire, in use, and in the identities' files.

        `entries` is all that is known of the paths that it names; what they no longer have is dropped. Only what has changed is written:
        call it as often as you like. Returns how many rows changed.
        """
        with self._damage_told():
            return self._memory.remember(self._connection, entries)

    def remembered(self) -> tuple[WatchedCertificate, ...]:
        """What was kept, with the times of the sightings, at most an hour too early; `care` is that of the configuration of then."""
        with self._damage_told():
            return watched.remembered(self._connection)

    def latch(self, path: str) -> Latch | None:
        """The latch of `path`, or None where it is open."""
        with self._transaction() as read:
            row = read.execute("SELECT run_id, set_at, because FROM latch WHERE path = ?", (path,)).fetchone()
        if row is None:
            return None
        run_id, set_at, because = row
        return Latch(path=path, run_id=run_id, set_at=self._moment(set_at), because=because)

    def set_latch(self, latch: Latch) -> None:
        """Shut a path. The first cause stays."""
        with self._transaction() as write:
            write.execute(
                "INSERT OR IGNORE INTO latch VALUES (?,?,?,?)",
                (latch.path, latch.run_id, _text(latch.set_at), leaving(latch.because)),
            )

    def clear_latch(self, path: str, *, reason: str, at: datetime) -> bool:
        """Open a path again, keeping who-knows-why for the post-mortem. False where it was not latched."""
        with self._transaction() as write:
            row = write.execute("SELECT set_at, because FROM latch WHERE path = ?", (path,)).fetchone()
            if row is None:
                return False
            write.execute("INSERT INTO unlock VALUES (?,?,?,?,?)", (path, row[0], _text(at), row[1], leaving(reason)))
            write.execute("DELETE FROM latch WHERE path = ?", (path,))
        return True

    def _moment(self, text: str) -> datetime:
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            raise HistoryError(f"{self._file} is damaged: {text[:40]!r} is no time", file=self._file) from error

    @contextmanager
    def _damage_told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise HistoryError(f"{self._file}: {error}", file=self._file) from error
        except ValueError as error:
            raise HistoryError(f"{self._file} is damaged: {error}", file=self._file) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connection as connection:
                yield connection
        except sqlite3.Error as error:
            raise HistoryError(f"{self._file}: {error}", file=self._file) from error


def _opened(file: pathlib.Path) -> sqlite3.Connection:
    """A connection that has proved that it can write; closed again where it cannot."""
    connection = sqlite3.connect(file, timeout=_BUSY_TIMEOUT_S, isolation_level="IMMEDIATE")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except BaseException:
        connection.close()
        raise
    return connection


def _text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
