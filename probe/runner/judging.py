"""From an observation to a judgement: classification first, then test mode, then what the scenario expects. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from probe.billing.undo import already_undone
from probe.catalogue.catalogue import Catalogue
from probe.checks.canary import check_test_mode
from probe.checks.declines import is_expected
from probe.checks.expectations import (
    as_refund_failure,
    as_wrong_account,
    check_http,
    check_live,
    check_live_headers,
    check_stripe,
    is_refund,
)
from probe.classify.answers import observed_code
from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.classify.judgement import Judgement
from probe.classify.lasting import judge_lasting
from probe.classify.refused import judge_refused
from probe.classify.stripe import judge_stripe
from probe.classify.webhook import judge_forgery, judge_webhook
from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence, Failure
from probe.model.observation import (
    CertificatesObservation,
    ForgeryObservation,
    HandshakeObservation,
    HttpObservation,
    NetworkObservation,
    Observation,
    OfflineObservation,
    StripeObservation,
    WaitObservation,
    WebhookObservation,
)
from probe.model.outcome import Failed, Outcome, Passed, Unknown
from probe.model.path import Connector, KeyFrom, PaymentPath
from probe.model.scenario import (
    CertificatesAction,
    ForgeryAction,
    HandshakeAction,
    HttpAction,
    StepPlan,
    WaitAction,
    WebhookAction,
)

_NEARLY: Final = 0.99
"""Timers may wake a moment early."""

UNDO: Final = "undo"
"""Name of the steps that take back what no declared cleanup step did."""


def judge(
    plan: StepPlan,
    expect: Mapping[str, object],
    observation: Observation,
    *,
    path: PaymentPath,
    catalogue: Catalogue,
    at: datetime,
    settles: bool = False,
    took_s: float = 0.0,
) -> Judgement:
    """What became of the step, and what else is worth saying. `expect` has its templates expanded.

    `settles`: the step only has to learn what became of an earlier call; any definite answer in test mode passes.
    `took_s`: seconds from sending to the whole answer.
    """
    judged = _judged(plan, expect, observation, path=path, catalogue=catalogue, at=at, settles=settles)
    live = check_live_headers(plan, answers_of(observation), catalogue)
    if live is not None and not is_live(judged.outcome):
        return Judgement(Failed(live), judged.warnings)
    late = plan.within_s is not None and took_s > plan.within_s and not settles
    if late and isinstance(judged.outcome, Passed) and not isinstance(observation, OfflineObservation):
        return Judgement(Failed(_too_late(plan, observation, took_s, catalogue)), judged.warnings)
    return judged


def answers_of(observation: Observation | None) -> Iterator[HttpAnswer]:
    """Every HTTP answer that was seen, those of proxies and of the hop behind among them: a header of any may say live mode."""
    match observation:
        case HandshakeObservation(http=answer):
            yield from () if answer is None else (answer,)
            for leg in (observation.proxy, observation.upstream, *observation.addresses):
                yield from answers_of(leg)
        case HttpObservation(answer=answer, proxy=proxy) | StripeObservation(http=answer, proxy=proxy):
            yield from () if answer is None else (answer,)
            yield from answers_of(proxy)
        case ForgeryObservation(answer=answer) if answer is not None:
            yield answer
        case _:
            return


def is_live(outcome: Outcome) -> bool:
    """Whether it is what latches the path."""
    return isinstance(outcome, Failed) and outcome.failure.reason == "charge.live_mode"


def _too_late(plan: StepPlan, observation: NetworkObservation, took_s: float, catalogue: Catalogue) -> Failure:
    longest = max(observation.timings, key=lambda timing: timing.duration_s, default=None)
    most = "" if longest is None else f", {longest.duration_s:.2f} s of it in phase {longest.phase}"
    return catalogue.failure(
        "connector.slow",
        phase=None if longest is None else longest.phase,
        confidence=Confidence.PROVEN,
        summary=f"Step {plan.name} took {took_s:.2f} s{most}: the scenario allows {plan.within_s:g} s.",
    )


def _judged(  # noqa: PLR0911 - a line for each kind
    plan: StepPlan,
    expect: Mapping[str, object],
    observation: Observation,
    *,
    path: PaymentPath,
    catalogue: Catalogue,
    at: datetime,
    settles: bool,
) -> Judgement:
    match observation:
        case HandshakeObservation():
            return _shaken(plan, observation, path.connector, catalogue, at)
        case HttpObservation():
            return _http(plan, expect, observation, path.connector, catalogue, at)
        case StripeObservation():
            return _stripe(plan, expect, observation, path=path, catalogue=catalogue, settles=settles)
        case CertificatesObservation():
            wanted = plan.action.valid_for_s if isinstance(plan.action, CertificatesAction) else 0.0
            return judge_lasting(observation, wanted, catalogue)
        case WebhookObservation() if isinstance(plan.action, WebhookAction):
            return judge_webhook(plan.action, observation, catalogue)
        case ForgeryObservation() if isinstance(plan.action, ForgeryAction):
            return judge_forgery(plan.action, observation, catalogue)
        case WaitObservation():
            return _waited(plan, observation, catalogue)


def _shaken(
    plan: StepPlan, observation: HandshakeObservation, connector: Connector, catalogue: Catalogue, at: datetime
) -> Judgement:
    action = plan.action if isinstance(plan.action, HandshakeAction) else HandshakeAction()
    judgement = judge_handshake(
        observation,
        catalogue,
        at=at,
        certificate_required=action.client_certificate_required,
        any_answer=action.any_answer or action.without_certificate,
        error_code_at=connector.error_code_at,
    )
    return judge_refused(judgement, observation, catalogue) if action.without_certificate else judgement


def _http(
    plan: StepPlan,
    expect: Mapping[str, object],
    observation: HttpObservation,
    connector: Connector,
    catalogue: Catalogue,
    at: datetime,
) -> Judgement:
    judgement = judge_http(observation, catalogue, at=at, error_code_at=connector.error_code_at)
    live = check_live(plan, observation, catalogue)
    if live is not None:
        return Judgement(Failed(live), judgement.warnings)
    if connector.api is not None and observation.answer is not None:
        unproven = check_test_mode(plan, observation.answer, connector.api, catalogue)
        if unproven is not None:
            return Judgement(Failed(unproven), judgement.warnings)
    if isinstance(plan.action, HttpAction) and plan.action.without_certificate:
        return judge_refused(judgement, observation, catalogue)
    if isinstance(judgement.outcome, Passed):
        failure = check_http(plan, expect, observation, catalogue)
        if failure is not None:
            said = observed_code(observation.answer, catalogue, at=connector.error_code_at)
            told = replace(failure, evidence=replace(failure.evidence, observed_code=said))
            return Judgement(Failed(told), judgement.warnings)
    return judgement


def _waited(plan: StepPlan, observation: WaitObservation, catalogue: Catalogue) -> Judgement:
    """A wait that the deadline cut short did not do what the scenario says."""
    wanted = plan.action.seconds if isinstance(plan.action, WaitAction) else 0.0
    if observation.waited_s >= wanted * _NEARLY:
        return Judgement(Passed())
    summary = (
        f"The run's deadline passed during step {plan.name}, after {observation.waited_s:.1f} of its {wanted:g} s: "
        "raise `deadline` in the scenario, or wait less. That says nothing about the path."
    )
    late = catalogue.failure("prober.deadline", phase=None, confidence=Confidence.PROVEN, summary=summary)
    return Judgement(Unknown(late))


def _stripe(
    plan: StepPlan,
    expect: Mapping[str, object],
    observation: StripeObservation,
    *,
    path: PaymentPath,
    catalogue: Catalogue,
    settles: bool,
) -> Judgement:
    key_from = path.stripe.key_from if path.stripe is not None else KeyFrom.PROBE
    if plan.name == UNDO and observation.error is not None and already_undone(observation.method, observation.error):
        return Judgement(Passed())  # an earlier try got through, and its answer was lost
    judgement = judge_stripe(observation, catalogue, key_from=key_from, error_code_at=path.connector.error_code_at)
    # Live mode shows in answers of every kind, so the checks look at them all; nothing else of theirs overrules the path.
    failure = None if observation.http is None else check_stripe(plan, expect, observation, catalogue)
    if failure is not None:
        failure = as_wrong_account(failure, observation, key_from, catalogue)
    live = failure is not None and failure.reason == "charge.live_mode"
    if failure is None and is_expected(expect.get("error"), observation):
        return Judgement(Passed(), judgement.warnings)
    if failure is not None and (live or (isinstance(judgement.outcome, Passed) and not settles)):
        judgement = Judgement(Failed(failure), judgement.warnings)
    match judgement.outcome:
        case Failed(failure=failed) if is_refund(plan) and observation.http is not None:
            return Judgement(Failed(as_refund_failure(failed, catalogue)), judgement.warnings)
        case _:
            return judgement
