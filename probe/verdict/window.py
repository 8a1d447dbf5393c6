"""What the runs of the last minutes say together. A run that could not tell counts neither for nor against the path."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from probe.model.outcome import Failed, Outcome, Passed, Skipped, Unknown

FAILING_AFTER: Final = 2
"""Failures in a row that make a path failing: one may be a passing fault, the second run tells."""
UNKNOWN_AFTER: Final = 2
"""Runs in a row that could not tell, after which what was known before is too old to say anything about now."""


class Verdict(StrEnum):
    """Judgement on a scenario over a window."""

    HEALTHY = "healthy"
    """Every run that could tell passed."""
    DEGRADED = "degraded"
    """Some runs failed, but not the last ones in a row."""
    FAILING = "failing"
    """The last runs that could tell failed."""
    UNKNOWN = "unknown"
    """No run could tell, or the last ones could not."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One finished run, as far as a judgement needs it."""

    at: datetime
    """When the run ended; aware."""
    outcome: Outcome


def tells_up(outcome: Outcome) -> bool | None:
    """Whether the path was up: None where the outcome does not say (unknown, skipped)."""
    match outcome:
        case Passed():
            return True
        case Failed():
            return False
        case Unknown() | Skipped():
            return None
        case _:
            assert_never(outcome)


def success_ratio(samples: Iterable[Sample], *, now: datetime, window: timedelta) -> float | None:
    """Passed runs among those that could tell and ended in `(now - window, now]`, 0..1; None where there were none."""
    told = [up for up in map(_up, _within(samples, now=now, window=window)) if up is not None]
    return sum(told) / len(told) if told else None


def consecutive_failures(samples: Sequence[Sample]) -> int:
    """Failed runs since the last passed one, of samples in order of time; runs that could not tell are passed over."""
    failures = 0
    for sample in reversed(samples):
        up = _up(sample)
        if up:
            break
        failures += up is False
    return failures


def is_up(samples: Sequence[Sample]) -> bool | None:
    """What the last run says about now: None where it could not tell, or where there was none."""
    tried = [sample for sample in samples if not isinstance(sample.outcome, Skipped)]
    return _up(tried[-1]) if tried else None


def judge(
    samples: Sequence[Sample], *, now: datetime, window: timedelta, failing_after: int = FAILING_AFTER
) -> Verdict:
    """Judge the runs that ended within the window; `samples` in order of time.

    Fewer known runs than `failing_after`, all of them failed, are failing too: a scenario that ran once in the window
    and failed leaves no other reading.
    """
    tried = [s for s in _within(samples, now=now, window=window) if not isinstance(s.outcome, Skipped)]
    known = [sample for sample in tried if _up(sample) is not None]
    if not known or all(_up(sample) is None for sample in tried[-UNKNOWN_AFTER:]):
        return Verdict.UNKNOWN
    failures = consecutive_failures(known)
    if failures >= min(failing_after, len(known)):
        return Verdict.FAILING
    return Verdict.HEALTHY if all(map(_up, known)) else Verdict.DEGRADED


def _up(sample: Sample) -> bool | None:
    return tells_up(sample.outcome)


def _within(samples: Iterable[Sample], *, now: datetime, window: timedelta) -> list[Sample]:
    return [sample for sample in samples if now - window < sample.at <= now]
