"""The judgement on one call of the Stripe SDK: the way to it, and Stripe's errors other than card errors."""

from dataclasses import dataclass, replace
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.answers import by_status, observed_code, refusal
from probe.classify.attempt import Attempt, from_call
from probe.classify.clocks import clock_skew
from probe.classify.finding import Finding, failure
from probe.classify.judgement import Judgement
from probe.classify.way import judge_way
from probe.model.answer import HttpAnswer, StripeErrorFacts
from probe.model.budget import REASON_HEADER, limited_by
from probe.model.failure import Blame, Confidence, StripeError
from probe.model.observation import StripeObservation
from probe.model.outcome import Failed, Outcome, Passed, Unknown
from probe.model.path import KeyFrom

STRIPE_TYPES: Final = frozenset({"api_error", "card_error", "idempotency_error", "invalid_request_error"})
"""`error.type` of Stripe's REST API; a connector's own `error` object has none of them."""

CARD_ERROR: Final = "card_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeRule:
    """One row on an answer of Stripe's own; what is None is not looked at."""

    status: int | None = None
    at_least: int = 0
    type: str | None = None
    code: str | None = None
    gives: str


RULES: Final = (
    StripeRule(code="idempotency_key_in_use", gives="stripe.idempotency_error"),
    StripeRule(code="lock_timeout", gives="stripe.rate_limit_error"),
    StripeRule(type="idempotency_error", gives="stripe.idempotency_error"),
    StripeRule(status=401, gives="stripe.authentication_error"),
    StripeRule(status=403, gives="stripe.permission_error"),
    StripeRule(status=429, gives="stripe.rate_limit_error"),
    StripeRule(status=424, gives="stripe.api_error"),
    StripeRule(at_least=500, gives="stripe.api_error"),
    StripeRule(type="api_error", gives="stripe.api_error"),
    StripeRule(type="invalid_request_error", gives="stripe.invalid_request_error"),
    StripeRule(at_least=400, gives="stripe.invalid_request_error"),
    StripeRule(gives="stripe.failed"),
)
"""First match wins; the last fits always. The SDK's classes are of no use here: a 409 is an APIError (measured)."""

OWN_KEY: Final = frozenset({"stripe.authentication_error", "stripe.permission_error", "stripe.rate_limit_error"})
"""What Stripe says about the key: it concerns customers only where the key is not the probe's own."""

OWN_REQUEST: Final = frozenset({"stripe.invalid_request_error", "stripe.idempotency_error"})
"""What Stripe says about our own request: it never concerns customers."""

_SAYS: Final = {
    "stripe.authentication_error": "does not accept the API key",
    "stripe.permission_error": "does not permit this key what the scenario asks for",
    "stripe.rate_limit_error": "limits our requests",
    "stripe.idempotency_error": "refuses the idempotency key",
    "stripe.invalid_request_error": "refuses our request",
    "stripe.api_error": "answered with an error of its own",
    "stripe.failed": "gave an answer that nobody foresaw",
}


def judge_stripe(
    observation: StripeObservation, catalogue: Catalogue, *, key_from: KeyFrom, error_code_at: str | None = None
) -> Judgement:
    """What became of the call as far as transport and Stripe itself go; a card error passes here, for checks to judge."""
    attempt = replace(from_call(observation, observation.started_at), error_code_at=error_code_at)
    error = observation.error
    facts = StripeError(type=error.type, code=error.code, decline_code=error.decline_code) if error else None
    finding = _way(attempt, catalogue)
    if finding is None:
        finding = _answer(attempt, observation, catalogue)
    seen = observation
    clocks = tuple(clock_skew(seen.endpoint, seen.http, catalogue, started_at=seen.started_at, timings=seen.timings))
    if finding is None:
        return Judgement(Passed(), clocks)
    own_key = finding.reason in OWN_KEY
    if own_key and key_from is KeyFrom.CONNECTOR:
        finding = replace(finding, blame=Blame.CONNECTOR)
    made = failure(
        finding,
        attempt,
        catalogue,
        observed_code=observed_code(attempt.http, catalogue, at=error_code_at),
        stripe=facts,
    )
    if seen.http is not None and REASON_HEADER in seen.http.headers:
        limit = f"Stripe-Rate-Limited-Reason: {limited_by(seen.http.headers)}"
        made = replace(made, evidence=replace(made.evidence, detail=limit))
    ours = finding.ours or finding.reason in OWN_REQUEST or (own_key and key_from is KeyFrom.PROBE)
    outcome: Outcome = Unknown(made) if ours else Failed(made)
    return Judgement(outcome, clocks)


def _way(attempt: Attempt, catalogue: Catalogue) -> Finding | None:
    """Why no whole answer came; what fits no reason of the connector's is the SDK's own fallback."""
    finding = judge_way(attempt, catalogue)
    if finding is not None and finding.reason == "connector.failed" and attempt.tunnel_to is None:
        return replace(finding, reason="stripe.api_connection_error")
    return finding


def _answer(attempt: Attempt, observation: StripeObservation, catalogue: Catalogue) -> Finding | None:
    """What a whole answer means; None where it is an object, or a card error."""
    answer, error = observation.http, observation.error
    if error is not None and error.type == CARD_ERROR:
        return None
    if answer is None:
        return None if observation.response is not None else _nothing(attempt)
    if is_stripes(answer, error, observation.request_id) and not 200 <= answer.status < 300:  # noqa: PLR2004 - RFC 9110 15.3
        return _by_stripe(attempt, answer, error, observation.request_id)
    if observation.response is not None:
        return None
    return refusal(attempt, answer) or by_status(attempt, answer, catalogue)


def is_stripes(answer: HttpAnswer, error: StripeErrorFacts | None, request_id: str | None) -> bool:
    """Whether Stripe itself answered: with an error object of one of its types, or with a request id of its form."""
    by_type = error is not None and error.type in STRIPE_TYPES
    named = request_id or answer.headers.get("request-id", "")
    return by_type or named.startswith("req_")


def _by_stripe(attempt: Attempt, answer: HttpAnswer, error: StripeErrorFacts | None, request_id: str | None) -> Finding:
    kind, code = (error.type, error.code) if error else (None, None)
    rule = next(
        r
        for r in RULES
        if (r.status is None or r.status == answer.status)
        and answer.status >= r.at_least
        and (r.type is None or r.type == kind)
        and (r.code is None or r.code == code)
    )
    limited = answer.headers.get(REASON_HEADER) and limited_by(answer.headers)
    said = ", ".join(str(part) for part in (kind, code, limited) if part)
    about = f" ({said})" if said else ""
    request = f"; request {request_id}" if request_id else ""
    return Finding(
        reason=rule.gives,
        summary=f"Stripe {_SAYS[rule.gives]} in {attempt.http_path}: HTTP {answer.status}{about}{request}.",
        confidence=Confidence.PEER_HTTP,
    )


def _nothing(attempt: Attempt) -> Finding:
    """The call is said to be completed, and there is neither an answer nor an object."""
    return Finding(
        reason="stripe.api_connection_error",
        summary=f"The call {attempt.http_path} by way of {attempt.endpoint} gave no answer; see the evidence.",
    )
