"""A call that failed without saying why, explained by a handshake on the same path."""

import dataclasses

from probe.catalogue.catalogue import Catalogue
from probe.classify.answers import says_the_way
from probe.classify.judgement import Judgement
from probe.classify.reconcile import names_cause, reconcile
from probe.model.answer import HttpAnswer
from probe.model.failure import Failure, Phase
from probe.model.observation import HandshakeObservation, HttpObservation, Observation, StripeObservation
from probe.model.outcome import Failed, Passed
from probe.model.path import PaymentPath
from probe.model.scenario import Action, HandshakeAction, HttpAction, StepKind, StepPlan
from probe.runner.judging import is_live, judge
from probe.steps.context import StepContext
from probe.steps.registry import perform


def may_explain(
    action: Action, observation: Observation | None, failure: Failure, path: PaymentPath, catalogue: Catalogue
) -> bool:
    """Whether a handshake can say more about a failed call: one without an answer, or refused for its certificate.

    nginx refuses a certificate in an HTTP 400, which says less than our own files do. A connector that answers with its own code for the
    way (5023), or fails where what stands behind it can be asked, may be explained too.
    """
    if isinstance(action, HttpAction) and action.without_certificate:
        return False  # a handshake with our certificate says nothing about one without
    match observation:
        case StripeObservation(http=None) | HttpObservation(answer=None):
            return True
        case StripeObservation() | HttpObservation():
            behind = path.connector.upstream is not None and failure.reason.startswith("connector.")
            said = says_the_way(failure.evidence.observed_code, catalogue)
            return failure.reason.startswith("tls.") or behind or said
        case _:
            return False


async def explain(
    call: Failure,
    observation: Observation | None,
    before: Judgement,
    *,
    step: str,
    context: StepContext,
    catalogue: Catalogue,
) -> tuple[HandshakeObservation | None, Judgement]:
    """Shake hands on the same path: the call that "timed out" shall still name the certificate.

    Where the handshake passes, the call's own answer stands for the one that was not asked for: with the evidence of
    the handshake, and our files, it says more.
    """
    action, clock = HandshakeAction(), context.seams.clock
    seen = await perform(action, context)
    if not isinstance(seen, HandshakeObservation):
        return None, before
    plan = StepPlan(name=step, kind=StepKind.HANDSHAKE, action=action)
    shaken = judge(plan, {}, seen, path=context.path, catalogue=catalogue, at=clock.now())
    if is_live(shaken.outcome):
        return seen, shaken
    answer = _answer(observation)
    if isinstance(shaken.outcome, Passed) and answer is not None and seen.tunnel_to is None:
        answered = dataclasses.replace(seen, http=answer, http_path="/", phase=Phase.RECEIVE)
        with_answer = judge(plan, {}, answered, path=context.path, catalogue=catalogue, at=clock.now())
        if call.reason.startswith("tls.") or names_cause(with_answer):
            shaken = with_answer
    failure = reconcile(call, shaken, catalogue)
    return seen, Judgement(Failed(failure), (*before.warnings, *shaken.warnings))


def _answer(observation: Observation | None) -> HttpAnswer | None:
    match observation:
        case StripeObservation(http=answer) | HttpObservation(answer=answer):
            return answer
        case _:
            return None
