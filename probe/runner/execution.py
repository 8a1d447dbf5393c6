"""The steps of one run, each remembered with its outcome."""

from probe.checks.dotted import lookup
from probe.model.failure import Failure
from probe.model.observation import Observation, StripeObservation
from probe.model.outcome import Failed, Outcome, Passed, Skipped, Unknown
from probe.model.run import Attempt, StepRun
from probe.model.scenario import StepPlan
from probe.runner.attempts import (
    MOST_ATTEMPTS,
    MOST_CLEANUP_ATTEMPTS,
    MOST_NAMED_ATTEMPTS,
    attempt_until_settled,
    in_progress,
    safe_to_repeat,
)
from probe.runner.saving import save, save_all_the_same
from probe.runner.state import RunState
from probe.runner.trial import Trial


class Execution:
    """One run while it goes on."""

    def __init__(self, state: RunState) -> None:
        """Begin with no step run."""
        self.state = state
        self.steps: list[StepRun] = []
        self.live: Failure | None = None
        """Set once anything answered in live mode: from then on nothing is sent."""
        self.proven = False
        """Whether the path has proven in this run that it is in test mode."""
        self.cut: Failed | Unknown | None = None
        """Why the run is being cut short, set by whoever cancels it."""

    async def step(
        self,
        plan: StepPlan,
        *,
        deadline: float,
        cleanup: bool = False,
        key: str | None = None,
        settles: bool = False,
    ) -> StepRun:
        """Run one step and remember it; never raises for what the path does.

        `key` repeats a call under an idempotency key of before; `settles` takes any answer that tells what became of it.
        """
        clock, span_id = self.state.around.seams.clock, self.state.new_span_id()
        began = clock.monotonic()
        attempts: tuple[Attempt, ...] = ()
        warnings: tuple[Failure, ...] = ()
        outcome: Outcome
        if plan.when is not None and lookup(self.state.scope, plan.when) is None:
            outcome = Skipped(f"{plan.when} was not saved")
        else:
            trial = Trial(self.state, plan, deadline, key=key, settles=settles, cleanup=cleanup)
            try:
                attempts = await attempt_until_settled(
                    trial.once,
                    repeatable=safe_to_repeat(plan),
                    clock=clock,
                    randomness=self.state.around.randomness,
                    deadline=deadline,
                    most=_most(plan, cleanup=cleanup),
                    reasons=plan.retry,
                )
            finally:
                if not attempts and self.cut is not None:
                    self._remember(plan, span_id, began, self.cut, (), (), cleanup=cleanup)
            # That the first try is still under way does not say why it had no answer: the first try's own outcome does.
            told = [attempt for attempt in attempts if not in_progress(attempt)] or attempts
            outcome, warnings = told[-1].outcome, trial.warnings
            if isinstance(outcome, Passed) and not (settles and _refused(attempts[-1].observation)):
                outcome = save(
                    plan, attempts[-1].observation, into=self.state.saved, catalogue=self.state.around.catalogue
                )
            else:
                save_all_the_same(
                    plan, attempts[-1].observation, into=self.state.saved, catalogue=self.state.around.catalogue
                )
        return self._remember(plan, span_id, began, outcome, attempts, warnings, cleanup=cleanup)

    def skip(self, plan: StepPlan, because: str, *, cleanup: bool = False) -> StepRun:
        """Remember a step that is not tried."""
        return self.decide(plan, Skipped(because), cleanup=cleanup)

    def decide(self, plan: StepPlan, outcome: Outcome, *, cleanup: bool = False) -> StepRun:
        """Remember a step whose outcome is known without trying it."""
        now = self.state.around.seams.clock.monotonic()
        return self._remember(plan, self.state.new_span_id(), now, outcome, (), (), cleanup=cleanup)

    def _remember(
        self,
        plan: StepPlan,
        span_id: str,
        began: float,
        outcome: Outcome,
        attempts: tuple[Attempt, ...],
        warnings: tuple[Failure, ...],
        *,
        cleanup: bool,
    ) -> StepRun:
        step = StepRun(
            name=plan.name,
            kind=plan.kind,
            span_id=span_id,
            outcome=outcome,
            offset_s=began - self.state.plan.began,
            duration_s=self.state.around.seams.clock.monotonic() - began,
            attempts=attempts,
            warnings=warnings,
            cleanup=cleanup,
        )
        self.steps.append(step)
        event = self.state.plan.started
        for observer in self.state.around.observers:
            observer.step_finished(event, step)
        return step


def _most(plan: StepPlan, *, cleanup: bool) -> int:
    """How often the step may be tried."""
    if cleanup:
        return MOST_CLEANUP_ATTEMPTS
    return MOST_ATTEMPTS if plan.retry is None else MOST_NAMED_ATTEMPTS


def _refused(observation: Observation | None) -> bool:
    """Whether Stripe answered with an error, which has nothing to save."""
    return isinstance(observation, StripeObservation) and observation.response is None
