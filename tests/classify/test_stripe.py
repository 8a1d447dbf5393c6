"""One call of the SDK: the way, and Stripe's own errors, row by row (facts: the SDK's exception matrix, measured)."""

import pytest

from probe.classify.judgement import Judgement
from probe.classify.stripe import judge_stripe
from probe.model.answer import HttpAnswer, StripeErrorFacts
from probe.model.failure import Blame, Confidence, Failure, Hop, Phase
from probe.model.network import Ended
from probe.model.observation import StripeObservation
from probe.model.outcome import Failed, Passed, Unknown
from probe.model.path import KeyFrom
from tests.classify.seen import CATALOGUE, EXPIRED, NOTHING, call, cause, tls, wire

API = cause("APIConnectionError")


def _judge(seen: StripeObservation, key_from: KeyFrom = KeyFrom.PROBE) -> Judgement:
    return judge_stripe(seen, CATALOGUE, key_from=key_from)


def _failure(judgement: Judgement) -> Failure:
    assert isinstance(judgement.outcome, Failed | Unknown)
    return judgement.outcome.failure


def _answered(status: int, kind: str | None = None, code: str | None = None, **changes: object) -> StripeObservation:
    error = StripeErrorFacts(type=kind, code=code) if kind or code else None
    return call(**({"http": HttpAnswer(status=status), "error": error, "response": None} | changes))


def test_an_object_passes() -> None:
    """Whether it is the expected one is for checks."""
    assert _judge(call()) == Judgement(Passed())
    assert _judge(call(http=None)) == Judgement(Passed())
    assert _judge(call(request_id=None)) == Judgement(Passed())


@pytest.mark.parametrize("status", [402, 400, 500])
def test_a_card_error_passes_whatever_its_status(status: int) -> None:
    """The SDK goes by 402 alone; the type decides."""
    assert _judge(_answered(status, "card_error", "card_declined")) == Judgement(Passed())


STRIPES = [
    (400, "invalid_request_error", None, "stripe.invalid_request_error", Unknown),
    (404, "invalid_request_error", "resource_missing", "stripe.invalid_request_error", Unknown),
    (402, "invalid_request_error", None, "stripe.invalid_request_error", Unknown),
    (400, "idempotency_error", None, "stripe.idempotency_error", Unknown),
    (409, "invalid_request_error", "idempotency_key_in_use", "stripe.idempotency_error", Unknown),
    (409, "invalid_request_error", "lock_timeout", "stripe.rate_limit_error", Unknown),
    (401, "invalid_request_error", "api_key_expired", "stripe.authentication_error", Unknown),
    (403, "invalid_request_error", None, "stripe.permission_error", Unknown),
    (429, "invalid_request_error", "rate_limit", "stripe.rate_limit_error", Unknown),
    (424, "invalid_request_error", None, "stripe.api_error", Failed),
    (400, "api_error", None, "stripe.api_error", Failed),
    (500, "api_error", None, "stripe.api_error", Failed),
    (500, None, None, "stripe.api_error", Failed),
    (503, None, None, "stripe.api_error", Failed),
    (400, None, None, "stripe.invalid_request_error", Unknown),
    (418, None, None, "stripe.invalid_request_error", Unknown),
    (302, None, None, "stripe.failed", Failed),
]


@pytest.mark.parametrize(("status", "kind", "code", "reason", "outcome"), STRIPES)
def test_each_error_of_stripes_own(status: int, kind: str | None, code: str | None, reason: str, outcome: type) -> None:
    """With a key of the probe's own, what concerns key or request is unknown: it says nothing about customers."""
    judgement = _judge(_answered(status, kind, code))
    failure = _failure(judgement)
    assert isinstance(judgement.outcome, outcome)
    assert (failure.reason, failure.confidence, failure.hop) == (reason, Confidence.PEER_HTTP, Hop.CONNECTOR_STRIPE)
    assert failure.evidence.http_status == status
    assert "req_1" in failure.summary
    if kind:
        assert failure.evidence.stripe is not None
        assert (failure.evidence.stripe.type, failure.evidence.stripe.code) == (kind, code)


def test_an_error_without_a_request_id() -> None:
    """A stand-in may give none: then none is told."""
    summary = _failure(_judge(_answered(500, "api_error", request_id=None))).summary
    assert summary == "Stripe answered with an error of its own in v1.payment_intents.create: HTTP 500 (api_error)."


def test_the_connectors_own_code_where_the_configuration_says() -> None:
    """`connector.error_code` names a place in its answers: it is told, and stands in the evidence."""
    answer = HttpAnswer(status=502, body='{"fault": {"number": 5023}}')
    seen = _answered(502, request_id=None, http=answer)
    judgement = judge_stripe(seen, CATALOGUE, key_from=KeyFrom.PROBE, error_code_at="fault.number")
    assert "It calls that 5023." in _failure(judgement).summary
    assert _failure(judgement).evidence.observed_code == 5023


@pytest.mark.parametrize(
    ("header", "told"), [("global-rate", "global-rate"), ("endpoint-concurrency",) * 2, ("new-fangled", "unnamed")]
)
def test_the_limit_that_stripe_names_is_told(header: str, told: str) -> None:
    """In the sentence and in the evidence, from a closed list."""
    http = HttpAnswer(status=429, headers={"stripe-rate-limited-reason": header, "request-id": "req_1"})
    failure = _failure(_judge(_answered(429, "invalid_request_error", "rate_limit", http=http)))
    assert failure.reason == "stripe.rate_limit_error"
    assert f"(invalid_request_error, rate_limit, {told})" in failure.summary
    assert failure.evidence.detail == f"Stripe-Rate-Limited-Reason: {told}"


@pytest.mark.parametrize(
    ("status", "kind", "outcome", "blame"),
    [
        (401, "invalid_request_error", Failed, Blame.CONNECTOR),
        (403, "invalid_request_error", Failed, Blame.CONNECTOR),
        (429, "invalid_request_error", Failed, Blame.CONNECTOR),
        (400, "invalid_request_error", Unknown, Blame.OURS),
        (400, "idempotency_error", Unknown, Blame.OURS),
        (500, "api_error", Failed, Blame.STRIPE),
    ],
)
def test_a_key_of_the_connectors_is_the_connectors(status: int, kind: str, outcome: type, blame: Blame) -> None:
    """Its key is what customers' payments may depend on; our request is still ours."""
    judgement = _judge(_answered(status, kind), KeyFrom.CONNECTOR)
    assert isinstance(judgement.outcome, outcome)
    assert _failure(judgement).blame is blame


CONNECTORS = [
    (_answered(502, request_id=None, http=HttpAnswer(status=502, body="<html>502</html>")), "connector.http_5xx"),
    (_answered(503, request_id=None), "connector.http_5xx"),
    (_answered(407, request_id=None), "connector.http_4xx"),
    (_answered(302, request_id=None), "connector.unexpected_answer"),
    (_answered(200, request_id=None, http=HttpAnswer(status=200, body="<html>")), "connector.protocol_error"),
    (_answered(200, http=HttpAnswer(status=200, body="[]")), "connector.protocol_error"),
    (_answered(200, causes=(cause("UnicodeDecodeError"),), request_id=None), "connector.protocol_error"),
    # An error object that is not Stripe's.
    (_answered(503, None, "5023", request_id=None), "connector.http_5xx"),
    (_answered(503, "gateway_error", request_id="abc"), "connector.http_5xx"),
    # nginx's refusal.
    (
        _answered(400, request_id=None, http=HttpAnswer(status=400, body="No required SSL certificate was sent")),
        "tls.client_cert.rejected",
    ),
]


@pytest.mark.parametrize(("seen", "reason"), CONNECTORS)
def test_each_answer_of_the_connectors_own(seen: StripeObservation, reason: str) -> None:
    """No error object of Stripe's types and no request id of its form: Stripe never saw it."""
    judgement = _judge(seen)
    assert isinstance(judgement.outcome, Failed)
    assert judgement.outcome.failure.reason == reason


def test_a_request_id_in_the_headers_is_enough() -> None:
    """The SDK loses it where the body is not JSON (measured)."""
    seen = _answered(503, request_id=None, http=HttpAnswer(status=503, headers={"request-id": "req_9"}))
    assert _failure(_judge(seen)).reason == "stripe.api_error"


WAYS = [
    ({"phase": Phase.WAIT, "ended": Ended.TIMED_OUT, "causes": (API, cause("TimeoutError"))}, "connector.timeout"),
    ({"phase": Phase.RECEIVE, "ended": Ended.TIMED_OUT, "causes": (cause("SocketTimeoutError"),)}, "connector.timeout"),
    (
        {"phase": Phase.WAIT, "ended": Ended.EOF, "causes": (API, cause("ServerDisconnectedError"))},
        "connector.closed_after_handshake",
    ),
    (
        {"phase": Phase.WAIT, "ended": Ended.RESET, "causes": (API, cause("ClientOSError", errno=104))},
        "connector.closed_after_handshake",
    ),
    (
        {"phase": Phase.RECEIVE, "ended": Ended.EOF, "causes": (cause("ClientPayloadError"),)},
        "connector.protocol_error",
    ),
    (
        {"phase": Phase.RECEIVE, "ended": Ended.EOF, "http": HttpAnswer(status=200, body='{"id')},
        "connector.protocol_error",
    ),
    (
        {"phase": Phase.DNS, "ended": Ended.ERROR, "tls": NOTHING, "causes": (API, cause("DNSError", dns_code=4))},
        "dns.nxdomain",
    ),
    (
        {"phase": Phase.TCP, "ended": Ended.ERROR, "tls": NOTHING, "causes": (API, cause(errno=111))},
        "tcp.refused",
    ),
    (
        {"phase": Phase.TCP, "ended": Ended.ERROR, "tls": NOTHING, "causes": (API, cause(verify_code=62))},
        "tls.server_cert.name_mismatch",
    ),
    (
        {"phase": Phase.WAIT, "ended": Ended.ERROR, "tls": tls(116, client_certificate_sent=False), "causes": (API,)},
        "tls.client_cert.missing",
    ),
    ({"phase": Phase.WAIT, "ended": Ended.ERROR, "tls": tls(45), "causes": (API,)}, "tls.client_cert.rejected"),
    ({"phase": Phase.TLS, "ended": Ended.TIMED_OUT, "tls": NOTHING, "causes": (API,)}, "tls.handshake_timeout"),
    ({"phase": Phase.WAIT, "ended": Ended.ERROR, "causes": (API,)}, "stripe.api_connection_error"),
    ({"phase": Phase.RECEIVE, "ended": Ended.COMPLETED}, "stripe.api_connection_error"),
]


@pytest.mark.parametrize(("changes", "reason"), WAYS)
def test_each_end_on_the_way(changes: dict[str, object], reason: str) -> None:
    """Transport by the same tables as a handshake's; the SDK's own fallback where nothing tells."""
    seen = call(**({"http": None, "response": None, "request_id": None} | changes))
    judgement = _judge(seen)
    assert isinstance(judgement.outcome, Failed)
    assert judgement.outcome.failure.reason == reason


def test_the_chain_that_the_call_saw_names_the_certificate() -> None:
    """Code 10 alone would not."""
    seen = call(
        http=None,
        response=None,
        phase=Phase.TCP,
        ended=Ended.ERROR,
        tls=NOTHING,
        presented=(wire(**EXPIRED),),
        causes=(API, cause("SSLCertVerificationError", verify_code=10)),
    )
    failure = _failure(_judge(seen))
    assert (failure.reason, failure.certificate) == ("tls.server_cert.expired", wire(**EXPIRED))
    assert failure.evidence.detail == (
        "APIConnectionError: APIConnectionError happened <- SSLCertVerificationError: SSLCertVerificationError happened"
    )


def test_a_lack_of_our_own_is_unknown() -> None:
    """Out of file descriptors."""
    seen = call(http=None, response=None, phase=Phase.TCP, ended=Ended.ERROR, tls=NOTHING, causes=(cause(errno=24),))
    assert isinstance(_judge(seen).outcome, Unknown)


def test_what_stripe_and_the_connector_say_stands_in_the_evidence() -> None:
    """Stripe's three words, and the number of the connector's own answer, where the configuration says it is."""
    error = StripeErrorFacts(type="api_error", code="lock", decline_code="do_not_honor")
    told = _failure(_judge(_answered(500, error=error))).evidence.stripe
    assert told is not None
    assert (told.type, told.code, told.decline_code) == ("api_error", "lock", "do_not_honor")
    seen = _answered(503, http=HttpAnswer(status=503, body='{"fault": {"number": 5023}}'), request_id=None)
    for place, code in ((None, None), ("fault.number", 5023)):
        judged = judge_stripe(seen, CATALOGUE, key_from=KeyFrom.PROBE, error_code_at=place)
        assert _failure(judged).evidence.observed_code == code


@pytest.mark.parametrize(
    ("kind", "named", "stripes"),
    [("api_error", None, True), (None, "req_1", True), (None, None, False), ("fault", None, False)],
)
def test_who_answered(kind: str | None, named: str | None, stripes: bool) -> None:  # noqa: FBT001 - a row of a table
    """An error object of one of Stripe's types is enough, and so is a request id of its form."""
    failure = _failure(_judge(_answered(500, kind, "x" if kind else None, request_id=named)))
    assert failure.reason.startswith("stripe.") is stripes


def test_the_ends_of_what_passes() -> None:
    """A 299 with an object does, a 300 of Stripe's does not; nothing is said where it said nothing."""
    assert _judge(call(http=HttpAnswer(status=299))) == Judgement(Passed())
    failure = _failure(_judge(_answered(300, request_id="req_1")))
    assert failure.reason == "stripe.failed"
    assert "()" not in failure.summary
    assert failure.summary.endswith("HTTP 300; request req_1.")
