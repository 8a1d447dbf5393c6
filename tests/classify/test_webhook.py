"""Each way in which an event comes or does not, and each answer of an endpoint to what Stripe did not sign."""

from datetime import UTC, datetime

import pytest

from probe.catalogue.catalogue import load
from probe.classify.judgement import Judgement
from probe.classify.webhook import judge_forgery, judge_webhook
from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence, Failure, Hop
from probe.model.network import Cause
from probe.model.observation import ForgeryObservation, WebhookObservation
from probe.model.outcome import Failed, Passed
from probe.model.scenario import Forgery, ForgeryAction, WebhookAction, WebhookProof

NOW = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)


def seen(**more: object) -> WebhookObservation:
    """Two seconds of waiting for an event about pi_1."""
    return WebhookObservation(started_at=NOW, waited_s=2.0, about="pi_1", **more)  # type: ignore[arg-type]  # the caller's fields


def action(proof: WebhookProof = WebhookProof.DELIVERY) -> WebhookAction:
    """Waits for the event of a payment."""
    return WebhookAction(event="payment_intent.succeeded", object_id="${saved.payment_intent}", proof=proof)


def failure(judgement: Judgement) -> Failure:
    """Why it failed."""
    assert isinstance(judgement.outcome, Failed)
    return judgement.outcome.failure


@pytest.mark.parametrize("found", [seen(event_id="evt_1"), seen(event_id="evt_1", pending=0, endpoint_wants_it=True)])
def test_the_event_came(found: WebhookObservation) -> None:
    """Here, or to every endpoint."""
    assert judge_webhook(action(), found, load()).outcome == Passed()


@pytest.mark.parametrize(
    ("proof", "found", "says"),
    [
        (WebhookProof.DELIVERY, seen(), "No signed delivery of payment_intent.succeeded about pi_1 came within 2.0 s."),
        (
            WebhookProof.DELIVERY,
            seen(refused={"stale": 1, "forged": 2}),
            "came within 2.0 s. Deliveries were refused meanwhile: 2 forged, 1 stale.",
        ),
        (WebhookProof.EVENTS, seen(), "No event of payment_intent.succeeded about pi_1 came within 2.0 s."),
        (WebhookProof.PENDING, seen(event_id="evt_1", pending=1, endpoint_wants_it=True), "1 webhook endpoint has not"),
        (
            WebhookProof.PENDING,
            seen(event_id="evt_1", pending=2, endpoint_wants_it=True),
            "2 webhook endpoints have not",
        ),
        (
            WebhookProof.PENDING,
            seen(event_id="evt_1", pending=0, endpoint_wants_it=False),
            "No enabled webhook endpoint at Stripe leads to `paths.NAME.webhook.url`",
        ),
    ],
)
def test_the_event_is_missing(proof: WebhookProof, found: WebhookObservation, says: str) -> None:
    """What is missing, of which payment, and what was refused meanwhile."""
    why = failure(judge_webhook(action(proof), found, load()))
    assert why.reason == "charge.webhook_missing"
    assert says in why.summary


@pytest.mark.parametrize(
    ("found", "confidence", "detail"),
    [
        (seen(), Confidence.INFERRED, ""),
        (seen(event_id="evt_1", pending=1, endpoint_wants_it=True), Confidence.INFERRED, "event evt_1"),
        (seen(endpoint_wants_it=False), Confidence.PROVEN, ""),
    ],
)
def test_how_sure_that_it_is_missing(found: WebhookObservation, confidence: Confidence, detail: str) -> None:
    """Stripe itself says that no endpoint wants it; that an event is late may have other causes. Which event stands in the evidence."""
    why = failure(judge_webhook(action(), found, load()))
    assert (why.confidence, why.evidence.detail) == (confidence, detail)
    assert "Deliveries were refused" not in why.summary


def test_live_mode_comes_first() -> None:
    """Also where the event that was waited for came."""
    why = failure(judge_webhook(action(), seen(event_id="evt_1", live="evt_1"), load()))
    assert (why.reason, why.confidence) == ("charge.live_mode", Confidence.PEER_HTTP)
    assert "evt_1" in why.summary


def forged(status: int | None, *causes: Cause) -> ForgeryObservation:
    """What an endpoint answered."""
    answer = None if status is None else HttpAnswer(status=status)
    return ForgeryObservation(started_at=NOW, waited_s=0.1, url="https://shop/hook", answer=answer, causes=causes)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, None),
        (401, None),
        (403, None),
        (422, None),
        (200, "charge.webhook_forgery_accepted"),
        (204, "charge.webhook_forgery_accepted"),
        (302, "charge.webhook_endpoint_failed"),
        (404, "charge.webhook_endpoint_failed"),
        (405, "charge.webhook_endpoint_failed"),
        (429, "charge.webhook_endpoint_failed"),
        (500, "charge.webhook_endpoint_failed"),
        (None, "charge.webhook_endpoint_failed"),
    ],
)
@pytest.mark.parametrize("forgery", Forgery)
def test_what_is_not_stripes_must_be_refused(forgery: Forgery, status: int | None, reason: str | None) -> None:
    """A refusal is a 4xx that somebody gave for the signature; a wrong address refuses nothing."""
    judgement = judge_forgery(ForgeryAction(forgery=forgery), forged(status), load())
    if reason is None:
        assert judgement.outcome == Passed()
    else:
        assert failure(judgement).reason == reason
        assert failure(judgement).evidence.http_status == status


def test_each_cause_below_another_is_evidence() -> None:
    """The outermost first."""
    causes = Cause(kind="ClientConnectorError", text="no connection"), Cause(kind="OSError", text="refused")
    why = failure(judge_forgery(ForgeryAction(forgery=Forgery.UNSIGNED), forged(None, *causes), load()))
    assert why.evidence.detail == "ClientConnectorError: no connection <- OSError: refused"
    silent = failure(judge_forgery(ForgeryAction(forgery=Forgery.UNSIGNED), forged(None), load()))
    assert silent.summary.endswith(", and did not answer: nothing came back in time.")


def test_an_endpoint_that_cannot_be_reached_says_why() -> None:
    """The cause stands in the summary and in the evidence."""
    refused = Cause(kind="ClientConnectorError", text="Connect call failed")
    why = failure(judge_forgery(ForgeryAction(forgery=Forgery.UNSIGNED), forged(None, refused), load()))
    assert why.summary == (
        "The webhook endpoint https://shop/hook was sent a webhook without any signature, and did not answer: Connect call failed."
    )
    assert (why.confidence, why.hop) == (Confidence.INFERRED, Hop.NONE)
    taken = failure(judge_forgery(ForgeryAction(forgery=Forgery.STALE), forged(200), load()))
    assert (taken.confidence, taken.hop) == (Confidence.PEER_HTTP, Hop.NONE)
    assert why.evidence.detail == "ClientConnectorError: Connect call failed"
