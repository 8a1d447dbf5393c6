"""One run from its first packet to its last cleanup step."""

import asyncio
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from probe.classify import prober
from probe.model.failure import Confidence, Failure, Phase
from probe.model.outcome import Failed, Outcome, Passed, Skipped, Unknown
from probe.model.path import ConnectorKind, PaymentPath
from probe.model.run import Run, StepRun
from probe.model.scenario import Scenario, StepPlan, StripeAction, WebhookAction, asks_health_path
from probe.runner.beginning import begin
from probe.runner.budget import Allowance, Budgets
from probe.runner.execution import Execution
from probe.runner.latching import Beside, Latches, Latching, live_answer
from probe.runner.severity import at_most
from probe.runner.state import RunPlan, RunState, Surroundings
from probe.runner.undoing import clean_up
from probe.runner.unheard import may_be_left
from probe.runner.watching import watched
from probe.runner.writing import naming_canary, proofs, stripe_calls, unprovable, writes
from probe.steps.needs import missing

CLEANUP_BUDGET_S: Final = 10.0
"""For all cleanup of one run together: inside Kubernetes' default grace of 30 s, with room for a flush."""
_SLACK_S: Final = 1.0
"""How late a run may be of our own doing before it is cut."""


class Runner:
    """Executes scenarios on paths; holds what runs share and nothing of any one run."""

    def __init__(
        self,
        around: Surroundings,
        *,
        latches: Latches | Latching | None,
        beside: Beside | None = None,
        budgets: Budgets | None = None,
        cleanup_budget_s: float = CLEANUP_BUDGET_S,
    ) -> None:
        """`latches=None`: there is no writable state, and no scenario that writes to Stripe may run; what `beside` shuts is shut all the same.

        `latches` may be the `latching` of another runner, which is shared with it then. `budgets` are those of the process; without them
        the runner has its own.
        """
        self._around = around
        self.latching: Final = (
            latches
            if isinstance(latches, Latching)
            else Latching(latches, clock=around.seams.clock, catalogue=around.catalogue, beside=beside)
        )
        self._cleanup_budget_s = cleanup_budget_s
        self._budgets = budgets or Budgets(around.seams.clock)

    def obstacle(self, scenario: Scenario, path: PaymentPath) -> tuple[str, str] | None:
        """Why the scenario cannot even begin on this path: a cause (closed set) and a sentence; None where it can."""
        return next(self._obstacles(scenario, path), None)

    def _obstacles(self, scenario: Scenario, path: PaymentPath) -> Iterator[tuple[str, str]]:
        steps = (*scenario.steps, *scenario.cleanup)
        calls = [step for step in steps if isinstance(step.action, StripeAction | WebhookAction)]
        if calls and path.stripe is None:
            yield "no_stripe", f"path {path.name} has no `stripe` section, which step {calls[0].name} needs"
        if path.connector.health_path is None and any(asks_health_path(s.action) for s in scenario.steps):
            yield "no_health_path", f"path {path.name} has no `health_path`, which scenario {scenario.name} asks for"
        if path.connector.api is None and (step := next(naming_canary(scenario), None)) is not None:
            yield "no_canary", f"path {path.name} has no `canary`, which step {step.name} names"
        if (post := next((step for step in steps if unprovable(step, path)), None)) is not None:
            what = f"path {path.name} has no `stripe` section to prove test mode by"
            yield "no_stripe", f"{what}, before step {post.name} sends what may change something"
        if any(writes(step, path) for step in steps) and self._without_state(path):
            yield "no_state", "no writable state directory: without the latch nothing is written to Stripe"
        listening = self._around.seams.inbox.listening
        for step in steps:
            if (lacking := missing(step.action, path, listening=listening)) is not None:
                yield "no_webhook", f"{lacking} is not set, which step {step.name} needs"

    def _without_state(self, path: PaymentPath) -> bool:
        """Whether nothing may be written for want of a latch that can be kept. A path that is known to be shut is told as such: its runs send nothing."""
        return not self.latching.possible and not isinstance(self.latching.latched(path.name), Failed)

    def shut(self, path: str, because: str) -> None:
        """Latch a path for something that came outside of a run: a webhook from live mode."""
        live = self._around.catalogue.failure(
            "charge.live_mode", phase=None, confidence=Confidence.PEER_HTTP, summary=because
        )
        self.latching.shut(path, "", live)

    async def run(self, scenario: Scenario, path: PaymentPath, *, stop: asyncio.Event) -> Run:
        """Run once; when `stop` is set the steps are cut short and cleanup still runs, under its own budget."""
        allowance = await self._admitted(scenario, path, stop)
        try:
            ends_after_s = self._longest_s(scenario) + self._longest_cleanup_s
            return await self._run(await begin(scenario, path, self._around, ends_after_s), allowance, stop)
        finally:
            if allowance is not None:
                allowance.over()

    async def _admitted(self, scenario: Scenario, path: PaymentPath, stop: asyncio.Event) -> Allowance | None:
        """Wait for what the run sends before it begins; when `stop` is set, or the path is shut, for nothing any more."""
        budget = self._budgets.of(path)
        calls = stripe_calls(scenario, path)
        if budget is None or not calls or self.latching.latched(path.name) is not None:
            return None if budget is None else budget.allowance()
        async with asyncio.TaskGroup() as group:
            admitting = group.create_task(budget.admit(calls))
            stopping = group.create_task(stop.wait())
            done, waiting = await asyncio.wait({admitting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
        return admitting.result() if admitting in done else budget.allowance()

    async def _run(self, plan: RunPlan, allowance: Allowance | None, stop: asyncio.Event) -> Run:
        execution = Execution(RunState(plan, self._around, allowance))
        latched = self.latching.latched(plan.path.name)
        if latched is not None:
            return self._nothing_sent(plan, execution, latched, "nothing is sent on a latched path")
        if plan.silent is not None:
            unknown = Unknown(prober.files_silent(str(plan.silent), self._around.catalogue))
            return self._nothing_sent(plan, execution, unknown, "the path's files cannot be read")
        if plan.lacking is not None:
            unknown = Unknown(prober.nothing_left(plan.lacking, "the path's files", self._around.catalogue))
            return self._nothing_sent(plan, execution, unknown, "the path's files cannot be read")
        await self._steps_until_cut(plan, execution, stop)
        self._shut(plan, execution)
        deadline = self._around.seams.clock.monotonic() + self._cleanup_budget_s
        cleaning = clean_up(execution, plan, deadline=deadline, latched=lambda: self.latching.latched(plan.path.name))
        await self._guarded(cleaning, "the cleanup", execution)
        self._shut(plan, execution)
        return self._finish(plan, execution, None)

    def _nothing_sent(self, plan: RunPlan, execution: Execution, outcome: Outcome, why: str) -> Run:
        """Every step skipped."""
        for step in (*plan.scenario.steps, *plan.scenario.cleanup):
            execution.skip(step, why, cleanup=step in plan.scenario.cleanup)
        return self._finish(plan, execution, outcome)

    async def _guarded(self, work: Awaitable[None], where: str, execution: Execution) -> None:
        """A bug of ours in one run must not end the others, nor what the process lacks: it makes this one unknown."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - our own bug is an outcome, `prober.bug`, and is counted as one
            text = self._around.redactor.text(str(error))
            execution.cut = Unknown(prober.broken_off(error, text, where, self._around.catalogue))

    def _longest_s(self, scenario: Scenario) -> float:
        """The longest time that the steps of a run may take before they are cut."""
        return scenario.deadline_s + self._around.limits.default_s + _SLACK_S

    @property
    def _longest_cleanup_s(self) -> float:
        """A handshake that explains its last step may follow its budget."""
        return self._cleanup_budget_s + self._around.limits.default_s + _SLACK_S

    async def _steps_until_cut(self, plan: RunPlan, execution: Execution, stop: asyncio.Event) -> None:
        """Run the steps; end them early on `stop`, or when time was lost on our own side past all limits."""
        async with asyncio.TaskGroup() as group:
            with suppress(TimeoutError):
                async with asyncio.timeout(None) as limit:
                    cutting = group.create_task(self._cut(plan, execution, stop, limit))
                    await self._guarded(self._steps(plan, execution), "the run", execution)
                    if limit.when() is not None:
                        execution.cut = None  # too late: all steps have ended
            cutting.cancel()

    async def _cut(self, plan: RunPlan, execution: Execution, stop: asyncio.Event, limit: asyncio.Timeout) -> None:
        """Let `limit` pass on `stop`, or after the longest time that a run may take, and say why."""
        try:
            async with asyncio.timeout(self._longest_s(plan.scenario)):
                await stop.wait()
        except TimeoutError:
            execution.cut = self._out_of_time(plan, execution)
        else:
            execution.cut = Unknown(prober.interrupted(self._around.catalogue))
        limit.reschedule(asyncio.get_running_loop().time())

    async def _steps(self, plan: RunPlan, execution: Execution) -> None:
        """The declared steps in order, the proofs before the first write; the first failure ends them."""
        remaining = list(plan.scenario.steps)
        before = proofs(plan.path)
        execution.proven = not before
        cleanup_writes = any(writes(step, plan.path) for step in plan.scenario.cleanup)
        while remaining or (before and cleanup_writes):
            if before and (not remaining or writes(remaining[0], plan.path)):
                ended = await self._within(before.pop(0), plan, execution)
                execution.proven = not before and isinstance(ended.outcome, Passed)
            else:
                ended = await self._within(remaining.pop(0), plan, execution)
            if not isinstance(ended.outcome, Passed | Skipped):
                for rest in remaining:
                    execution.skip(rest, f"step {ended.name} did not pass")
                return

    async def _within(self, step: StepPlan, plan: RunPlan, execution: Execution) -> StepRun:
        if self._around.seams.clock.monotonic() >= plan.deadline:
            return execution.decide(step, self._out_of_time(plan, execution))
        latched = self.latching.latched(plan.path.name)
        if latched is not None:  # meanwhile: by another run, another process, or a webhook
            execution.live = latched.failure if isinstance(latched, Failed) else None
            return execution.decide(step, latched)
        ended = await execution.step(step, deadline=plan.deadline)
        match ended.outcome:
            case Failed(failure) if failure.reason == "charge.live_mode":
                execution.live = failure
            case _:
                pass
        return ended

    def _out_of_time(self, plan: RunPlan, execution: Execution) -> Failed | Unknown:
        """The deadline passed between two waits: slow answers are the path's, all other lost time is ours."""
        limit_s, catalogue = plan.scenario.deadline_s, self._around.catalogue
        if execution.state.waited_s < limit_s / 2:
            waited_s, queued_s = execution.state.waited_s, execution.state.queued_s
            return Unknown(prober.deadline(limit_s, waited_s=waited_s, queued_s=queued_s, catalogue=catalogue))
        return Failed(
            catalogue.failure(
                "connector.timeout",
                phase=Phase.WAIT,
                confidence=Confidence.INFERRED,
                summary=f"Slow answers used up the run's {limit_s:g} s: {execution.state.waited_s:.1f} s went into waiting for them.",
            )
        )

    def _shut(self, plan: RunPlan, execution: Execution) -> None:
        """Latch the path where anything in the run answered in live mode."""
        execution.live = live_answer(execution.steps) or execution.live
        if execution.live is not None:
            self.latching.shut(plan.path.name, plan.run_id, execution.live)

    def _left_behind(self, plan: RunPlan, left: tuple[str, ...]) -> Failure:
        return self._around.catalogue.failure(
            "charge.refund_failed",
            phase=None,
            confidence=Confidence.INFERRED,
            summary=(
                f"Not known to be given back: {', '.join(left)}. `paypath sweep` takes it back; by hand, look in Stripe's "
                f"dashboard (test mode) for the metadata paypath_run_id={plan.run_id}."
            ),
        )

    def _may_be_left(self, plan: RunPlan, left: tuple[str, ...]) -> Failure:
        return self._around.catalogue.failure(
            "charge.refund_failed",
            phase=None,
            confidence=Confidence.INFERRED,
            summary=(
                f"Not known to be given back: {', '.join(left)}. paypath cannot ask such an API again, and no sweep finds it: look "
                f"there for what run {plan.run_id} of {plan.started.started_at:%Y-%m-%dT%H:%M:%SZ} has made."
            ),
        )

    def _finish(self, plan: RunPlan, execution: Execution, decided: Outcome | None) -> Run:
        steps = tuple(execution.steps)
        folded, warnings = _folded(steps, execution.cut)
        outcome = at_most(decided or folded, plan.scenario.severity)
        left = execution.state.ledger.left()
        if left and execution.live is None:
            warnings = (*warnings, self._left_behind(plan, left))
        own_api = plan.path.connector.kind is ConnectorKind.API
        if own := may_be_left(plan.scenario, execution.state.written, steps, own_api=own_api):
            warnings = (*warnings, self._may_be_left(plan, own))
        watch = self._around.certificates
        if watch is not None:
            warnings = watched(watch, plan.path.name, steps, outcome, warnings)
        run = Run(
            run_id=plan.run_id,
            span_id=plan.span_id,
            scenario=plan.scenario.name,
            path=plan.path.name,
            environment=self._around.environment,
            location=self._around.location,
            started_at=plan.started.started_at,
            duration_s=self._around.seams.clock.monotonic() - plan.began,
            outcome=outcome,
            steps=steps,
            warnings=warnings,
        )
        for observer in self._around.observers:
            observer.run_finished(run)
        return run


def _folded(steps: tuple[StepRun, ...], cut: Failed | Unknown | None) -> tuple[Outcome, tuple[Failure, ...]]:
    """The first step that did not pass decides; a cleanup step only where all the others passed."""
    warnings = [warning for step in steps for warning in step.warnings]
    outcome: Outcome | None = cut
    for step in sorted(steps, key=lambda step: step.cleanup):
        if isinstance(step.outcome, Failed | Unknown):
            if outcome is None:
                outcome = step.outcome
            elif step.cleanup:
                warnings.append(step.outcome.failure)
    seen: Mapping[tuple[str, str], Failure] = {(w.reason, w.summary): w for w in warnings}
    return outcome or Passed(), tuple(seen.values())
