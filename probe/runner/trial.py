"""The tries of one step: act, judge, and explain a call that failed without saying why."""

import pathlib
from collections.abc import Mapping

from probe.billing.idempotency import key as idempotency_key
from probe.billing.marking import Mark
from probe.billing.methods import CallMistakeError, writes
from probe.checks.templates import TemplateError, expand
from probe.classify import prober
from probe.classify.judgement import Judgement
from probe.model.failure import Failure
from probe.model.observation import (
    HandshakeObservation,
    HttpObservation,
    Observation,
    OfflineObservation,
    StripeObservation,
    WebhookObservation,
)
from probe.model.outcome import Failed, Unknown
from probe.model.run import Attempt
from probe.model.scenario import Action, HttpAction, StepPlan, StripeAction
from probe.model.watch import WatchedCertificate
from probe.runner.budget import Allowance
from probe.runner.doubts import doubted, late
from probe.runner.expanding import expanded
from probe.runner.explaining import explain, may_explain
from probe.runner.judging import judge
from probe.runner.ledger import Call
from probe.runner.standstill import Standstill
from probe.runner.state import RunState
from probe.runner.withheld import may_change, withheld
from probe.steps.context import StepContext
from probe.steps.registry import perform
from probe.transport.request import UnsendableError


class Trial:
    """The tries of one step."""

    def __init__(
        self,
        state: RunState,
        plan: StepPlan,
        deadline: float,
        *,
        key: str | None = None,
        settles: bool = False,
        cleanup: bool = False,
    ) -> None:
        """Prepare; nothing is sent before `once`.

        `key` repeats a call under an idempotency key of before; `settles` takes any answer that tells what became of it;
        what is `cleanup` does not wait for the budget.
        """
        self._state = state
        self._around = state.around
        self._run = state.plan
        self._plan = plan
        self._deadline = deadline
        self._key = key
        self._settles = settles
        self._cleanup = cleanup
        self._took_s = 0.0
        """Seconds from the last try's sending to its whole answer."""
        self.warnings: tuple[Failure, ...] = ()
        """Of the last try."""

    async def once(self) -> Attempt:
        """One try. Our own bugs become an unknown outcome: they say nothing about the path."""
        clock = self._around.seams.clock
        started_at, began = clock.now(), clock.monotonic()
        observation: Observation | None = None
        reconciled: HandshakeObservation | None = None
        try:
            observation, judgement = await self._acted()
            reconciled, judgement = await self._explained(observation, judgement)
            judgement = await doubted(
                judgement, observation, self._state, step=self._plan.name, deadline=self._deadline
            )
        except (TemplateError, CallMistakeError, UnsendableError) as error:
            text = self._around.redactor.text(str(error))
            judgement = Judgement(Unknown(prober.unsendable(self._plan.name, text, self._around.catalogue)))
        except Exception as error:  # noqa: BLE001 - a bug of ours is an outcome, `prober.bug`, and is counted as one
            text = self._around.redactor.text(str(error))
            failure = prober.broken_off(error, text, f"step {self._plan.name}", self._around.catalogue)
            judgement = Judgement(Unknown(failure))
        self.warnings = judgement.warnings
        return Attempt(
            started_at=started_at,
            offset_s=began - self._run.began,
            duration_s=clock.monotonic() - began,
            outcome=judgement.outcome,
            observation=observation,
            reconciled=reconciled,
            addresses=judgement.addresses,
        )

    async def _acted(self) -> tuple[Observation | None, Judgement]:
        """Nothing is tried while the path's files do not answer: the event loop would wait for them with all that is on it."""
        silent = await self._silent()
        if silent is not None:
            return None, Judgement(Unknown(prober.files_silent(str(silent), self._around.catalogue)))
        return await self._act()

    async def _silent(self) -> pathlib.Path | None:
        return await self._around.files.silent(self._run.files)

    async def _act(self) -> tuple[Observation | None, Judgement]:
        scope, path, catalogue = self._state.scope, self._run.path, self._around.catalogue
        action = expanded(self._plan.action, scope)
        expect = self._expected(scope)
        why = withheld(self._plan, action, path=path, saved=self._state.saved, catalogue=catalogue)
        if why is not None:
            return None, Judgement(why)
        if isinstance(action, StripeAction) and self._state.allowance is not None:
            observation = await self._called(action, self._state.allowance)
            if observation is None:
                return None, Judgement(Unknown(late(self._state)))
        else:
            observation = await self._timed(action, None)
        return observation, judge(
            self._plan,
            expect,
            observation,
            path=path,
            catalogue=catalogue,
            at=self._around.seams.clock.now(),
            settles=self._settles,
            took_s=self._took_s,
        )

    async def _called(self, action: StripeAction, allowance: Allowance) -> Observation | None:
        """One call in its turn; None where that came too late: nothing is sent then."""
        clock = self._around.seams.clock
        asked = clock.monotonic()
        async with allowance.request(urgent=self._cleanup):
            began = clock.monotonic()
            self._state.queued_s += began - asked
            if began > asked and began >= self._deadline:
                return None
            key = None
            if writes(action.method):
                key = self._key or idempotency_key(
                    self._run.run_id, self._plan.same_key_as or self._plan.name, action.method
                )
                self._state.ledger.sent(
                    Call(step=self._plan.name, method=action.method, parameters=action.parameters, idempotency_key=key)
                )
            observation = await self._timed(action, key)
        if isinstance(observation, StripeObservation):
            allowance.answered(observation)
            self._state.ledger.answered(observation)
            if observation.response is not None:
                self._state.made.setdefault(self._plan.name, observation.response.get("id"))
        return observation

    async def _timed(self, action: Action, key: str | None) -> Observation:
        """Act; what passes until then is the other side's, unless the step only lets time pass, or this process stood still."""
        began = self._around.seams.clock.monotonic()
        own = isinstance(action, HttpAction) and may_change(self._plan, action, self._run.path)
        with Standstill() as standstill:
            observation = await (self._written(action) if own else perform(action, self._context(key, self._deadline)))
        self._took_s = self._around.seams.clock.monotonic() - began
        self._state.lost_s += standstill.lost_s
        if not isinstance(observation, OfflineObservation) or isinstance(observation, WebhookObservation):
            self._state.waited_s += max(self._took_s - standstill.lost_s, 0.0)
            self._state.seen.append(observation)
        return observation

    async def _written(self, action: Action) -> Observation:
        """A request of an `http` step that may change something: until its answer is heard, nobody knows whether it has."""
        written, name = self._state.written, self._plan.name
        written[name] = None
        try:
            observation = await perform(action, self._context(None, self._deadline))
        except Exception:
            # A bug of ours, before anything was sent: an observation never raises for what the path does.
            del written[name]
            raise
        if isinstance(observation, HttpObservation):
            written[name] = observation
        return observation

    def _expected(self, scope: Mapping[str, object]) -> Mapping[str, object]:
        """What the scenario says; and of an idempotency key that is sent again, the object of the first time."""
        expect: Mapping[str, object] = expand(self._plan.expect, scope)
        first = self._state.made.get(self._plan.same_key_as or "")
        return expect if first is None or "error" in expect else {"id": first, **expect}

    async def _explained(
        self, observation: Observation | None, judgement: Judgement
    ) -> tuple[HandshakeObservation | None, Judgement]:
        """What a handshake beside it says of a failed call, where it can say more."""
        path, catalogue, outcome = self._run.path, self._around.catalogue, judgement.outcome
        if not isinstance(outcome, Failed) or not may_explain(
            self._plan.action, observation, outcome.failure, path, catalogue
        ):
            return None, judgement
        if await self._silent() is not None:
            return None, judgement
        context = self._context(None, self._around.seams.clock.monotonic() + self._around.limits.default_s)
        return await explain(
            outcome.failure, observation, judgement, step=self._plan.name, context=context, catalogue=catalogue
        )

    def _context(self, key: str | None, deadline: float) -> StepContext:
        return StepContext(
            seams=self._around.seams,
            path=self._run.path,
            identity=self._run.identity,
            limits=self._around.limits,
            deadline=deadline,
            mark=Mark(run_id=self._run.run_id, scenario=self._run.scenario.name, ends_by=self._run.ends_by),
            request_span_id=self._state.new_span_id(),
            places=self._state.allowance,
            idempotency_key=key,
            certificates=self._known_certificates,
        )

    def _known_certificates(self) -> tuple[WatchedCertificate, ...]:
        """Of this path, with what this run has seen so far."""
        watch, path = self._around.certificates, self._run.path.name
        if watch is None:
            return ()
        for observation in self._state.seen:
            watch.learn(path, observation)
        return watch.entries(path)
