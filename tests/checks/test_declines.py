"""Card errors in words."""

from datetime import UTC, datetime

from probe.checks.declines import Decline, check_decline, is_expected
from probe.model.answer import StripeErrorFacts
from probe.model.failure import Phase
from probe.model.network import Ended, Endpoint
from probe.model.observation import StripeObservation


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


def test_a_request_that_must_be_refused() -> None:
    """Carried out, it is another failure than a card that must be declined; refused otherwise, it is what it is."""
    wanted = {"type": "idempotency_error"}
    assert check_decline(wanted, observed(StripeErrorFacts(type="idempotency_error"))) is None
    assert check_decline(wanted, observed(None)) == Decline(
        "charge.not_refused", "not refused, expected type idempotency_error"
    )
    declined = StripeErrorFacts(type="card_error", code="card_declined")
    assert check_decline(wanted, observed(declined)) == Decline(
        "charge.declined", "the test card was declined: code card_declined, expected type idempotency_error"
    )


def test_the_very_error_that_is_expected() -> None:
    """All that is named must be there; nothing named expects nothing."""
    wrong = StripeErrorFacts(type="invalid_request_error", code="parameter_unknown", param="x")
    assert is_expected({"type": "invalid_request_error", "param": "x"}, observed(wrong))
    assert not is_expected({"type": "invalid_request_error", "param": "y"}, observed(wrong))
    assert not is_expected({}, observed(wrong))
    assert not is_expected("x", observed(wrong))
    assert not is_expected({"type": "x"}, observed(None))
