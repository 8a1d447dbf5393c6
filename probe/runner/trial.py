"""The tries of one step: act, judge, and explain a call that failed without saying why."""

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import Final

from probe.billing.idempotency import key as idempotency_key
from probe.billing.marking import Mark
from probe.billing.methods import CallMistakeError, writes
from probe.checks.templates import TemplateError, expand
from probe.checks.tenant import misdirected
from probe.classify import prober
from probe.classify.answers import says_the_way
from probe.classify.judgement import Judgement
from probe.classify.reconcile import names_cause, reconcile
from probe.documents.masking import holds_live_key, quoted
from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence, Failure, Phase
from probe.model.observation import (
    HandshakeObservation,
    HttpObservation,
    Observation,
    OfflineObservation,
    StripeObservation,
    WebhookObservation,
)
from probe.model.outcome import Failed, Passed, Unknown
from probe.model.path import ConnectorKind
from probe.model.run import Attempt
from probe.model.scenario import (
    Action,
    CertificatesAction,
    ForgeryAction,
    HandshakeAction,
    HttpAction,
    StepKind,
    StepPlan,
    StripeAction,
    WaitAction,
    WebhookAction,
)
from probe.model.watch import WatchedCertificate
from probe.runner.budget import Allowance
from probe.runner.judging import is_live, judge
from probe.runner.ledger import Call
from probe.runner.sent import texts_of, unsafe
from probe.runner.standstill import Standstill
from probe.runner.state import RunState
from probe.runner.writing import writes as may_change
from probe.steps.context import StepContext
from probe.steps.registry import perform
from probe.transport.offline import is_local
from probe.transport.request import UnsendableError

_MUCH: Final = 0.25
"""Of the run's deadline: with so much lost here, the rest that was cut short is no one else's fault."""


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
            if isinstance(judgement.outcome, Failed) and self._to_explain(observation, judgement.outcome.failure):
                reconciled, judgement = await self._explain(judgement.outcome.failure, judgement, _answer(observation))
            judgement = self._in_time(await self._from_here(self._with_enough(observation, judgement)))
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

    def _with_enough(self, observation: Observation | None, judgement: Judgement) -> Judgement:
        """A failure that this process saw for want of memory or descriptors says nothing about the path; live mode stays live mode."""
        if not isinstance(judgement.outcome, Failed) or judgement.outcome.failure.reason == "charge.live_mode":
            return judgement
        what = prober.lacked(getattr(observation, "causes", ()))
        if what is None:
            return judgement
        unknown = Unknown(prober.nothing_left(what, f"step {self._plan.name}", self._around.catalogue))
        return dataclasses.replace(judgement, outcome=unknown)

    async def _from_here(self, judgement: Judgement) -> Judgement:
        """What a machine without a network sees says nothing about the path. Looked at only after a failure: a pass came over one."""
        network, references, outcome = self._around.network, self._around.references, judgement.outcome
        connector = self._run.path.connector
        first = connector.endpoint if connector.proxy is None else connector.proxy.endpoint
        if references is not None and isinstance(outcome, Passed) and not is_local(first.host):
            references.network_works()
        if network is None or not isinstance(outcome, Failed):
            return judgement
        reason = outcome.failure.reason
        why = network.why_offline(first.host) if prober.offline_could_explain(reason) else None
        if why is None and references is not None and prober.silence(reason) and not is_local(first.host):
            why = await references.why_offline()
        if why is None:
            return judgement
        return dataclasses.replace(
            judgement, outcome=Unknown(prober.offline(why, self._around.catalogue, seen=outcome.failure.reason))
        )

    def _in_time(self, judgement: Judgement) -> Judgement:
        """A wait that our own deadline cut short says nothing about the path where this process had lost the time."""
        clock, outcome = self._around.seams.clock, judgement.outcome
        if not isinstance(outcome, Failed) or not prober.lost_time_could_explain(outcome.failure.reason):
            return judgement
        if clock.monotonic() < self._deadline or self._state.lost_s < self._run.scenario.deadline_s * _MUCH:
            return judgement
        return dataclasses.replace(judgement, outcome=Unknown(self._late()))

    async def _acted(self) -> tuple[Observation | None, Judgement]:
        """Nothing is tried while the path's files do not answer: the event loop would wait for them with all that is on it."""
        silent = await self._silent()
        if silent is not None:
            return None, Judgement(Unknown(prober.files_silent(str(silent), self._around.catalogue)))
        return await self._act()

    async def _silent(self) -> pathlib.Path | None:
        return await self._around.files.silent(self._run.files)

    async def _act(self) -> tuple[Observation | None, Judgement]:
        scope = self._state.scope
        action = _expanded(self._plan.action, scope)
        expect = self._expected(scope)
        if action != self._plan.action and any(map(holds_live_key, texts_of(action))):
            return None, Judgement(Failed(self._live_key()))
        if action != self._plan.action and (what := unsafe(action, self._state.saved)) is not None:
            return None, Judgement(Unknown(prober.unsafe(self._plan.name, what, self._around.catalogue)))
        if isinstance(action, HttpAction) and (what := self._for_somebody_else(action)) is not None:
            return None, Judgement(Unknown(prober.unsafe(self._plan.name, what, self._around.catalogue)))
        if isinstance(action, StripeAction) and self._state.allowance is not None:
            observation = await self._called(action, self._state.allowance)
            if observation is None:
                return None, Judgement(Unknown(self._late()))
        else:
            observation = await self._timed(action, None)
        return observation, judge(
            self._plan,
            expect,
            observation,
            path=self._run.path,
            catalogue=self._around.catalogue,
            at=self._around.seams.clock.now(),
            settles=self._settles,
            took_s=self._took_s,
        )

    def _for_somebody_else(self, action: HttpAction) -> str | None:
        """Why a request to the company's own API is not for its canary tenant alone; None where it is, or changes nothing."""
        connector = self._run.path.connector
        if connector.kind is not ConnectorKind.API or not self._may_change(action):
            return None
        if connector.api is None:
            return "what may change something at an API without a `canary`"
        wrong = misdirected(action, connector.api)
        if wrong is None:
            return None
        if wrong.leads_away:
            return f"what may lead past the canary tenant by {quoted(wrong.where)} in its path"
        if wrong.other is None:
            return f"what does not name the canary tenant at `{wrong.where}`"
        return f"what names another tenant than the canary at {quoted(wrong.where)}"

    def _may_change(self, action: HttpAction) -> bool:
        return may_change(dataclasses.replace(self._plan, action=action), self._run.path)

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
        own = isinstance(action, HttpAction) and self._may_change(action)
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
            del written[
                name
            ]  # a bug of ours, before anything was sent: an observation never raises for what the path does
            raise
        if isinstance(observation, HttpObservation):
            written[name] = observation
        return observation

    def _expected(self, scope: Mapping[str, object]) -> Mapping[str, object]:
        """What the scenario says; and of an idempotency key that is sent again, the object of the first time."""
        expect: Mapping[str, object] = expand(self._plan.expect, scope)
        first = self._state.made.get(self._plan.same_key_as or "")
        return expect if first is None or "error" in expect else {"id": first, **expect}

    def _live_key(self) -> Failure:
        return self._around.catalogue.failure(
            "charge.live_mode",
            phase=None,
            confidence=Confidence.PROVEN,
            summary=(
                f"Step {self._plan.name} would have sent a live-mode Stripe key, put together from what was saved: nothing was "
                "sent. Whoever gave it to us answers in live mode."
            ),
        )

    def _late(self) -> Failure:
        limit_s = self._run.scenario.deadline_s
        waited_s, queued_s = self._state.waited_s, self._state.queued_s
        return prober.deadline(limit_s, waited_s=waited_s, queued_s=queued_s, catalogue=self._around.catalogue)

    async def _explain(
        self, call: Failure, before: Judgement, answer: HttpAnswer | None
    ) -> tuple[HandshakeObservation | None, Judgement]:
        """Shake hands on the same path: the call that "timed out" shall still name the certificate.

        Where the handshake passes, the call's own `answer` stands for the one that was not asked for: with the evidence of
        the handshake, and our files, it says more.
        """
        if await self._silent() is not None:
            return None, before
        seams = self._around.seams
        deadline = seams.clock.monotonic() + self._around.limits.default_s
        context = self._context(None, deadline)
        action = HandshakeAction()
        observation = await perform(action, context)
        if not isinstance(observation, HandshakeObservation):
            return None, before
        plan = StepPlan(name=self._plan.name, kind=StepKind.HANDSHAKE, action=action)
        path, catalogue = self._run.path, self._around.catalogue
        shaken = judge(plan, {}, observation, path=path, catalogue=catalogue, at=seams.clock.now())
        if is_live(shaken.outcome):
            return observation, shaken
        if isinstance(shaken.outcome, Passed) and answer is not None and observation.tunnel_to is None:
            answered = dataclasses.replace(observation, http=answer, http_path="/", phase=Phase.RECEIVE)
            with_answer = judge(plan, {}, answered, path=path, catalogue=catalogue, at=seams.clock.now())
            if call.reason.startswith("tls.") or names_cause(with_answer):
                shaken = with_answer
        failure = reconcile(call, shaken, self._around.catalogue)
        return observation, Judgement(Failed(failure), (*before.warnings, *shaken.warnings))

    def _to_explain(self, observation: Observation | None, failure: Failure) -> bool:
        """Whether a handshake can say more about a failed call: one without an answer, or refused for its certificate.

        nginx refuses a certificate in an HTTP 400, which says less than our own files do. A connector that answers with its own code for the
        way (5023), or fails where what stands behind it can be asked, may be explained too.
        """
        if isinstance(self._plan.action, HttpAction) and self._plan.action.without_certificate:
            return False  # a handshake with our certificate says nothing about one without
        match observation:
            case StripeObservation(http=None) | HttpObservation(answer=None):
                return True
            case StripeObservation() | HttpObservation():
                behind = self._run.path.connector.upstream is not None and failure.reason.startswith("connector.")
                said = says_the_way(failure.evidence.observed_code, self._around.catalogue)
                return failure.reason.startswith("tls.") or behind or said
            case _:
                return False

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


def _expanded(action: Action, scope: Mapping[str, object]) -> Action:
    match action:
        case StripeAction():
            parameters = expand(action.parameters, scope)
            return dataclasses.replace(action, parameters=parameters)
        case HttpAction():
            return dataclasses.replace(
                action,
                path=_text(action.path, scope),
                headers={name: _text(value, scope) for name, value in action.headers.items()},
                body=None if action.body is None else _text(action.body, scope),
            )
        case WebhookAction():
            return dataclasses.replace(action, object_id=_text(action.object_id, scope))
        case HandshakeAction() | CertificatesAction() | WaitAction() | ForgeryAction():
            return action


def _text(text: str, scope: Mapping[str, object]) -> str:
    """A template alone takes the type of what it names; here text is needed. Raises TemplateError."""
    value = expand(text, scope)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise TemplateError(f"`{text}` is no text, so it cannot be sent where text is needed", name=text)


def _answer(observation: Observation | None) -> HttpAnswer | None:
    match observation:
        case StripeObservation(http=answer) | HttpObservation(answer=answer):
            return answer
        case _:
            return None
