"""The inventory of a process that keeps running, with the judgement on it: made once for all who ask, since it takes long.

A thousand paths take a second to judge. So it is made anew only where something was learnt or time has passed, never for more
than a twentieth of the time, and where that matters on a thread of its own.
"""

import threading
from dataclasses import dataclass
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.certificates.inventory import Inventory
from probe.classify.expiry import Judged, judge_all
from probe.model.clock import Clock
from probe.model.failure import Failure, Severity
from probe.model.observation import Observation
from probe.model.watch import Rotation, WatchedCertificate

_FRESH_S: Final = 10.0
"""A certificate may cross a threshold while nothing else happens: so old a judgement may be."""
_SHARE: Final = 20
"""The rest after a judgement, in times of how long it took."""
_QUICK_S: Final = 0.05
"""A judgement that takes no longer needs no rest where runs wait for it: each then warns of what it has seen itself."""
_OF_RUNS: Final = frozenset(
    {
        "certificate.expired",
        "certificate.expiring",
        "certificate.half_rotated",
        "certificate.not_yet_valid",
        "certificate.renewal_overdue",
        "certificate.rotated_but_not_used",
        "certificate.unreadable",
    }
)
"""What a run warns of: what will stop payments. How a certificate is managed is shown by `certs` and the metrics alone."""


@dataclass(frozen=True, slots=True)
class Stand:
    """The inventory as it stood at one moment."""

    judged: tuple[Judged, ...] = ()
    usable: tuple[tuple[str, str, bool], ...] = ()
    """Path, identity, and whether its files can be used."""


class Stock:
    """Learns from runs, and knows of each path what to warn of. May be called from any thread."""

    def __init__(self, inventory: Inventory, catalogue: Catalogue, clock: Clock) -> None:
        """Nothing is read before the first `scan`."""
        self.inventory: Final = inventory
        self._catalogue, self._clock = catalogue, clock
        self._judging = threading.Lock()
        self._stand = Stand()
        self._warnings: dict[str, tuple[Failure, ...]] = {}
        self._version = 0
        self._judged_at = self._next_at = clock.monotonic()
        self.asynchronous = False
        """Whether somebody refreshes it on a thread: then nobody else waits for a judgement."""

    def scan(self) -> tuple[Rotation, ...]:
        """Look at the files, and judge. Blocks; returns the identities whose leaf is another than before."""
        rotations = self.inventory.scan()
        self.refresh()
        return rotations

    def learn(self, path: str, observation: Observation) -> None:
        """Take over what a run saw."""
        self.inventory.learn(path, observation)

    def entries(self, path: str) -> tuple[WatchedCertificate, ...]:
        """What is known of one path's certificates."""
        return tuple(entry for entry in self.inventory.entries() if entry.path == path)

    @property
    def due(self) -> bool:
        """Whether it is time to judge anew."""
        now = self._clock.monotonic()
        return now >= self._next_at and (self._version != self.inventory.version or now - self._judged_at >= _FRESH_S)

    def refresh(self) -> None:
        """Judge what is known now. Blocks."""
        with self._judging:
            began = self._clock.monotonic()
            version = self.inventory.version
            judged = judge_all(self.inventory.entries(), self._catalogue, at=self._clock.now())
            self._warnings = _by_path(judged)
            self._stand = Stand(judged, self.inventory.usable())
            self._version, self._judged_at = version, began
            took_s = self._clock.monotonic() - began
            rests = self.asynchronous or took_s > _QUICK_S
            self._next_at = began + took_s * (1 + _SHARE) if rests else began

    def stand(self) -> Stand:
        """The latest judgement."""
        if not self.asynchronous and self.due:
            self.refresh()
        return self._stand

    def warnings(self, path: str) -> tuple[Failure, ...]:
        """What a run on this path is to warn of."""
        self.stand()
        return self._warnings.get(path, ())

    def paging(self) -> tuple[Failure, ...]:
        """Everything that pages, of all paths and of the watched files, as known now."""
        self.refresh()
        failures = (failure for _, standing in self._stand.judged for failure in standing.failures)
        return tuple(failure for failure in failures if failure.severity is Severity.PAGE)


def _by_path(judged: tuple[Judged, ...]) -> dict[str, tuple[Failure, ...]]:
    found: dict[str, list[Failure]] = {}
    for entry, standing in judged:
        if entry.path is not None:
            concerns = (f for f in standing.failures if f.reason in _OF_RUNS and f.severity is not Severity.NONE)
            found.setdefault(entry.path, []).extend(concerns)
    return {path: tuple(failures) for path, failures in found.items()}
