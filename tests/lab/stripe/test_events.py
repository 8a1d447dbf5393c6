"""The events list: what is written, and how it is filtered."""

import pytest
import stripe

from probe.lab.stripe.payment_intents import authenticate
from probe.lab.stripe.state import API_VERSION
from tests.lab.stripe.running import Simulator


async def types(simulator: Simulator, **filters: object) -> list[str]:
    """Types of the events, oldest first."""
    listed = await simulator.v1.events.list_async({"limit": 100, **filters})
    return [event.type for event in listed.data][::-1]


async def test_of_a_charge_and_refund(simulator: Simulator) -> None:
    """A charge and its refund write their events in order, with the request that caused them."""
    intent = await simulator.v1.payment_intents.create_async(
        {"amount": 100, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True, "off_session": True},
        {"idempotency_key": "run-1/charge"},
    )
    refund = await simulator.v1.refunds.create_async({"payment_intent": intent.id})
    assert await types(simulator) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
    ]
    (event,) = (await simulator.v1.events.list_async({"type": "payment_intent.succeeded"})).data
    assert event.data.object.id == intent.id
    assert (event.request.id, event.request.idempotency_key) == (intent.last_response.request_id, "run-1/charge")
    assert (event.api_version, event.pending_webhooks, event.livemode) == (API_VERSION, 0, False)
    again = await simulator.v1.events.retrieve_async(event.id)
    assert again.data.object.status == "succeeded"
    assert (await simulator.v1.refunds.retrieve_async(refund.id)).status == "succeeded"


async def test_snapshot(simulator: Simulator) -> None:
    """An event shows its object as it was then."""
    intent = await simulator.charge(capture_method="manual")
    await simulator.v1.payment_intents.capture_async(intent.id)
    (event,) = (await simulator.v1.events.list_async({"type": "payment_intent.created"})).data
    assert event.data.object.status == "requires_confirmation"


async def test_of_other_ways(simulator: Simulator) -> None:
    """Authorisation, void, decline and challenge have events of their own."""
    held = await simulator.charge(capture_method="manual")
    await simulator.v1.payment_intents.cancel_async(held.id)
    with pytest.raises(stripe.CardError):
        await simulator.charge(payment_method="pm_card_chargeDeclined")
    asked = await simulator.charge(payment_method="pm_card_authenticationRequired")
    authenticate(simulator.state, simulator.faults, asked.id)
    assert await types(simulator, type="payment_intent.*") == [
        "payment_intent.created",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.created",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
    ]
    assert await types(simulator, types=["charge.failed", "charge.refunded"]) == ["charge.refunded", "charge.failed"]


async def test_wrong_filters(simulator: Simulator) -> None:
    """Both filters at once, or too many types, are 400s."""
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        await simulator.v1.events.list_async({"type": "a", "types": ["b"]})
    with pytest.raises(stripe.InvalidRequestError, match="at most 20"):
        await simulator.v1.events.list_async({"types": ["a"] * 21})
