"""How a scenario stood on a path when it was run last: what a process that runs it once cannot know by itself."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from probe.history.moments import text_of
from probe.history.rows import COLUMNS, recorded
from probe.model.incident import RecordedRun

_HERE: Final = "scenario = ? AND path = ? AND environment = ? AND location = ?"
_NEWEST: Final = f"SELECT {COLUMNS} FROM run WHERE {_HERE} {{}} ORDER BY started_at DESC LIMIT 1"  # noqa: S608 - constants
_STARTED_AT: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """One scenario on one path, seen from one place."""

    scenario: str
    path: str
    environment: str
    location: str

    @property
    def values(self) -> tuple[str, str, str, str]:
        """For the four conditions."""
        return self.scenario, self.path, self.environment, self.location


@dataclass(frozen=True, slots=True, kw_only=True)
class LastKnown:
    """What the history says of it; nothing of a scenario that was never run."""

    last: RecordedRun | None = None
    passed: RecordedRun | None = None
    """The last one that did."""
    failed_since: int = 0
    """Runs that failed after it."""
    recent: tuple[RecordedRun, ...] = ()
    """Oldest first."""


def last_known(connection: sqlite3.Connection, where: Where, *, since: datetime) -> LastKnown:
    """The last run, the last that passed, how many have failed since then, and every run since `since`. Raises sqlite3.Error."""
    last = connection.execute(_NEWEST.format(""), where.values).fetchone()
    passed = connection.execute(_NEWEST.format("AND outcome = 'passed'"), where.values).fetchone()
    after = "" if passed is None else passed[_STARTED_AT]
    (failed_since,) = connection.execute(
        f"SELECT COUNT(*) FROM run WHERE {_HERE} AND outcome = 'failed' AND started_at > ?",  # noqa: S608 - constants
        (*where.values, after),
    ).fetchone()
    recent = connection.execute(
        f"SELECT {COLUMNS} FROM run WHERE {_HERE} AND started_at >= ? ORDER BY started_at",  # noqa: S608 - constants
        (*where.values, text_of(since)),
    ).fetchall()
    return LastKnown(
        last=None if last is None else recorded(last),
        passed=None if passed is None else recorded(passed),
        failed_since=failed_since,
        recent=tuple(map(recorded, recent)),
    )
