"""Refunds: whole, partial, too much, failing at once and later."""

import pytest
import stripe

from probe.lab.stripe.faults import REFUND_FAILS
from probe.lab.stripe.refunds import SETTLES_AFTER_S
from probe.model.clock import FakeClock
from tests.lab.stripe.running import Simulator


async def test_whole(simulator: Simulator) -> None:
    """A whole refund leaves no money, and the charge lists it."""
    intent = await simulator.charge()
    refund = await simulator.v1.refunds.create_async(
        {"payment_intent": intent.id, "reason": "requested_by_customer", "metadata": {"a": "1"}}
    )
    assert (refund.status, refund.amount, refund.charge) == ("succeeded", 100, intent.latest_charge)
    assert simulator.state.open_money() == []
    charge = await simulator.v1.charges.retrieve_async(intent.latest_charge)
    assert (charge.refunded, charge.amount_refunded) == (True, 100)
    assert [one.id for one in charge.refunds.data] == [refund.id]
    assert (await simulator.v1.refunds.retrieve_async(refund.id)).reason == "requested_by_customer"
    updated = await simulator.v1.refunds.update_async(refund.id, {"metadata": {"b": "2"}})
    assert updated.metadata.to_dict() == {"a": "1", "b": "2"}


async def test_again(simulator: Simulator) -> None:
    """What was refunded wholly cannot be refunded again."""
    intent = await simulator.charge()
    await simulator.v1.refunds.create_async({"charge": intent.latest_charge})
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded") as caught:
        await simulator.v1.refunds.create_async({"payment_intent": intent.id})
    assert (caught.value.http_status, caught.value.code) == (400, "charge_already_refunded")


async def test_too_much(simulator: Simulator) -> None:
    """More than is left is refused, and the messages name both amounts."""
    intent = await simulator.charge(amount=1000)
    with pytest.raises(stripe.InvalidRequestError, match=r"\(\$999.99\) is greater than charge amount \(\$10.00\)"):
        await simulator.v1.refunds.create_async({"payment_intent": intent.id, "amount": 99999})
    await simulator.v1.refunds.create_async({"payment_intent": intent.id, "amount": 400})
    with pytest.raises(stripe.InvalidRequestError, match=r"unrefunded amount on charge \(\$6.00\)") as caught:
        await simulator.v1.refunds.create_async({"payment_intent": intent.id, "amount": 601})
    assert (caught.value.code, caught.value.param) == ("amount_too_large", "amount")
    assert simulator.state.open_money()[0].amount_minor == 600
    await simulator.v1.refunds.create_async({"payment_intent": intent.id})
    assert simulator.state.open_money() == []
    listed = await simulator.v1.refunds.list_async({"payment_intent": intent.id})
    assert [one.amount for one in listed.data] == [600, 400]


async def test_nothing_to_refund(simulator: Simulator) -> None:
    """An intent without a charge, an unknown charge, and no charge at all are three clear 400s."""
    intent = await simulator.v1.payment_intents.create_async({"amount": 100, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        await simulator.v1.refunds.create_async({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError, match="No such charge: 'ch_none'"):
        await simulator.v1.refunds.create_async({"charge": "ch_none"})
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: payment_intent"):
        await simulator.v1.refunds.create_async({})


async def test_fault(simulator: Simulator) -> None:
    """Under `refund-fails` the refund says failed and the money is still open; afterwards it can be refunded."""
    intent = await simulator.charge()
    simulator.faults.active.add(REFUND_FAILS)
    failed = await simulator.v1.refunds.create_async({"payment_intent": intent.id})
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert simulator.state.open_money()[0].amount_minor == 100
    simulator.faults.active.clear()
    assert (await simulator.v1.refunds.create_async({"payment_intent": intent.id})).status == "succeeded"
    assert simulator.state.open_money() == []


@pytest.mark.parametrize(
    ("method", "first", "later"),
    [("pm_card_pendingRefund", "pending", "succeeded"), ("pm_card_refundFail", "succeeded", "failed")],
)
async def test_later(simulator: Simulator, method: str, first: str, later: str) -> None:
    """The cards of asynchronous refunds change the refund's status afterwards."""
    intent = await simulator.charge(payment_method=method)
    refund = await simulator.v1.refunds.create_async({"payment_intent": intent.id})
    assert refund.status == first
    assert isinstance(simulator.clock, FakeClock)
    simulator.clock.advance(SETTLES_AFTER_S)
    assert (await simulator.v1.refunds.retrieve_async(refund.id)).status == later
    assert bool(simulator.state.open_money()) == (later == "failed")


@pytest.mark.parametrize(
    ("method", "refundable"),
    [
        ("pm_card_createDispute", False),
        ("pm_card_createDisputeProductNotReceived", False),
        ("pm_card_createDisputeInquiry", True),
    ],
)
async def test_disputed(simulator: Simulator, method: str, *, refundable: bool) -> None:
    """A disputed charge cannot be refunded; one that was only asked about can."""
    intent = await simulator.charge(payment_method=method)
    (dispute,) = (await simulator.v1.disputes.list_async({"payment_intent": intent.id})).data
    assert (dispute.amount, dispute.is_charge_refundable) == (100, refundable)
    assert (await simulator.v1.disputes.retrieve_async(dispute.id)).charge == intent.latest_charge
    if refundable:
        assert (await simulator.v1.refunds.create_async({"payment_intent": intent.id})).status == "succeeded"
    else:
        with pytest.raises(stripe.InvalidRequestError) as caught:
            await simulator.v1.refunds.create_async({"payment_intent": intent.id})
        assert caught.value.code == "charge_disputed"


async def test_cancel(simulator: Simulator) -> None:
    """A card's refund cannot be taken back."""
    intent = await simulator.charge()
    refund = await simulator.v1.refunds.create_async({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError, match="cannot be canceled"):
        await simulator.v1.refunds.cancel_async(refund.id)
