"""What a run does after its steps, whatever became of them: learn what is open, and take it back."""

from collections.abc import Callable

from probe.billing.idempotency import key as idempotency_key
from probe.checks.dotted import lookup
from probe.model.outcome import Failed, Unknown
from probe.model.scenario import StepKind, StepPlan, StripeAction
from probe.runner.execution import Execution
from probe.runner.judging import UNDO
from probe.runner.latching import live_answer
from probe.runner.state import RunPlan
from probe.runner.writing import writes

Latched = Callable[[], Failed | Unknown | None]
"""Why nothing may be sent on the path, asked before each call."""


async def clean_up(execution: Execution, plan: RunPlan, *, deadline: float, latched: Latched) -> None:
    """Ask again for creates whose answer was lost, run the declared cleanup, then undo what is still open.

    Each step has its own outcome and none stops the next. Once anything answered in live mode, or the path was latched meanwhile,
    nothing more is sent: a person has to look first.
    """
    await _recover(execution, plan, deadline, latched)
    for step in plan.scenario.cleanup:
        if execution.live is None and _unproven(step, execution, plan):
            execution.skip(step, "the path has not proven in this run that it is in test mode", cleanup=True)
        elif not _withheld(step, execution, latched):
            await execution.step(step, deadline=deadline, cleanup=True)
    if execution.live is not None:
        return
    for undo in execution.state.ledger.open():
        step = StepPlan(
            name=UNDO,
            kind=StepKind.STRIPE,
            action=StripeAction(method=undo.method, parameters=undo.parameters),
            expect=undo.settled,
        )
        what = " ".join(str(value) for value in undo.parameters.values())
        key = idempotency_key(plan.run_id, f"{UNDO} {what}", undo.method)
        if _withheld(step, execution, latched):
            return
        await execution.step(step, deadline=deadline, cleanup=True, key=key)


def _unproven(step: StepPlan, execution: Execution, plan: RunPlan) -> bool:
    """Whether it would write where nothing has shown that it may. What was not saved is skipped for that reason."""
    return _wanted(step, execution) and not execution.proven and writes(step, plan.path)


def _wanted(step: StepPlan, execution: Execution) -> bool:
    return step.when is None or lookup(execution.state.scope, step.when) is not None


def _withheld(step: StepPlan, execution: Execution, latched: Latched) -> bool:
    """Whether the step is remembered as not sent. The first that a latch of meanwhile stops says so: the run may have passed until then.

    A latch that cannot be read stops nothing here: the run has proven test mode, and what it made is to be given back.
    """
    execution.live = live_answer(execution.steps) or execution.live
    if execution.live is not None:
        execution.skip(step, "the path answered in live mode", cleanup=True)
        return True
    shut = latched() if _wanted(step, execution) else None
    if not isinstance(shut, Failed):
        return False
    execution.decide(step, shut, cleanup=True)
    execution.live = shut.failure
    return True


async def _recover(execution: Execution, plan: RunPlan, deadline: float, latched: Latched) -> None:
    """The same idempotency key gives back what the lost call made, or makes it now, so that its id is known."""
    if execution.live is not None:
        return
    declared = {step.name: step for step in (*plan.scenario.steps, *plan.scenario.cleanup)}
    for call in execution.state.ledger.lost():
        origin = declared.get(call.step)
        step = StepPlan(
            name=f"recover {call.step}",
            kind=StepKind.STRIPE,
            action=StripeAction(method=call.method, parameters=call.parameters),
            save=origin.save if origin else {},
        )
        if _withheld(step, execution, latched):
            return
        await execution.step(step, deadline=deadline, cleanup=True, key=call.idempotency_key, settles=True)
