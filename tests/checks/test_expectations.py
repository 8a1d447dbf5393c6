"""Each difference between a scenario and an answer has its reason, and a sentence for people."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from probe.catalogue.catalogue import load
from probe.checks.expectations import (
    WHOSE,
    as_refund_failure,
    as_wrong_account,
    check_http,
    check_live_headers,
    check_stripe,
    is_refund,
)
from probe.model.answer import HttpAnswer, StripeErrorFacts
from probe.model.failure import Blame, Confidence, Evidence, Failure, Hop, Phase, Severity, StripeError
from probe.model.network import Ended, Endpoint
from probe.model.observation import HttpObservation, StripeObservation
from probe.model.path import KeyFrom
from probe.model.scenario import HttpAction, StepKind, StepPlan, StripeAction
from tests.support.watched import certificate

AT = datetime(2026, 1, 15, tzinfo=UTC)
ENDPOINT = Endpoint(host="127.0.0.1", port=443, server_name="connector.test")
INTENT: dict[str, object] = {
    "id": "pi_1",
    "object": "payment_intent",
    "livemode": False,
    "status": "succeeded",
    "amount_received": 100,
    "latest_charge": {"amount": 100, "status": "succeeded", "paid": True},
}
REFUND: dict[str, object] = {"object": "refund", "status": "succeeded", "amount": 100}
DECLINED = StripeErrorFacts(type="card_error", code="card_declined", decline_code="insufficient_funds")


def step(method: str = "v1.payment_intents.create") -> StepPlan:
    """A step that calls `method`."""
    return StepPlan(name="charge", kind=StepKind.STRIPE, action=StripeAction(method=method))


def check(
    expect: Mapping[str, object],
    response: Mapping[str, object] | None = None,
    *,
    error: StripeErrorFacts | None = None,
    status: int = 200,
    body: str = "",
    method: str = "v1.payment_intents.create",
) -> Failure | None:
    """Judge an answer."""
    observation = StripeObservation(
        endpoint=ENDPOINT,
        started_at=AT,
        method=method,
        writes=True,
        ended=Ended.COMPLETED,
        phase=Phase.RECEIVE,
        response=response,
        error=error,
        request_id="req_1",
        http=HttpAnswer(status=status, body=body),
    )
    return check_stripe(step(method), expect, observation, load())


@pytest.mark.parametrize(
    "expect",
    [
        {},
        {"livemode": False},
        {"status": "succeeded", "amount_received": 100, "latest_charge.paid": True},
        {"amount_received": {"min": 1}, "id": {"matches": "^pi_"}},
    ],
)
def test_as_expected(expect: dict[str, object]) -> None:
    """Nothing is wrong."""
    assert check(expect, INTENT) is None


@pytest.mark.parametrize(
    ("answer", "proves"),
    [
        ({"object": "balance", "livemode": False}, True),
        ({"livemode": False}, True),
        ({"object": "balance"}, False),
        ({"object": "balance", "livemode": "false"}, False),
        ({"object": "list", "data": []}, False),
        ({"object": "account"}, False),
        ({"object": "charge", "livemode": False}, False),
    ],
)
def test_what_a_balance_proves(answer: dict[str, object], proves: bool) -> None:  # noqa: FBT001 - a fact
    """It has to say `livemode: false` itself; nothing that says nothing of modes stands for it."""
    failure = check({}, answer, method="v1.balance.retrieve")
    assert (failure is None) is proves
    assert failure is None or "no balance that says `livemode: false`" in failure.summary


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"object": "list", "data": []}, '"list" with `livemode` missing'),
        ({"livemode": "no"}, 'missing with `livemode` "no"'),
    ],
)
def test_what_stands_for_a_balance_is_quoted(answer: dict[str, object], said: str) -> None:
    """Who looks at the connector sees what it answers."""
    failure = check({}, answer, method="v1.balance.retrieve")
    assert failure is not None
    assert failure.summary == (
        f"Step charge: the answer is no balance that says `livemode: false` ({said}): test mode is not proven."
    )


def test_a_type_that_says_nothing_of_modes_need_not_say_it_for_an_expectation_either() -> None:
    """Whoever writes `livemode: false` into a scenario wants what is always expected."""
    assert check({"livemode": False, "id": "acct_1"}, {"object": "account", "id": "acct_1"}, method=WHOSE) is None


@pytest.mark.parametrize(
    ("headers", "live"),
    [
        ({"livemode": "true"}, True),
        ({"livemode": "false,true"}, True),
        ({"x-stripe": "livemode=true"}, True),
        ({"livemode": "false"}, False),
        ({}, False),
    ],
)
def test_a_header_says_live_mode(headers: dict[str, str], live: bool) -> None:  # noqa: FBT001 - a fact
    """Of whichever answer; of one that stands there twice, whichever says it."""
    answers = [HttpAnswer(status=200), HttpAnswer(status=418, headers=headers)]
    failure = check_live_headers(step(), answers, load())
    assert (failure is not None and failure.reason == "charge.live_mode") is live
    assert failure is None or failure.evidence.http_status == 418


@pytest.mark.parametrize(
    ("place", "wanted", "reason"),
    [
        ("status", "requires_capture", "charge.status"),
        ("latest_charge.status", "failed", "charge.status"),
        ("amount_received", 99, "charge.wrong_amount"),
        ("latest_charge.amount", 99, "charge.wrong_amount"),
        ("application_fee_amount", 5, "charge.wrong_amount"),
        ("currency", "eur", "charge.unexpected"),
        ("latest_charge.paid", False, "charge.unexpected"),
    ],
)
def test_a_difference_has_its_reason(place: str, wanted: object, reason: str) -> None:
    """By the place that differs; the request id is there for Stripe's support."""
    failure = check({place: wanted}, INTENT)
    assert failure is not None
    assert (failure.reason, failure.confidence, failure.evidence.detail) == (reason, Confidence.PROVEN, "request req_1")
    assert f"`{place}` is " in failure.summary


def test_the_cause_leads_where_several_differ() -> None:
    """A status that is not `succeeded` explains why no amount was received."""
    held = INTENT | {"status": "requires_action", "amount_received": 0}
    failure = check({"currency": "usd", "amount_received": 100, "status": "succeeded"}, held)
    assert failure is not None
    assert (failure.code, failure.reason, failure.also) == (
        5026,
        "charge.status",
        ("charge.wrong_amount", "charge.unexpected"),
    )
    assert failure.summary == (
        'Step charge: `status` is "requires_action", expected "succeeded"; `amount_received` is 0, expected 100; '
        '`currency` is missing, expected "usd".'
    )


@pytest.mark.parametrize(
    ("error", "wanted", "reason"),
    [
        (DECLINED, None, "charge.declined"),
        (DECLINED, {"code": "expired_card"}, "charge.wrong_decline"),
        (DECLINED, {"code": "card_declined", "decline_code": "lost_card"}, "charge.wrong_decline"),
        (StripeErrorFacts(type="card_error", code="processing_error"), None, "charge.issuer_unavailable"),
        (
            StripeErrorFacts(type="card_error", code="card_declined", decline_code="issuer_not_available"),
            {"code": "card_declined", "decline_code": "lost_card"},
            "charge.issuer_unavailable",
        ),
        (StripeErrorFacts(type="card_error"), None, "charge.declined"),
    ],
)
def test_card_errors(error: StripeErrorFacts, wanted: object, reason: str) -> None:
    """Not expected, or another one than expected; Stripe's word, with its codes as evidence."""
    failure = check({} if wanted is None else {"error": wanted}, error=error, status=402)
    assert failure is not None
    assert (failure.reason, failure.confidence) == (reason, Confidence.PEER_HTTP)
    assert failure.evidence.http_status == 402
    assert failure.evidence.stripe == StripeError(type=error.type, code=error.code, decline_code=error.decline_code)


@pytest.mark.parametrize(
    "wanted", [{"code": "card_declined"}, {"code": "card_declined", "decline_code": "insufficient_funds"}]
)
def test_an_expected_decline_is_the_healthy_outcome(wanted: dict[str, str]) -> None:
    """What is not named may be anything."""
    assert check({"error": wanted}, error=DECLINED, status=402) is None


def test_the_body_of_an_expected_decline_can_be_checked_too() -> None:
    """By its dotted place in the answer; a body that is no JSON has none."""
    body = json.dumps({"error": {"payment_intent": {"status": "requires_payment_method"}}})
    wanted = {"error": {"code": "card_declined"}, "error.payment_intent.status": "requires_payment_method"}
    assert check(wanted, error=DECLINED, status=402, body=body) is None
    failure = check(wanted, error=DECLINED, status=402, body="<html>")
    assert failure is not None
    assert failure.reason == "charge.status"


def test_a_missing_decline() -> None:
    """A card that must be declined was charged."""
    failure = check({"error": {"code": "card_declined"}}, INTENT)
    assert failure is not None
    assert failure.reason == "charge.not_declined"
    assert "expected code card_declined" in failure.summary


def test_a_stand_in_may_give_a_decline_another_type() -> None:
    """By its status 402 it is a card error all the same, as it is for the SDK; any other error is none."""
    other = StripeErrorFacts(type="invalid_request_error", code="card_declined")
    declined, unexpected = check({}, error=other, status=402), check({}, error=other, status=400)
    assert declined is not None
    assert unexpected is not None
    assert (declined.reason, unexpected.reason) == ("charge.declined", "charge.unexpected")


def test_an_error_without_a_raw_answer() -> None:
    """Judged by its type alone."""
    observation = StripeObservation(
        endpoint=ENDPOINT,
        started_at=AT,
        method="m",
        writes=True,
        ended=Ended.COMPLETED,
        phase=Phase.RECEIVE,
        error=DECLINED,
    )
    failure = check_stripe(step(), {"error": {"code": "card_declined"}, "x": 1}, observation, load())
    assert failure is not None
    assert (failure.reason, failure.evidence.http_status, failure.evidence.detail) == ("charge.unexpected", None, "")


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (None, "no JSON object"),
        ({"id": "x"}, "no `object`"),
        ({"object": "payment_intent"}, "the answer, a payment_intent, does not say `livemode: false`"),
        ({"object": "list", "data": [{"object": "charge"}]}, "`data.0` of the answer does not say `livemode: false`"),
    ],
)
def test_answers_that_prove_nothing(response: dict[str, object] | None, words: str) -> None:
    """Without an expectation too: an object of Stripe's in test mode is always expected."""
    failure = check({}, response)
    assert failure is not None
    assert failure.reason == "charge.unexpected"
    assert words in failure.summary


@pytest.mark.parametrize(
    ("response", "error", "body"),
    [
        (INTENT | {"livemode": True, "status": "failed"}, None, ""),
        (None, StripeErrorFacts(type="card_error", livemode=True), ""),
        (None, StripeErrorFacts(type="card_error"), '{"error": {"payment_method": {"livemode": true}}}'),
    ],
)
def test_live_mode_is_fatal(response: dict[str, object] | None, error: StripeErrorFacts | None, body: str) -> None:
    """Whatever else is wrong, also on a refund step, and also in an error."""
    for method in ("v1.payment_intents.create", "v1.refunds.create"):
        failure = check({"status": "succeeded"}, response, error=error, body=body, method=method)
        assert failure is not None
        assert (failure.reason, failure.also) == ("charge.live_mode", ())


def test_a_refund_that_fails() -> None:
    """Whatever fails it is `charge.refund_failed`, with the cause among `also`."""
    assert check({"status": "succeeded"}, REFUND, method="v1.refunds.create") is None
    failure = check({"status": "succeeded", "amount": 1}, REFUND | {"status": "failed"}, method="v1.refunds.create")
    assert failure is not None
    assert (failure.reason, failure.also) == ("charge.refund_failed", ("charge.status", "charge.wrong_amount"))


def test_what_stripe_says_of_a_refund_keeps_its_evidence() -> None:
    """For failures that are found elsewhere: the reason changes, the rest stays, and twice is as once."""
    found = load().failure(
        "stripe.api_error", phase=Phase.WAIT, confidence=Confidence.PEER_HTTP, summary="Stripe broke."
    )
    failure = as_refund_failure(found, load())
    assert (failure.reason, failure.also, failure.summary) == (
        "charge.refund_failed",
        ("stripe.api_error",),
        "Stripe broke.",
    )
    assert (failure.hop, failure.phase, failure.retryable) == (found.hop, Phase.WAIT, found.retryable)
    assert as_refund_failure(failure, load()) is failure
    assert is_refund(step("v1.refunds.create"))
    assert not is_refund(step())


def http(expect: Mapping[str, object], answer: HttpAnswer | None) -> Failure | None:
    """Judge the answer to an `http` step."""
    plan = StepPlan(name="ping", kind=StepKind.HTTP, action=HttpAction(method="GET", path="/"))
    observation = HttpObservation(
        endpoint=ENDPOINT,
        started_at=AT,
        method="GET",
        path="/",
        ended=Ended.COMPLETED,
        phase=Phase.RECEIVE,
        answer=answer,
    )
    return check_http(plan, expect, observation, load())


@pytest.mark.parametrize(
    "expect",
    [
        {},
        {"status": 200},
        {"ready": True},
        {"json.status": "up"},
        {"headers.server": "nginx"},
        {"body": {"matches": "up"}},
    ],
)
def test_http_as_expected(expect: dict[str, object]) -> None:
    """The status, a header, the text, and places in the JSON answer."""
    body = json.dumps({"ready": True, "status": "up"})
    assert http(expect, HttpAnswer(status=200, headers={"server": "nginx"}, body=body)) is None


@pytest.mark.parametrize(
    ("expect", "status", "reason"),
    [
        ({}, 503, "connector.http_5xx"),
        ({}, 404, "connector.http_4xx"),
        ({}, 302, "connector.unexpected_answer"),
        ({"status": 200}, 503, "connector.unexpected_answer"),
        ({"status.code": 1}, 200, "connector.unexpected_answer"),
        ({"amount": 1}, 200, "connector.unexpected_answer"),
    ],
)
def test_http_differences(expect: dict[str, object], status: int, reason: str) -> None:
    """Without an expected status a 2xx is; money's reasons are for Stripe steps alone."""
    failure = http(expect, HttpAnswer(status=status, body="[1]"))
    assert failure is not None
    assert (failure.reason, failure.evidence.http_status) == (reason, status)


def test_an_expected_error_status() -> None:
    """The scenario says what is right."""
    assert http({"status": 404}, HttpAnswer(status=404)) is None


def test_http_without_an_answer() -> None:
    """Nothing can be as expected; without expectations the transport has said it all."""
    failure = http({"status": 200}, None)
    assert failure is not None
    assert failure.evidence.http_status is None
    assert http({}, None) is None


def test_live_mode_behind_an_http_step() -> None:
    """A billing API may pass Stripe's objects on."""
    failure = http({}, HttpAnswer(status=200, body='{"charge": {"livemode": true}}'))
    assert failure is not None
    assert failure.reason == "charge.live_mode"


def test_another_account_has_a_reason_of_its_own() -> None:
    """Whose mistake it is depends on who brings the key; what is no account's answer stays what it is."""
    seen = StripeObservation(
        endpoint=ENDPOINT,
        started_at=AT,
        method=WHOSE,
        writes=False,
        ended=Ended.COMPLETED,
        phase=Phase.RECEIVE,
        response={"object": "account", "id": "acct_other"},
    )
    failure = check_stripe(step(WHOSE), {"id": "acct_meant"}, seen, load())
    assert failure is not None
    ours = as_wrong_account(failure, seen, KeyFrom.PROBE, load())
    assert (ours.reason, ours.blame, ours.severity) == ("charge.wrong_account", Blame.OURS, Severity.TICKET)
    assert "`stripe.api_key`" in ours.summary
    theirs = as_wrong_account(failure, seen, KeyFrom.CONNECTOR, load())
    assert (theirs.blame, theirs.severity) == (Blame.CONNECTOR, Severity.PAGE)
    for other in (
        replace(seen, method="v1.balance.retrieve"),
        replace(seen, response=None),
        replace(seen, response={}),
    ):
        assert as_wrong_account(failure, other, KeyFrom.PROBE, load()) == failure
    assert as_wrong_account(ours, seen, KeyFrom.CONNECTOR, load()) == ours


SEEN = StripeObservation(
    endpoint=ENDPOINT,
    started_at=AT,
    method="v1.payment_intents.create",
    writes=True,
    ended=Ended.COMPLETED,
    phase=Phase.RECEIVE,
    response=INTENT,
)


def test_the_same_key_that_made_two() -> None:
    """Another id under the same idempotency key is money taken twice; another difference, or another key, is what it was."""
    again = replace(step(), same_key_as="charge")
    for plan, expect, reason in (
        (again, {"id": "pi_2"}, "charge.made_twice"),
        (again, {"client_secret": "x"}, "charge.unexpected"),
        (step(), {"id": "pi_2"}, "charge.unexpected"),
    ):
        failure = check_stripe(plan, expect, SEEN, load())
        assert failure is not None
        assert (failure.reason, failure.phase) == (reason, Phase.RECEIVE)
    failure = check_stripe(again, {"status": "processing", "amount_received": 1, "id": "pi_2"}, SEEN, load())
    assert failure is not None
    assert (failure.reason, failure.also) == ("charge.made_twice", ("charge.status", "charge.wrong_amount"))


def test_status_and_headers_of_an_answer_of_stripes() -> None:
    """Below `http`, beside the object's own fields; `livemode` is looked at by itself."""
    assert check({"http.status": 200, "id": "pi_1", "livemode": False}, INTENT, status=200) is None
    again = replace(SEEN, http=HttpAnswer(status=200, headers={"idempotent-replayed": "true"}))
    assert check_stripe(step(), {"http.headers.idempotent-replayed": "true"}, again, load()) is None
    failure = check({"http.status": 201, "http.headers.x": "y"}, INTENT)
    assert failure is not None
    assert (
        failure.summary == 'Step charge: `http.status` is 200, expected 201; `http.headers.x` is missing, expected "y".'
    )


def test_how_sure_live_mode_is() -> None:
    """The answer says so itself, and the sentence says what that means."""
    failure = check({}, INTENT | {"livemode": True})
    assert failure is not None
    assert (failure.confidence, failure.evidence.http_status) == (Confidence.PEER_HTTP, 200)
    assert "it comes from live mode, where no probe may ever be" in failure.summary
    assert as_refund_failure(failure, load()) is failure
    answered = http({}, HttpAnswer(status=202, body='{"livemode": true}'))
    assert answered is not None
    assert answered.evidence.http_status == 202


def test_what_an_http_step_says_first() -> None:
    """The class of the status leads, with its words and its sureness; what was expected besides follows."""
    failure = http({"ready": True}, HttpAnswer(status=503, body="{}"))
    assert failure is not None
    assert failure.summary == "Step ping: the HTTP status is 503; `ready` is missing, expected true."
    assert (failure.confidence, failure.also) == (Confidence.PEER_HTTP, ("connector.unexpected_answer",))
    moved = http({"ready": True}, HttpAnswer(status=302, body="{}"))
    assert moved is not None
    assert moved.summary == "Step ping: the HTTP status is 302; `ready` is missing, expected true."
    assert http({}, HttpAnswer(status=299, body="")) is None


def test_everything_of_the_failure_stays_under_its_new_reason() -> None:
    """A refund that fails, and another's account: phase, sureness, evidence, certificate, hop and other reasons."""
    found = replace(
        load().failure("charge.unexpected", phase=Phase.WAIT, confidence=Confidence.INFERRED, summary="It is another."),
        evidence=Evidence(http_status=418, detail="request req_1"),
        also=("charge.status",),
        hop=Hop.PROBE_CONNECTOR,
        certificate=certificate(),
        retryable=not load().entry("charge.refund_failed").retryable,
    )
    refund = as_refund_failure(found, load())
    assert refund == replace(
        found, **{name: getattr(refund, name) for name in ("code", "title", "reason", "runbook", "blame", "severity")},
        also=("charge.unexpected", "charge.status"),
    )  # fmt: skip
    seen = StripeObservation(
        endpoint=ENDPOINT, started_at=AT, method=WHOSE, writes=False, ended=Ended.COMPLETED, phase=Phase.RECEIVE, response={"id": "a"}
    )  # fmt: skip
    for key_from, whose in (
        (KeyFrom.PROBE, "of this path (`stripe.api_key`)"),
        (KeyFrom.CONNECTOR, "that the connector injects"),
    ):
        other = as_wrong_account(found, seen, key_from, load())
        assert other.summary == f"It is another: the key {whose} is not of the account in `stripe.account`."
        assert (other.phase, other.confidence) == (Phase.WAIT, Confidence.INFERRED)
        assert (other.evidence, other.also) == (found.evidence, found.also)
