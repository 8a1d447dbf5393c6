"""Pages that are on their way, and those that were sent: an outbox that survives a restart and a sink that is dead."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from pydantic import TypeAdapter, ValidationError

from probe.history.entries import DamagedEntryError
from probe.history.moments import text_of
from probe.model.paging import Page, PageAction, PathState
from probe.redact.leaving import leaving_value

PAGES_KEPT: Final = timedelta(days=400)
"""For post-mortems: as long as rotations."""
LEASE: Final = timedelta(seconds=15)
"""How long a delivery belongs to the process that took it; longer than any attempt may last (`probe.pager.posting.LIMIT_S`)."""
LONGEST_WAIT: Final = timedelta(minutes=10)
"""More than any pause between two attempts (`probe.pager.delivery.LONGEST_PAUSE_S`)."""
_STATE: Final = TypeAdapter(PathState)
_PAGE: Final = TypeAdapter(Page)

_EARLIEST: Final = (
    "SELECT min(delivery.page) AS number, sink, attempts, body, next_at FROM delivery JOIN page ON page.id = delivery.page"
    " WHERE done_at IS NULL AND sink IN ({}) GROUP BY sink, dedup_key"
)
"""Of each sink and cause what has to be delivered first; SQLite takes the other columns from the row of the minimum."""

Change = Callable[[PathState], tuple[PathState, Sequence[Page]]]
"""What becomes of a path's state, and what is to be sent because of it."""


class Outcome(StrEnum):
    """What became of a delivery. The value is stored, and is the label of `paypath_pages_total`; never rename one."""

    DELIVERED = "delivered"
    SUPERSEDED = "superseded"
    """A reminder that a later page of the same cause overtook."""
    EXPIRED = "expired"
    """Given up: what is this old helps nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One page for one sink, taken for delivery."""

    page_id: int
    """Unique in its outbox."""
    sink: str
    attempts: int
    """That have failed so far."""
    page: Page


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPage:
    """A page as remembered."""

    page: Page
    delivered: tuple[tuple[str, datetime], ...]
    """Each sink that has taken it, and when."""
    waiting: tuple[str, ...]
    """Sinks that have not yet."""


class Outbox(Protocol):
    """Where pages wait until their sinks have taken them. The real one is in the history; `MemoryOutbox` is for where there is none."""

    def turn(self, path: str, change: Change, *, sinks: Sequence[str]) -> Sequence[Page]:
        """Change the state of a path and put the pages of that into the box, both or neither. Raises HistoryError."""

    def paths(self) -> Sequence[str]:
        """Those of which something is remembered. Raises HistoryError."""

    def take(self, sinks: Sequence[str], *, now: datetime) -> Sequence[Waiting]:
        """What is due at `now`, of each sink and cause the earliest alone; nobody else is given it for `LEASE`. Raises HistoryError."""

    def settle(self, waiting: Waiting, outcome: Outcome, *, at: datetime) -> None:
        """It needs no further attempt. Raises HistoryError."""

    def postpone(self, waiting: Waiting, *, until: datetime) -> None:
        """An attempt failed; the next one is at `until`. Raises HistoryError."""

    def next_due(self, sinks: Sequence[str]) -> datetime | None:
        """When there is something to do; None where nothing waits. Raises HistoryError."""


def turn(connection: sqlite3.Connection, path: str, change: Change, sinks: Sequence[str]) -> Sequence[Page]:
    """See `Outbox.turn`. Raises sqlite3.Error, DamagedEntryError."""
    with connection as write:
        write.execute("BEGIN IMMEDIATE")
        row = write.execute("SELECT state FROM paging WHERE path = ?", (path,)).fetchone()
        state, pages = change(PathState() if row is None else _state_of(row[0]))
        write.execute("INSERT OR REPLACE INTO paging VALUES (?,?)", (path, _STATE.dump_json(state).decode()))
        for page in pages:
            _put(write, page, sinks)
        if pages:
            _forget(write, pages[-1].at - PAGES_KEPT)
    return pages


def take(connection: sqlite3.Connection, sinks: Sequence[str], now: datetime) -> Sequence[Waiting]:
    """See `Outbox.take`. Raises sqlite3.Error, DamagedEntryError."""
    marks = ",".join("?" * len(sinks))
    with connection as write:
        write.execute("BEGIN IMMEDIATE")
        rows = write.execute(f"{_EARLIEST.format(marks)} ORDER BY number", tuple(sinks)).fetchall()
        due = [row for row in rows if is_due(datetime.fromisoformat(row[4]), now)]
        write.executemany(
            "UPDATE delivery SET next_at = ? WHERE page = ? AND sink = ?",
            [(text_of(now + LEASE), page, sink) for page, sink, *_ in due],
        )
    return [
        Waiting(page_id=page, sink=sink, attempts=attempts, page=_page_of(body))
        for page, sink, attempts, body, _ in due
    ]


def is_due(at: datetime, now: datetime) -> bool:
    """Whether it is time; nothing waits for longer than `LONGEST_WAIT` unless the clock was set back meanwhile."""
    return at <= now or at > now + LONGEST_WAIT


def settle(connection: sqlite3.Connection, waiting: Waiting, outcome: Outcome, at: datetime) -> None:
    """See `Outbox.settle`. Raises sqlite3.Error."""
    with connection as write:
        write.execute(
            "UPDATE delivery SET done_at = ?, outcome = ? WHERE page = ? AND sink = ?",
            (text_of(at), outcome.value, waiting.page_id, waiting.sink),
        )


def postpone(connection: sqlite3.Connection, waiting: Waiting, until: datetime) -> None:
    """See `Outbox.postpone`. Raises sqlite3.Error."""
    with connection as write:
        write.execute(
            "UPDATE delivery SET attempts = attempts + 1, next_at = ? WHERE page = ? AND sink = ? AND done_at IS NULL",
            (text_of(until), waiting.page_id, waiting.sink),
        )


def next_due(connection: sqlite3.Connection, sinks: Sequence[str]) -> datetime | None:
    """See `Outbox.next_due`. Raises sqlite3.Error, ValueError."""
    marks = ",".join("?" * len(sinks))
    rows = connection.execute(_EARLIEST.format(marks), tuple(sinks)).fetchall()
    return min((datetime.fromisoformat(next_at) for *_, next_at in rows), default=None)


def sent(connection: sqlite3.Connection, since: datetime) -> tuple[SentPage, ...]:
    """The pages since then, oldest first. Raises sqlite3.Error, ValueError."""
    pages = connection.execute("SELECT id, body FROM page WHERE at >= ? ORDER BY id", (text_of(since),)).fetchall()
    deliveries = connection.execute(
        "SELECT page, sink, done_at, outcome FROM delivery JOIN page ON page.id = page WHERE page.at >= ? ORDER BY sink",
        (text_of(since),),
    ).fetchall()
    return tuple(
        SentPage(
            page=_page_of(body),
            delivered=tuple(
                (sink, datetime.fromisoformat(at))
                for page, sink, at, outcome in deliveries
                if page == number and outcome == Outcome.DELIVERED
            ),
            waiting=tuple(sink for page, sink, at, _ in deliveries if page == number and at is None),
        )
        for number, body in pages
    )


def _put(write: sqlite3.Connection, page: Page, sinks: Sequence[str]) -> None:
    """A reminder is not put where an earlier word about the same cause still waits: that one says it."""
    at = text_of(page.at)
    body = json.dumps(leaving_value(_PAGE.dump_python(page, mode="json")))
    number = write.execute(
        "INSERT INTO page (at, path, dedup_key, action, body) VALUES (?,?,?,?,?)",
        (at, page.path, page.dedup_key, page.action.value, body),
    ).lastrowid
    behind = set()
    if page.action is PageAction.REMIND:
        behind = {
            sink
            for (sink,) in write.execute(
                "SELECT sink FROM delivery JOIN page ON page.id = page WHERE done_at IS NULL AND dedup_key = ?",
                (page.dedup_key,),
            )
        }
    rows = [
        (number, sink, 0, at, at if sink in behind else None, Outcome.SUPERSEDED.value if sink in behind else None)
        for sink in sinks
    ]
    write.executemany("INSERT INTO delivery VALUES (?,?,?,?,?,?)", rows)


def _forget(write: sqlite3.Connection, before: datetime) -> None:
    write.execute("DELETE FROM delivery WHERE page IN (SELECT id FROM page WHERE at < ?)", (text_of(before),))
    write.execute("DELETE FROM page WHERE at < ?", (text_of(before),))


def _state_of(text: str) -> PathState:
    """Nothing where it cannot be read: the worst of that is a page that the sink merges with the one before."""
    try:
        return _STATE.validate_json(text)
    except ValidationError:
        return PathState()


def _page_of(text: str) -> Page:
    try:
        return _PAGE.validate_json(text)
    except ValidationError as error:
        raise DamagedEntryError("it is no page") from error


class MemoryOutbox:
    """An outbox that ends with the process: for where there is no state directory, and for tests."""

    def __init__(self) -> None:
        """Empty."""
        self._states: dict[str, PathState] = {}
        self._waiting: dict[tuple[int, str], tuple[Waiting, datetime]] = {}
        self._count = 0

    def turn(self, path: str, change: Change, *, sinks: Sequence[str]) -> Sequence[Page]:
        """See `Outbox.turn`."""
        self._states[path], pages = change(self._states.get(path, PathState()))
        for page in pages:
            self._count += 1
            for sink in sinks:
                if page.action is not PageAction.REMIND or not self._behind(page, sink):
                    waiting = Waiting(page_id=self._count, sink=sink, attempts=0, page=page)
                    self._waiting[self._count, sink] = (waiting, page.at)
        return pages

    def paths(self) -> Sequence[str]:
        """See `Outbox.paths`."""
        return tuple(self._states)

    def take(self, sinks: Sequence[str], *, now: datetime) -> Sequence[Waiting]:
        """See `Outbox.take`."""
        found = [waiting for waiting, due in self._earliest(sinks) if is_due(due, now)]
        for waiting in found:
            self._waiting[waiting.page_id, waiting.sink] = (waiting, now + LEASE)
        return found

    def settle(self, waiting: Waiting, outcome: Outcome, *, at: datetime) -> None:  # noqa: ARG002 - the Protocol's signature
        """See `Outbox.settle`."""
        self._waiting.pop((waiting.page_id, waiting.sink), None)

    def postpone(self, waiting: Waiting, *, until: datetime) -> None:
        """See `Outbox.postpone`."""
        again = Waiting(page_id=waiting.page_id, sink=waiting.sink, attempts=waiting.attempts + 1, page=waiting.page)
        self._waiting[waiting.page_id, waiting.sink] = (again, until)

    def next_due(self, sinks: Sequence[str]) -> datetime | None:
        """See `Outbox.next_due`."""
        return min((due for _, due in self._earliest(sinks)), default=None)

    def _earliest(self, sinks: Sequence[str]) -> Sequence[tuple[Waiting, datetime]]:
        earliest: dict[tuple[str, str], tuple[Waiting, datetime]] = {}
        for _, (waiting, due) in sorted(self._waiting.items()):
            if waiting.sink in sinks:
                earliest.setdefault((waiting.sink, waiting.page.dedup_key), (waiting, due))
        return list(earliest.values())

    def _behind(self, page: Page, sink: str) -> bool:
        return any(w.sink == sink and w.page.dedup_key == page.dedup_key for w, _ in self._waiting.values())
