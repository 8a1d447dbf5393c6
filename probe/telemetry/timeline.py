"""Where on the wall clock each part of a run lies: one wall time, the run's start, and offsets from it.

Only the start is taken from the wall clock, so that a clock that is set in mid-run does not tear a trace apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from probe.model.failure import Phase
from probe.model.network import PhaseTiming
from probe.model.observation import Observation, OfflineObservation
from probe.model.run import Attempt

HTTP_PHASES: Final = frozenset({Phase.SEND, Phase.WAIT, Phase.RECEIVE})
"""What the HTTP client span covers."""
TLS_PHASES: Final = frozenset({Phase.TLS, Phase.ACCEPT})
"""What the handshake span covers: under TLS 1.3 the peer's judgement comes after our own end of the handshake."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds(at: datetime) -> int:
    """Unix time in nanoseconds, without the rounding of a float."""
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when to when, in seconds from the start of the run."""

    start_s: float
    end_s: float


def phase_timings(observation: Observation) -> tuple[PhaseTiming, ...]:
    """The timings of an observation; a wait has no phases."""
    return () if isinstance(observation, OfflineObservation) else observation.timings


def observation_start_s(attempt: Attempt, observation: Observation) -> float:
    """When an observation began, in seconds from the start of the run.

    The distance of the two wall times, held within the attempt: between them the clock may have been set.
    """
    took_s = max((t.offset_s + t.duration_s for t in phase_timings(observation)), default=0.0)
    lag_s = (observation.started_at - attempt.started_at).total_seconds()
    return attempt.offset_s + min(max(lag_s, 0.0), max(attempt.duration_s - took_s, 0.0))


def stretch(timings: Iterable[PhaseTiming], start_s: float) -> Stretch | None:
    """What the timings cover together, for an observation that began at `start_s`; None where there are none."""
    listed = list(timings)
    if not listed:
        return None
    return Stretch(
        start_s + min(t.offset_s for t in listed),
        start_s + max(t.offset_s + t.duration_s for t in listed),
    )


def http_stretch(observation: Observation, start_s: float) -> Stretch | None:
    """When the HTTP request was on its way; None where none was sent."""
    return stretch((t for t in phase_timings(observation) if t.phase in HTTP_PHASES), start_s)
