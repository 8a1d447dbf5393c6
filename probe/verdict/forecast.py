"""Until when money can flow on a path as far as certificates go, and because of which of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from probe.model.reliance import by_path, needed
from probe.model.watch import Held, WatchedCertificate

_OURS: Final = (Held.IDENTITY, Held.TRUST)
"""Without these files there is no handshake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What is known of one path's future."""

    path: str
    valid_until: datetime | None
    """None: nothing is known of its certificates. A moment that has passed: money cannot flow any more."""
    because: WatchedCertificate | None
    """What ends first."""
    missing: WatchedCertificate | None = None
    """A file of ours that the path needs and that cannot be read, where nothing is known of what it held: then the end is not known."""


def forecast(path: str, entries: Iterable[WatchedCertificate], *, at: datetime) -> Forecast:
    """The earliest end of what the path needs, as known at `at`; what becomes valid only later lets nothing through at `at`.

    Where a file of ours tells nothing, what others let through until then promises nothing; what has ended already still has.
    """
    mine = [entry for entry in entries if entry.path == path]
    missing = _missing(mine)
    ends = [(end, entry) for entry in needed(path, mine) if (end := _end(entry, at)) is not None]
    if not ends:
        return Forecast(path=path, valid_until=None, because=None, missing=missing)
    end, because = min(ends, key=_first)
    if missing is not None and end > at:
        return Forecast(path=path, valid_until=None, because=None, missing=missing)
    return Forecast(path=path, valid_until=end, because=because, missing=missing)


def forecasts(paths: Iterable[str], entries: Iterable[WatchedCertificate], *, at: datetime) -> tuple[Forecast, ...]:
    """The forecast of each of the paths, in their order."""
    known = by_path(entries)
    return tuple(forecast(path, known.get(path, ()), at=at) for path in paths)


def _first(pair: tuple[datetime, WatchedCertificate]) -> tuple[datetime, bool]:
    """By the end; of two with one end the certificate itself that ends then, before the new one that is not used instead of it."""
    end, entry = pair
    return end, entry.not_in_use == end


def _missing(mine: Sequence[WatchedCertificate]) -> WatchedCertificate | None:
    """The first identity or trust of which neither the file nor anything from before tells what it is."""
    known = [entry for entry in mine if entry.certificate is not None]
    places = {(sighting.source.location, sighting.held) for entry in known for sighting in entry.seen}
    used = {entry.name for entry in known if entry.held_as(Held.IN_USE)}
    for entry in mine:
        if entry.certificate is not None or (entry.held_as(Held.IDENTITY) and entry.name in used):
            continue
        asked = [one for one in entry.seen if one.held in _OURS]
        if asked and not any((one.source.location, one.held) in places for one in asked):
            return entry
    return None


def _end(entry: WatchedCertificate, at: datetime) -> datetime | None:
    early = entry.certificate is not None and entry.certificate.not_yet_valid(at)
    return min(at, entry.ends or at) if early else entry.ends
