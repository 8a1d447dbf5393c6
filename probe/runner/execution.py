"""The steps of one run: expand, try, judge, save; and what has to be known to undo them."""

import dataclasses
import random
from collections.abc import Mapping, Sequence
from typing import Final

from probe.billing.idempotency import key as idempotency_key
from probe.billing.methods import writes
from probe.catalogue.catalogue import Catalogue
from probe.checks.dotted import lookup
from probe.checks.templates import expand
from probe.classify import prober
from probe.classify.judgement import Judgement
from probe.classify.reconcile import reconcile
from probe.model.failure import Failure
from probe.model.observation import (
    HandshakeObservation,
    HttpObservation,
    Observation,
    StripeObservation,
    WaitObservation,
)
from probe.model.outcome import Failed, Outcome, Passed, Skipped, Unknown
from probe.model.path import PhaseLimits
from probe.model.run import Attempt, Observer, StepRun
from probe.model.scenario import Action, HandshakeAction, HttpAction, StepKind, StepPlan, StripeAction, WaitAction
from probe.redact.text import Redactor
from probe.runner.attempts import attempt_until_settled, safe_to_repeat
from probe.runner.judging import judge
from probe.runner.ledger import Call, Ledger
from probe.runner.plan import RunPlan
from probe.runner.rate import RequestBudget
from probe.runner.saving import save
from probe.steps.context import Seams, StepContext
from probe.steps.registry import perform

PROOF: Final = StepPlan(
    name="test-mode",
    kind=StepKind.STRIPE,
    action=StripeAction(method="v1.balance.retrieve"),
    expect={"livemode": False},
)
"""Read before anything is written: a key's prefix proves nothing where the connector brings its own key."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every run of a process shares."""

    seams: Seams
    catalogue: Catalogue
    randomness: random.Random
    redactor: Redactor
    observers: Sequence[Observer]
    environment: str
    location: str
    limits: PhaseLimits


class Execution:
    """One run while it goes on."""

    def __init__(self, plan: RunPlan, around: Surroundings, budget: RequestBudget | None) -> None:
        """Begin with nothing saved and nothing made."""
        self.ledger = Ledger()
        self.steps: list[StepRun] = []
        self.saved: dict[str, object] = {}
        self.live: Failure | None = None
        """Set once anything answered in live mode: from then on nothing is sent."""
        self.waited_s = 0.0
        """Seconds spent waiting for the other side."""
        self.cut: Failed | Unknown | None = None
        """Why the run is being cut short, set by whoever cancels it."""
        self._plan = plan
        self._around = around
        self._budget = budget

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
        clock, span_id = self._around.seams.clock, self._span()
        began = clock.monotonic()
        attempts: tuple[Attempt, ...] = ()
        warnings: tuple[Failure, ...] = ()
        outcome: Outcome
        if plan.when is not None and lookup(self.scope, plan.when) is None:
            outcome = Skipped(f"{plan.when} was not saved")
        else:
            trial = Trial(self, self._plan, self._around, self._budget, plan, deadline, key, settles=settles)
            try:
                attempts = await attempt_until_settled(
                    trial.once,
                    repeatable=safe_to_repeat(plan),
                    clock=clock,
                    randomness=self._around.randomness,
                    deadline=deadline,
                )
            finally:
                if not attempts and self.cut is not None:
                    self._remember(plan, span_id, began, self.cut, (), (), cleanup=cleanup)
            outcome, warnings = attempts[-1].outcome, trial.warnings
            if isinstance(outcome, Passed) and not (settles and _refused(attempts[-1].observation)):
                outcome = save(plan, attempts[-1].observation, into=self.saved, catalogue=self._around.catalogue)
        return self._remember(plan, span_id, began, outcome, attempts, warnings, cleanup=cleanup)

    def skip(self, plan: StepPlan, because: str, *, cleanup: bool = False) -> StepRun:
        """Remember a step that is not tried."""
        return self.decide(plan, Skipped(because), cleanup=cleanup)

    def decide(self, plan: StepPlan, outcome: Outcome, *, cleanup: bool = False) -> StepRun:
        """Remember a step whose outcome is known without trying it."""
        now = self._around.seams.clock.monotonic()
        return self._remember(plan, self._span(), now, outcome, (), (), cleanup=cleanup)

    @property
    def scope(self) -> Mapping[str, object]:
        """What `${…}` and `when` may name."""
        return {
            "saved": self.saved,
            "run": {"id": self._plan.run_id, "scenario": self._plan.scenario.name},
            "path": self._plan.path.name,
            "environment": self._around.environment,
            "location": self._around.location,
        }

    def _span(self) -> str:
        return f"{self._around.randomness.getrandbits(64) or 1:016x}"

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
            offset_s=began - self._plan.began,
            duration_s=self._around.seams.clock.monotonic() - began,
            attempts=attempts,
            warnings=warnings,
            cleanup=cleanup,
        )
        self.steps.append(step)
        event = self._plan.started
        for observer in self._around.observers:
            observer.step_finished(event, step)
        return step


class Trial:
    """The tries of one step."""

    def __init__(
        self,
        execution: Execution,
        run: RunPlan,
        around: Surroundings,
        budget: RequestBudget | None,
        plan: StepPlan,
        deadline: float,
        key: str | None,
        *,
        settles: bool,
    ) -> None:
        """Prepare; nothing is sent before `once`."""
        self._execution = execution
        self._run = run
        self._around = around
        self._budget = budget
        self._plan = plan
        self._deadline = deadline
        self._key = key
        self._settles = settles
        self.warnings: tuple[Failure, ...] = ()
        """Of the last try."""

    async def once(self) -> Attempt:
        """One try. Our own bugs become an unknown outcome: they say nothing about the path."""
        clock = self._around.seams.clock
        started_at, began = clock.now(), clock.monotonic()
        observation: Observation | None = None
        reconciled: HandshakeObservation | None = None
        try:
            observation, judgement = await self._act()
            if isinstance(judgement.outcome, Failed) and _to_explain(observation, judgement.outcome.failure):
                reconciled, judgement = await self._explain(judgement.outcome.failure, judgement)
        except Exception as error:  # noqa: BLE001 - a bug of ours is an outcome, `prober.bug`, and is counted as one
            text = self._around.redactor.text(str(error))
            failure = prober.bug(type(error).__name__, text, f"step {self._plan.name}", self._around.catalogue)
            judgement = Judgement(Unknown(failure))
        self.warnings = judgement.warnings
        return Attempt(
            started_at=started_at,
            offset_s=began - self._run.began,
            duration_s=clock.monotonic() - began,
            outcome=judgement.outcome,
            observation=observation,
            reconciled=reconciled,
        )

    async def _act(self) -> tuple[Observation | None, Judgement]:
        scope = self._execution.scope
        action = _expanded(self._plan.action, scope)
        expect = expand(self._plan.expect, scope)
        key = None
        if isinstance(action, StripeAction):
            if self._budget is not None:
                await self._budget.turn()
                if self._around.seams.clock.monotonic() >= self._deadline:
                    return None, Judgement(Unknown(self._late()))
            if writes(action.method):
                key = self._key or idempotency_key(self._run.run_id, self._plan.name, action.method)
                self._execution.ledger.sent(
                    Call(step=self._plan.name, method=action.method, parameters=action.parameters, idempotency_key=key)
                )
        began = self._around.seams.clock.monotonic()
        observation = await perform(action, self._context(key, self._deadline))
        if not isinstance(observation, WaitObservation):
            self._execution.waited_s += self._around.seams.clock.monotonic() - began
        if isinstance(observation, StripeObservation):
            self._execution.ledger.answered(observation)
        return observation, judge(
            self._plan,
            expect if isinstance(expect, Mapping) else {},
            observation,
            path=self._run.path,
            catalogue=self._around.catalogue,
            at=self._around.seams.clock.now(),
            settles=self._settles,
        )

    def _late(self) -> Failure:
        limit_s = self._run.scenario.deadline_s
        return prober.deadline(limit_s, waited_s=self._execution.waited_s, catalogue=self._around.catalogue)

    async def _explain(self, call: Failure, before: Judgement) -> tuple[HandshakeObservation | None, Judgement]:
        """Shake hands on the same path: the call that "timed out" shall still name the certificate."""
        seams = self._around.seams
        deadline = seams.clock.monotonic() + self._around.limits.default_s
        context = self._context(None, deadline)
        action = HandshakeAction()
        observation = await perform(action, context)
        if not isinstance(observation, HandshakeObservation):
            return None, before
        plan = StepPlan(name=self._plan.name, kind=StepKind.HANDSHAKE, action=action)
        shaken = judge(
            plan, {}, observation, path=self._run.path, catalogue=self._around.catalogue, at=seams.clock.now()
        )
        failure = reconcile(call, shaken, self._around.catalogue)
        return observation, Judgement(Failed(failure), (*before.warnings, *shaken.warnings))

    def _context(self, key: str | None, deadline: float) -> StepContext:
        return StepContext(
            seams=self._around.seams,
            path=self._run.path,
            identity=self._run.identity,
            limits=self._around.limits,
            deadline=deadline,
            run_id=self._run.run_id,
            scenario=self._run.scenario.name,
            request_span_id=f"{self._around.randomness.getrandbits(64) or 1:016x}",
            idempotency_key=key,
        )


def _expanded(action: Action, scope: Mapping[str, object]) -> Action:
    match action:
        case StripeAction():
            parameters = expand(action.parameters, scope)
            return dataclasses.replace(action, parameters=parameters)
        case HttpAction():
            return dataclasses.replace(
                action,
                path=str(expand(action.path, scope)),
                headers=expand(action.headers, scope),
                body=None if action.body is None else str(expand(action.body, scope)),
            )
        case HandshakeAction() | WaitAction():
            return action


def _refused(observation: Observation | None) -> bool:
    """Whether Stripe answered with an error, which has nothing to save."""
    return isinstance(observation, StripeObservation) and observation.response is None


def _to_explain(observation: Observation | None, failure: Failure) -> bool:
    """Whether a handshake can say more about a failed call: one without an answer, or refused for its certificate.

    nginx refuses a certificate in an HTTP 400, which says less than our own files do.
    """
    match observation:
        case StripeObservation(http=None) | HttpObservation(answer=None):
            return True
        case StripeObservation() | HttpObservation():
            return failure.reason.startswith("tls.")
        case _:
            return False
