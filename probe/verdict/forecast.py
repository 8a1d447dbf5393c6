"""Until when money can flow on a path as far as certificates go, and because of which of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from probe.model.reliance import by_path, needed
from probe.model.watch import WatchedCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What is known of one path's future."""

    path: str
    valid_until: datetime | None
    """None: nothing is known of its certificates. A moment that has passed: money cannot flow any more."""
    because: WatchedCertificate | None
    """What ends first."""


def forecast(path: str, entries: Iterable[WatchedCertificate], *, at: datetime) -> Forecast:
    """The earliest end of what the path needs, as known at `at`; what becomes valid only later lets nothing through at `at`."""
    ends = [(end, entry) for entry in needed(path, entries) if (end := _end(entry, at)) is not None]
    if not ends:
        return Forecast(path=path, valid_until=None, because=None)
    end, because = min(ends, key=lambda pair: pair[0])
    return Forecast(path=path, valid_until=end, because=because)


def forecasts(paths: Iterable[str], entries: Iterable[WatchedCertificate], *, at: datetime) -> tuple[Forecast, ...]:
    """The forecast of each of the paths, in their order."""
    known = by_path(entries)
    return tuple(forecast(path, known.get(path, ()), at=at) for path in paths)


def _end(entry: WatchedCertificate, at: datetime) -> datetime | None:
    early = entry.certificate is not None and entry.certificate.not_yet_valid(at)
    return min(at, entry.ends or at) if early else entry.ends
