"""What a run does after its steps, whatever became of them: learn what is open, and take it back."""

from probe.billing.idempotency import key as idempotency_key
from probe.checks.dotted import lookup
from probe.model.scenario import StepKind, StepPlan, StripeAction
from probe.runner.execution import Execution
from probe.runner.judging import UNDO
from probe.runner.state import RunPlan
from probe.runner.writing import writes


async def clean_up(execution: Execution, plan: RunPlan, *, deadline: float) -> None:
    """Ask again for creates whose answer was lost, run the declared cleanup, then undo what is still open.

    Each step has its own outcome and none stops the next. Once anything answered in live mode nothing more is sent:
    a person has to look first.
    """
    if execution.live is not None:
        for step in plan.scenario.cleanup:
            execution.skip(step, "the path answered in live mode", cleanup=True)
        return
    await _recover(execution, plan, deadline)
    for step in plan.scenario.cleanup:
        if _unproven(step, execution, plan):
            execution.skip(step, "the path has not proven in this run that it is in test mode", cleanup=True)
        else:
            await execution.step(step, deadline=deadline, cleanup=True)
    for undo in execution.state.ledger.open():
        step = StepPlan(
            name=UNDO,
            kind=StepKind.STRIPE,
            action=StripeAction(method=undo.method, parameters=undo.parameters),
            expect=undo.settled,
        )
        what = " ".join(str(value) for value in undo.parameters.values())
        key = idempotency_key(plan.run_id, f"{UNDO} {what}", undo.method)
        await execution.step(step, deadline=deadline, cleanup=True, key=key)


def _unproven(step: StepPlan, execution: Execution, plan: RunPlan) -> bool:
    """Whether it would write where nothing has shown that it may. What was not saved is skipped for that reason."""
    wanted = step.when is None or lookup(execution.state.scope, step.when) is not None
    return wanted and not execution.proven and writes(step, plan.path)


async def _recover(execution: Execution, plan: RunPlan, deadline: float) -> None:
    """The same idempotency key gives back what the lost call made, or makes it now, so that its id is known."""
    declared = {step.name: step for step in (*plan.scenario.steps, *plan.scenario.cleanup)}
    for call in execution.state.ledger.lost():
        origin = declared.get(call.step)
        step = StepPlan(
            name=f"recover {call.step}",
            kind=StepKind.STRIPE,
            action=StripeAction(method=call.method, parameters=call.parameters),
            save=origin.save if origin else {},
        )
        await execution.step(step, deadline=deadline, cleanup=True, key=call.idempotency_key, settles=True)
