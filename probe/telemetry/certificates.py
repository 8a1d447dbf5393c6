"""What the metrics say of certificates, out of the inventory as it was judged last: true also while handshakes fail."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from probe.certificates.stock import Stand
from probe.model.aside import gently
from probe.model.certificate import Certificate
from probe.model.clock import Clock
from probe.model.failure import Severity
from probe.model.watch import WatchedCertificate
from probe.redact.leaving import leaving
from probe.verdict.forecast import forecasts

Labels = tuple[tuple[str, str], ...]
Reading = tuple[float, Mapping[str, str]]
"""A value and its labels, without those that all series carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandRead:
    """One judgement of the inventory, read once for all the gauges."""

    not_after: list[Reading]
    not_before: list[Reading]
    managed: list[Reading]
    thresholds: list[Reading]
    attention: list[Reading]
    valid_until: list[Reading]


class CertificateReadings:
    """What the gauges of certificates show, made anew only where the inventory was judged anew. For one thread at a time."""

    def __init__(self, clock: Clock) -> None:
        """Nothing is known of certificates before `stand` is set."""
        self.stand: Callable[[], Stand] = Stand
        """The latest judgement."""
        self._clock = clock
        self._last: tuple[Stand, StandRead] | None = None

    def now(self) -> StandRead:
        """As the latest judgement has it."""
        stand = self.stand()
        if self._last is None or self._last[0] is not stand:
            self._last = stand, read(stand, at=self._clock.now())
        return self._last[1]


def read(stand: Stand, *, at: datetime) -> StandRead:
    """Everything that a judgement says."""
    return StandRead(
        not_after=not_after(stand),
        not_before=not_before(stand),
        managed=managed(stand),
        thresholds=thresholds(stand),
        attention=attention(stand),
        valid_until=valid_until(stand, at=at),
    )


def not_after(stand: Stand) -> list[Reading]:
    """Unix seconds; of certificates that share a series the first end."""
    return _dates(stand, lambda certificate: certificate.not_after, min)


def not_before(stand: Stand) -> list[Reading]:
    """Unix seconds; of certificates that share a series the last beginning."""
    return _dates(stand, lambda certificate: certificate.not_before, max)


def managed(stand: Stand) -> list[Reading]:
    """Of certificates that are ours, 1 where it is proven that something renews them: a claim in the configuration is no proof."""
    found: dict[Labels, float] = {}
    for entry, _ in gently(stand.judged):
        if entry.ours and entry.certificate is not None:
            proof = entry.care.proof
            proven = entry.care.managed_by is not None and proof is not None and proof.proven is True
            for key in _series(entry):
                found[key] = min(found.get(key, 1.0), float(proven))
    return _readings(found)


def thresholds(stand: Stand) -> list[Reading]:
    """1 for each certificate that stands inside a rung of its ladder, with the rung's name, unscaled, and whom it wakes."""
    return _readings(
        {
            (*_name(entry), ("threshold", standing.threshold), ("severity", standing.severity.value)): 1.0
            for entry, standing in gently(stand.judged)
            if standing.threshold is not None and standing.severity is not Severity.NONE
        }
    )


def attention(stand: Stand) -> list[Reading]:
    """1 for each certificate and each reason for which it needs somebody."""
    return _readings(
        {
            (*_name(entry), ("reason", failure.reason), ("severity", failure.severity.value)): 1.0
            for entry, standing in gently(stand.judged)
            for failure in standing.failures
            if failure.severity is not Severity.NONE
        }
    )


def valid_until(stand: Stand, *, at: datetime) -> list[Reading]:
    """Unix seconds for each path of which anything is known."""
    entries = [entry for entry, _ in gently(stand.judged)]
    paths = dict.fromkeys(entry.path for entry in entries if entry.path is not None)
    return [
        (found.valid_until.timestamp(), {"path": found.path})
        for found in forecasts(paths, entries, at=at)
        if found.valid_until is not None
    ]


def _dates(
    stand: Stand, date_of: Callable[[Certificate], datetime], narrowest: Callable[[float, float], float]
) -> list[Reading]:
    found: dict[Labels, float] = {}
    for entry, _ in gently(stand.judged):
        if entry.certificate is not None:
            date = date_of(entry.certificate).timestamp()
            for key in _series(entry):
                found[key] = narrowest(found.get(key, date), date)
    return _readings(found)


def _series(entry: WatchedCertificate) -> Iterator[Labels]:
    """One for each kind of place where it was seen."""
    kinds = dict.fromkeys(sighting.source.kind.value for sighting in entry.seen)
    return ((*_name(entry), ("source", kind)) for kind in kinds)


def _name(entry: WatchedCertificate) -> Labels:
    role = "" if entry.certificate is None else entry.certificate.role.value
    return ("path", entry.path or ""), ("role", role), ("name", leaving(entry.name))


def _readings(found: Mapping[Labels, float]) -> list[Reading]:
    return [(value, dict(labels)) for labels, value in found.items()]


def usable(stand: Stand, seen: Mapping[tuple[str, str], bool]) -> list[Reading]:
    """By path and identity: as the files are now, and as runs with that path's own strictness found them (`seen`)."""
    found = {(path, name): usable for path, name, usable in stand.usable} | dict(seen)
    return [(float(usable), {"path": path, "name": name}) for (path, name), usable in found.items()]
