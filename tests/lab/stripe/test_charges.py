"""Charges, read and described afterwards."""

import pytest
import stripe

from tests.lab.stripe.running import Simulator


async def test_updated(simulator: Simulator) -> None:
    """Description and metadata of a charge can be changed, money cannot."""
    intent = await simulator.charge(metadata={"a": "1"})
    charges = simulator.v1.charges
    changed = await charges.update_async(intent.latest_charge, {"description": "canary", "metadata": {"b": "2"}})
    assert (changed.description, changed.metadata.to_dict()) == ("canary", {"a": "1", "b": "2"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await charges.update_async(intent.latest_charge, {"amount": 5})
    assert caught.value.code == "parameter_unknown"


async def test_made_directly(simulator: Simulator) -> None:
    """The old way of charging: a token, no intent; what is given back is the charge's."""
    token = {"amount": 100, "currency": "usd", "source": "tok_visa", "metadata": {"a": "1"}}
    charge = await simulator.v1.charges.create_async(token)  # type: ignore[arg-type]  # a plain map
    assert (charge.status, charge.captured, charge.payment_intent) == ("succeeded", True, None)
    assert (charge.amount, charge.metadata.to_dict()) == (100, {"a": "1"})
    refund = await simulator.v1.refunds.create_async({"charge": charge.id})
    assert (refund.status, refund.charge, refund.payment_intent) == ("succeeded", charge.id, None)


async def test_declined_directly(simulator: Simulator) -> None:
    """The error names the charge that failed; without a source nothing is tried."""
    token = {"amount": 100, "currency": "usd", "source": "tok_chargeDeclined"}
    with pytest.raises(stripe.CardError) as caught:
        await simulator.v1.charges.create_async(token)  # type: ignore[arg-type]  # a plain map
    assert caught.value.code == "card_declined"
    with pytest.raises(stripe.InvalidRequestError) as missing:
        await simulator.v1.charges.create_async({"amount": 100, "currency": "usd"})
    assert missing.value.param == "source"
