"""Runs, their steps and attempts."""

from datetime import UTC, datetime

from probe.model.observation import WaitObservation
from probe.model.outcome import Passed
from probe.model.run import Attempt, StepRun
from probe.model.scenario import StepKind

AT = datetime(2026, 1, 15, tzinfo=UTC)


def test_the_last_attempt_counts() -> None:
    """A step shows what its last attempt saw; a skipped one saw nothing."""
    seen = [WaitObservation(started_at=AT, waited_s=waited_s) for waited_s in (1.0, 2.0)]
    attempts = tuple(
        Attempt(started_at=AT, offset_s=0.0, duration_s=1.0, outcome=Passed(), observation=one) for one in seen
    )
    assert _step(*attempts).observation is seen[-1]
    assert _step().observation is None


def _step(*attempts: Attempt) -> StepRun:
    return StepRun(
        name="pause",
        kind=StepKind.WAIT,
        span_id="0" * 16,
        outcome=Passed(),
        offset_s=0.0,
        duration_s=1.0,
        attempts=attempts,
    )
