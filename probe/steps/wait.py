"""Let time pass."""

from probe.model.observation import WaitObservation
from probe.model.scenario import WaitAction
from probe.steps.context import StepContext


async def wait(action: WaitAction, context: StepContext) -> WaitObservation:
    """Sleep on the clock, at most until the deadline."""
    clock = context.seams.clock
    started_at, began = clock.now(), clock.monotonic()
    await clock.sleep(max(0.0, min(action.seconds, context.deadline - began)))
    return WaitObservation(started_at=started_at, waited_s=clock.monotonic() - began)
