"""The seams and the plain views of the simulator's memory."""

import dataclasses
import random

import pytest

from probe.lab.stripe import state as room
from probe.lab.stripe.state import SimulatorState
from probe.model.clock import FakeClock
from tests.lab.stripe.running import NOW, Simulator


def test_ids_come_from_the_seam() -> None:
    """The same randomness gives the same ids."""
    first, again = (SimulatorState(FakeClock(NOW), random.Random(3)) for _ in range(2))
    assert first.account == again.account
    assert first.new_id("pi") == again.new_id("pi") != first.new_id("pi")


async def test_time_comes_from_the_seam(simulator: Simulator) -> None:
    """Objects are made at the clock's time."""
    assert (await simulator.charge()).created == int(NOW.timestamp())


async def test_open_money_after_partial_refund(simulator: Simulator) -> None:
    """What is left of a charge is open until all of it is given back."""
    intent = await simulator.charge(amount=500, metadata={"paypath_run_id": "r1"})
    await simulator.v1.refunds.create_async({"payment_intent": intent.id, "amount": 200})
    (left,) = simulator.state.open_money()
    assert (left.kind, left.amount_minor, left.payment_intent) == ("captured", 300, intent.id)
    assert (left.charge, left.currency, left.metadata) == (intent.latest_charge, "usd", {"paypath_run_id": "r1"})


async def test_it_does_not_grow_and_forgets_no_open_money(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the newest objects of each kind are remembered, and every charge that has not been given back."""
    monkeypatch.setattr(room, "MOST_KEPT", 10)
    open_one = await simulator.charge()
    for _ in range(40):
        intent = await simulator.charge()
        await simulator.v1.refunds.create_async({"payment_intent": intent.id})
    everything = simulator.state.all
    sizes = {kind.name: len(getattr(everything, kind.name)) for kind in dataclasses.fields(everything)}
    assert max(sizes.values()) <= 10 + 5, sizes
    assert len(simulator.state.card_facts) <= 3 * 10
    assert [money.charge for money in simulator.state.open_money()] == [open_one.latest_charge]
