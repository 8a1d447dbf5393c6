"""The balance and its transactions."""

from probe.lab.stripe.ledger import SETTLES_AFTER_S
from probe.model.clock import FakeClock
from tests.lab.stripe.running import Simulator


async def test_empty(simulator: Simulator) -> None:
    """An account in which nothing happened says so, in test mode."""
    balance = await simulator.v1.balance.retrieve_async()
    assert (balance.object, balance.livemode) == ("balance", False)
    assert [(one.amount, one.currency) for one in balance.available] == [(0, "usd")]


async def test_charge_and_refund(simulator: Simulator) -> None:
    """A charge is pending for two days, minus its fee; a refund is taken at once."""
    intent = await simulator.charge(amount=1000)
    balance = await simulator.v1.balance.retrieve_async()
    assert (balance.pending[0].amount, balance.available[0].amount) == (941, 0)
    assert isinstance(simulator.clock, FakeClock)
    simulator.clock.advance(SETTLES_AFTER_S)
    await simulator.v1.refunds.create_async({"payment_intent": intent.id})
    balance = await simulator.v1.balance.retrieve_async()
    assert (balance.pending[0].amount, balance.available[0].amount) == (0, -59)
    lines = (await simulator.v1.balance_transactions.list_async()).data
    assert [(line.type, line.amount, line.status) for line in lines] == [
        ("refund", -1000, "available"),
        ("charge", 1000, "available"),
    ]
    assert (await simulator.v1.balance_transactions.list_async({"source": intent.latest_charge})).data[0].fee == 59


async def test_straight_to_available(simulator: Simulator) -> None:
    """The card that bypasses pending does."""
    await simulator.charge(amount=1000, payment_method="pm_card_bypassPending", currency="eur")
    balance = await simulator.v1.balance.retrieve_async()
    assert {(one.currency, one.amount) for one in balance.available} == {("usd", 0), ("eur", 941)}


async def test_nothing_for_an_authorisation(simulator: Simulator) -> None:
    """Money that is only held is not in the balance; a void leaves no trace there."""
    held = await simulator.charge(capture_method="manual")
    await simulator.v1.payment_intents.cancel_async(held.id)
    assert (await simulator.v1.balance_transactions.list_async()).data == []
