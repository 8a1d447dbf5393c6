"""`expand` in answers, lists and errors."""

import pytest
import stripe

from tests.lab.stripe.running import Simulator


async def test_expanded(simulator: Simulator) -> None:
    """Objects stand where their ids would, as deep as asked for."""
    customer = await simulator.v1.customers.create_async({"name": "Canary"})
    intent = await simulator.charge(
        customer=customer.id, expand=["latest_charge.balance_transaction.source", "payment_method", "customer"]
    )
    assert intent.latest_charge.balance_transaction.source.id == intent.latest_charge.id
    assert (intent.payment_method.card.last4, intent.customer.name) == ("4242", "Canary")
    listed = await simulator.v1.charges.list_async({"expand": ["data.payment_intent"]})
    assert listed.data[0].payment_intent.id == intent.id
    plain = await simulator.v1.payment_intents.retrieve_async(intent.id)
    assert isinstance(plain.latest_charge, str)
    refund = await simulator.v1.refunds.create_async({"charge": plain.latest_charge, "expand": ["balance_transaction"]})
    line = await simulator.v1.balance_transactions.retrieve_async(refund.balance_transaction.id, {"expand": ["source"]})
    assert (line.source.object, line.net) == ("refund", -100)


@pytest.mark.parametrize("path", ["nothing", "metadata", "latest_charge.nothing", "a.b.c.d.e"])
async def test_not_expandable(simulator: Simulator, path: str) -> None:
    """What cannot be expanded is a 400."""
    intent = await simulator.charge()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await simulator.v1.payment_intents.retrieve_async(intent.id, {"expand": [path]})
    assert caught.value.param == "expand"


async def test_null_stays_null(simulator: Simulator) -> None:
    """A field without an id stays null."""
    intent = await simulator.charge(expand=["customer"])
    assert intent.customer is None
