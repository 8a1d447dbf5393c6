"""Each fault as the SDK sees it; each can begin and end while the simulator runs."""

import pytest
import stripe

from probe.lab.stripe import faults
from tests.lab.stripe.running import Simulator


@pytest.mark.parametrize(
    ("fault", "error", "status", "kind"),
    [
        (faults.STRIPE_500, stripe.APIError, 500, "api_error"),
        (faults.STRIPE_429, stripe.RateLimitError, 429, "invalid_request_error"),
        (faults.STRIPE_401, stripe.AuthenticationError, 401, "invalid_request_error"),
    ],
)
async def test_refusing(
    simulator: Simulator, fault: str, error: type[stripe.StripeError], status: int, kind: str
) -> None:
    """Every call is refused with Stripe's own body, and works again afterwards."""
    simulator.faults.active.add(fault)
    with pytest.raises(error) as caught:
        await simulator.charge()
    assert caught.value.http_status == status
    assert caught.value.json_body["error"]["type"] == kind
    if fault == faults.STRIPE_429:
        assert caught.value.headers["Stripe-Rate-Limited-Reason"] == "global-rate"
        assert caught.value.json_body["error"]["code"] == "rate_limit"
    simulator.faults.active.discard(fault)
    assert (await simulator.charge()).status == "succeeded"
    assert len(simulator.state.all.payment_intents) == 1


@pytest.mark.parametrize(
    ("method", "decline_code"),
    [("pm_card_visa", "generic_decline"), ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds")],
)
async def test_declined(simulator: Simulator, method: str, decline_code: str) -> None:
    """Good cards are declined for the general reason; those that decline anyway keep their own."""
    simulator.faults.active.add(faults.DECLINED)
    with pytest.raises(stripe.CardError) as caught:
        await simulator.charge(payment_method=method)
    assert (caught.value.code, caught.value.error.decline_code) == ("card_declined", decline_code)


async def test_decline_ignored(simulator: Simulator) -> None:
    """A card that declines is charged."""
    simulator.faults.active.add(faults.DECLINE_IGNORED)
    intent = await simulator.charge(payment_method="pm_card_visa_chargeDeclinedInsufficientFunds")
    assert (intent.status, intent.amount_received) == ("succeeded", 100)


async def test_wrong_amount(simulator: Simulator) -> None:
    """Another amount is taken than was asked for, and a refund still gives all of it back."""
    simulator.faults.active.add(faults.WRONG_AMOUNT)
    intent = await simulator.charge(amount=100)
    assert (intent.amount, intent.amount_received) == (101, 101)
    await simulator.v1.refunds.create_async({"payment_intent": intent.id})
    assert simulator.state.open_money() == []


async def test_live_mode(simulator: Simulator) -> None:
    """Every answer that has a `livemode` says true, inner objects and errors included; what has none still has none."""
    simulator.faults.active.add(faults.LIVE_MODE)
    assert (await simulator.v1.balance.retrieve_async()).livemode is True
    intent = await simulator.charge(expand=["latest_charge"])
    assert intent.livemode is intent.latest_charge.livemode is True
    refund = await simulator.v1.refunds.create_async({"payment_intent": intent.id})
    assert "livemode" not in refund.to_dict()
    with pytest.raises(stripe.CardError) as caught:
        await simulator.charge(payment_method="pm_card_chargeDeclined")
    assert caught.value.error.payment_intent.livemode is True
    simulator.faults.active.clear()
    assert (await simulator.v1.payment_intents.retrieve_async(intent.id)).livemode is False


def test_names() -> None:
    """The names that the lab offers are the contract's."""
    assert set(faults.PUBLIC) == {
        "stripe-500",
        "stripe-429",
        "stripe-401",
        "declined",
        "decline-ignored",
        "wrong-amount",
        "live-mode",
        "refund-fails",
        "webhooks-missing",
        "key-ignored",
    }


async def test_the_tripwire_is_told_of_each_request_twice(simulator: Simulator) -> None:
    """Before anything is done, and when it is done and not answered: also of a request that is refused."""
    made: list[int] = []
    simulator.faults.tripwire = lambda _method, _authorization: made.append(len(simulator.state.all.payment_intents))
    await simulator.charge()
    assert made == [0, 1]
    simulator.faults.active.add(faults.STRIPE_401)
    with pytest.raises(stripe.AuthenticationError):
        await simulator.charge()
    assert made == [0, 1, 1, 1]
