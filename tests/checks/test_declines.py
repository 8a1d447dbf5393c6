"""Card errors in words."""

from datetime import UTC, datetime

from probe.checks.declines import Decline, check_decline
from probe.model.failure import Phase
from probe.model.observation import Ended, Endpoint, StripeErrorFacts, StripeObservation


def observed(error: StripeErrorFacts | None) -> StripeObservation:
    """A call that ended with `error`."""
    return StripeObservation(
        endpoint=Endpoint(host="127.0.0.1", port=443, server_name="x"),
        started_at=datetime(2026, 1, 15, tzinfo=UTC),
        method="v1.payment_intents.create",
        writes=True,
        ended=Ended.COMPLETED,
        phase=Phase.RECEIVE,
        error=error,
    )


def test_nothing_expected_and_nothing_declined() -> None:
    """The common case; an expectation that is no map expects nothing."""
    assert check_decline(None, observed(None)) is None
    assert check_decline("x", observed(None)) is None


def test_the_words() -> None:
    """What it was, and what it should have been."""
    lost = StripeErrorFacts(type="card_error", code="card_declined", decline_code="lost_card")
    assert check_decline({"code": "expired_card"}, observed(lost)) == Decline(
        "charge.wrong_decline", "declined with code card_declined, decline_code lost_card, expected code expired_card"
    )
    bare = StripeErrorFacts(type="card_error")
    assert check_decline(None, observed(bare)) == Decline(
        "charge.declined", "the test card was declined: an error without a code"
    )
