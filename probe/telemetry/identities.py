"""Which identities are broken for certain: a copy in progress breaks one for a moment, and is no outage."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from probe.model.identity import IdentityFacts
from probe.model.observation import HandshakeObservation, Observation, OfflineObservation
from probe.model.run import Run

APART_S: Final = 5.0
"""Two readings that far apart which both find the files unusable make a fault of it."""
Key = tuple[str, str]
"""Path, and name of the identity."""


def identities_read(run: Run) -> Iterator[IdentityFacts]:
    """What a run read of our files, in order: the identity for a proxy, and the connector's."""
    for attempt in (attempt for step in run.steps for attempt in step.attempts):
        for observation in (attempt.observation, attempt.reconciled):
            if observation is not None:
                yield from _of(observation)


def _of(observation: Observation) -> Iterator[IdentityFacts]:
    leg = None if isinstance(observation, OfflineObservation) else observation.proxy
    handshakes = (one for one in (leg, observation) if isinstance(one, HandshakeObservation))
    return (one.identity for one in handshakes if one.identity is not None)


@dataclass(slots=True)
class _Reading:
    """What the readings of one identity have shown so far."""

    usable: bool = True
    unusable_from_s: float | None = None
    broken: bool = False


class Identities:
    """The readings of every identity. Not safe to use from two threads at once."""

    def __init__(self) -> None:
        """None is known."""
        self._of: dict[Key, _Reading] = {}

    def read(self, path: str, name: str, *, usable: bool, at_s: float) -> None:
        """Somebody has read the files; `at_s` is monotonic."""
        reading = self._of.setdefault((path, name), _Reading())
        reading.usable = usable
        if usable:
            reading.unusable_from_s, reading.broken = None, False
        elif reading.unusable_from_s is None:
            reading.unusable_from_s = at_s
        else:
            reading.broken = reading.broken or at_s - reading.unusable_from_s >= APART_S

    def usable(self) -> Mapping[Key, bool]:
        """As the last reading found them."""
        return {key: reading.usable for key, reading in self._of.items()}

    def broken(self) -> Mapping[Key, bool]:
        """Whether two readings, `APART_S` apart, have found nothing usable in between."""
        return {key: reading.broken for key, reading in self._of.items()}
