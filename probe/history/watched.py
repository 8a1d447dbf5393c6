"""The rotations, and the last known facts of the certificates: what a restart must not forget."""

import contextlib
import dataclasses
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from probe.history.entries import (
    certificate_from_text,
    certificate_to_text,
    entry_from_text,
    entry_to_text,
    lasting,
)
from probe.history.moments import text_of
from probe.model.aside import gently
from probe.model.watch import Held, Rotation, Sighting, WatchedCertificate

ROTATIONS_KEPT: Final = timedelta(days=400)
"""A yearly rotation, and the one before it."""
SIGHTINGS_KEPT: Final = timedelta(days=35)
"""Of a path that is no longer configured; those of the others stay as long as their certificates are known."""
_STALE: Final = timedelta(hours=1)
"""That an unchanged certificate was seen once more is written down this seldom."""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_MOST: Final = 20_000
"""Certificates that are remembered: those that were seen last."""
_MOST_WATCHED: Final = 1_000
"""Of those that stand in watched files alone, which are read anew at each start: those that end first."""

Key = tuple[str, str, str]
"""Path (empty for none), name, fingerprint."""


@dataclass(frozen=True, slots=True)
class _Written:
    """An entry as it stands in the file."""

    facts: WatchedCertificate
    """Without the times of its sightings."""
    seen_at: datetime

    def stands_for(self, other: "_Written") -> bool:
        return self.facts == other.facts and timedelta() <= other.seen_at - self.seen_at < _STALE


@dataclass(frozen=True, slots=True)
class Draft:
    """All that is known of some paths, ready to be written down."""

    paths: frozenset[str]
    wanted: Mapping[Key, tuple[_Written, WatchedCertificate]]
    rows: Mapping[Key, list[tuple[str, str, str, str, str]]]
    """Of those that did not stand in the file as they are."""

    def rows_of(self, key: Key) -> list[tuple[str, str, str, str, str]]:
        """One entry as it is to stand there; made now where nobody foresaw that it would be missing."""
        found = self.rows.get(key)
        return _rows(key, *self.wanted[key]) if found is None else found


class Memory:
    """What this process has written into `sighting`, so that it writes only what has changed."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._written: Mapping[Key, _Written] = {}

    def drafted(self, entries: Iterable[WatchedCertificate]) -> Draft:
        """What `remember` is to write. Any thread may call it: a thousand new peers take half a second to put into words."""
        given = tuple(entries)
        wanted = _wanted(given)
        rows = {
            key: _rows(key, new, entry) for key, (new, entry) in gently(wanted.items()) if not self._stands(key, new)
        }
        return Draft(frozenset(entry.path or "" for entry in given), wanted, rows)

    def remember(self, connection: sqlite3.Connection, draft: Draft) -> int:
        """Write what has changed, and drop what the named paths no longer have. Returns how many rows changed. Raises sqlite3.Error."""
        wanted = draft.wanted
        there: dict[Key, str] = {
            (path, name, sha256): seen_at
            for path, name, sha256, seen_at in connection.execute("SELECT path, name, sha256, seen_at FROM sighting")
        }
        gone = [key for key in _outdated(there, draft.paths, wanted) if key not in wanted]
        changed = {key: new for key, (new, _) in wanted.items() if key not in there or not self._stands(key, new)}
        rows = [row for key in changed for row in draft.rows_of(key)]
        if gone or rows:
            with connection as write:
                write.executemany("DELETE FROM sighting WHERE path = ? AND name = ? AND sha256 = ?", gone)
                write.executemany("INSERT OR REPLACE INTO sighting VALUES (?,?,?,?,?)", rows)
        self._written = {key: old for key, old in self._written.items() if key in wanted} | changed
        return len(gone) + len(rows)

    def _stands(self, key: Key, new: _Written) -> bool:
        old = self._written.get(key)
        return old is not None and old.stands_for(new)


def remembered(connection: sqlite3.Connection) -> tuple[WatchedCertificate, ...]:
    """Every entry that was remembered, path by path. Raises sqlite3.Error, and DamagedEntryError."""
    rows = connection.execute("SELECT entry FROM sighting ORDER BY path, rowid").fetchall()
    return tuple(entry_from_text(text) for (text,) in rows)


def record_rotation(connection: sqlite3.Connection, rotation: Rotation) -> bool:
    """Write a rotation down, once: another process that watches the same file may have noticed it too. Raises sqlite3.Error."""
    with connection as write:
        write.execute("DELETE FROM rotation WHERE at < ?", (text_of(rotation.at - ROTATIONS_KEPT),))
        last = write.execute(
            "SELECT after_sha256 FROM rotation WHERE identity = ? ORDER BY at DESC, rowid DESC LIMIT 1",
            (rotation.identity,),
        ).fetchone()
        if last == (rotation.after.sha256,):
            return False
        before = None if rotation.before is None else certificate_to_text(rotation.before)
        write.execute(
            "INSERT INTO rotation VALUES (?,?,?,?,?)",
            (
                rotation.identity,
                text_of(rotation.at),
                rotation.after.sha256,
                before,
                certificate_to_text(rotation.after),
            ),
        )
    return True


def rotations(connection: sqlite3.Connection, since: datetime) -> tuple[Rotation, ...]:
    """Those noticed at or after `since`, oldest first. Raises sqlite3.Error, and ValueError for what is damaged."""
    rows = connection.execute(
        "SELECT identity, at, before, after FROM rotation WHERE at >= ? ORDER BY at, rowid", (text_of(since),)
    ).fetchall()
    return tuple(
        Rotation(
            identity=identity,
            at=datetime.fromisoformat(at),
            before=None if before is None else certificate_from_text(before),
            after=certificate_from_text(after),
        )
        for identity, at, before, after in rows
    )


def _key(entry: WatchedCertificate) -> Key:
    return entry.path or "", entry.name, entry.certificate.sha256 if entry.certificate else ""


def _wanted(entries: Iterable[WatchedCertificate]) -> dict[Key, tuple[_Written, WatchedCertificate]]:
    """What is to stand in the file."""
    watched: list[WatchedCertificate] = []
    others: list[WatchedCertificate] = []
    for entry in filter(lasting, entries):
        (watched if entry.only_held_as(Held.WATCHED) else others).append(entry)
    watched.sort(key=lambda entry: entry.ends or _NEVER)
    all_of_them = {_key(entry): (_written(entry), entry) for entry in gently((*others, *watched[:_MOST_WATCHED]))}
    if len(all_of_them) <= _MOST:
        return all_of_them
    latest = sorted(all_of_them, key=lambda key: all_of_them[key][0].seen_at, reverse=True)[:_MOST]
    return {key: all_of_them[key] for key in latest}


def _outdated(
    there: Mapping[Key, str], paths: AbstractSet[str], wanted: Mapping[Key, tuple[_Written, WatchedCertificate]]
) -> Iterator[Key]:
    """Rows of the given paths, and of others that have not been seen for long or that there is no room for."""
    now = max((new.seen_at for new, _ in wanted.values()), default=None)
    limit = "" if now is None else text_of(now - SIGHTINGS_KEPT)
    others = sorted((seen_at, key) for key, seen_at in there.items() if key[0] not in paths)
    too_many = len(others) + len(wanted) - _MOST
    yield from (key for key in there if key[0] in paths)
    yield from (key for place, (seen_at, key) in enumerate(others) if seen_at < limit or place < too_many)


def _written(entry: WatchedCertificate) -> _Written:
    seen_at = max(sighting.at for sighting in entry.seen)
    timeless = tuple(Sighting(sighting.source, _NEVER, sighting.held) for sighting in entry.seen)
    return _Written(dataclasses.replace(entry, seen=timeless), seen_at)


def _rows(key: Key, new: _Written, entry: WatchedCertificate) -> list[tuple[str, str, str, str, str]]:
    with contextlib.suppress(ValueError):  # a name in it is no text, and can be written nowhere
        return [(*key, text_of(new.seen_at), entry_to_text(entry))]
    return []
