"""Idempotency keys: the stored answer, other parameters, the request still in flight."""

import asyncio

import pytest
import stripe

from probe.lab.stripe.faults import SLOW_CREATE, SLOW_EXECUTION, STRIPE_429, STRIPE_500
from probe.lab.stripe.idempotency import LIFETIME_S
from probe.model.clock import FakeClock
from tests.lab.stripe.running import CARD, NOW, Simulator, running

PLAIN = {"amount": 100, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True, **CARD}
ONCE: stripe.RequestOptions = {"idempotency_key": "run-1/charge"}


class HeldClock(FakeClock):
    """A clock on which a sleeper sleeps until told otherwise."""

    def __init__(self) -> None:
        """Nobody is asleep yet."""
        super().__init__(NOW)
        self.asleep = asyncio.Event()
        self.awake = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Say that somebody sleeps, and wait for `awake`."""
        self.asleep.set()
        await self.awake.wait()
        self.advance(seconds)


async def test_replay(simulator: Simulator) -> None:
    """The same key and parameters give the same answer, marked as a replay, and one charge."""
    intents = simulator.v1.payment_intents
    first = await intents.create_async(PLAIN, ONCE)
    again = await intents.create_async(PLAIN, ONCE)
    assert again.id == first.id
    headers = again.last_response.headers
    assert headers["Idempotent-Replayed"] == "true"
    assert headers["Original-Request"] == first.last_response.request_id != again.last_response.request_id
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert len(simulator.state.all.charges) == 1


async def test_replayed_decline(simulator: Simulator) -> None:
    """A 402 is an answer: the same again, and no second attempt on the card."""
    errors = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            await simulator.v1.payment_intents.create_async({**PLAIN, "payment_method": "pm_card_chargeDeclined"}, ONCE)
        errors.append(caught.value)
    assert errors[0].json_body == errors[1].json_body
    assert errors[1].headers["Idempotent-Replayed"] == "true"
    assert len(simulator.state.all.charges) == 1


async def test_replayed_500(simulator: Simulator) -> None:
    """A 500 is replayed too, even after the fault has gone."""
    simulator.faults.active.add(STRIPE_500)
    with pytest.raises(stripe.APIError):
        await simulator.v1.payment_intents.create_async(PLAIN, ONCE)
    simulator.faults.active.clear()
    with pytest.raises(stripe.APIError) as caught:
        await simulator.v1.payment_intents.create_async(PLAIN, ONCE)
    assert (caught.value.http_status, caught.value.headers["Idempotent-Replayed"]) == (500, "true")


async def test_replayed_refusal_of_a_state(simulator: Simulator) -> None:
    """A 400 about the state of an object came from execution, and is replayed."""
    intent = await simulator.v1.payment_intents.create_async(PLAIN)
    for replayed in (None, "true"):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            await simulator.v1.payment_intents.cancel_async(intent.id, {}, ONCE)
        assert caught.value.headers.get("Idempotent-Replayed") == replayed


async def test_not_cached(simulator: Simulator) -> None:
    """A validation error, a rate limit and a wrong key leave the idempotency key free."""
    intents = simulator.v1.payment_intents
    with pytest.raises(stripe.InvalidRequestError):
        await intents.create_async({**PLAIN, "amount": 1}, ONCE)
    simulator.faults.active.add(STRIPE_429)
    with pytest.raises(stripe.RateLimitError):
        await intents.create_async(PLAIN, ONCE)
    simulator.faults.active.clear()
    with pytest.raises(stripe.AuthenticationError):
        await simulator.client("sk_live_x").v1.payment_intents.create_async(PLAIN, ONCE)
    assert (await intents.create_async(PLAIN, ONCE)).status == "succeeded"


async def test_other_parameters(simulator: Simulator) -> None:
    """One key for two requests is a 400 idempotency_error."""
    await simulator.v1.payment_intents.create_async(PLAIN, ONCE)
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        await simulator.v1.payment_intents.create_async({**PLAIN, "amount": 200}, ONCE)
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        await simulator.v1.customers.create_async({}, ONCE)
    with pytest.raises(stripe.IdempotencyError, match="at most 255"):
        await simulator.v1.customers.create_async({}, {"idempotency_key": "k" * 256})


async def test_per_api_key_and_for_a_day(simulator: Simulator) -> None:
    """Another API key knows nothing of it; after a day nobody does."""
    first = await simulator.v1.payment_intents.create_async(PLAIN, ONCE)
    other = await simulator.client("rk_test_other").v1.payment_intents.create_async(PLAIN, ONCE)
    assert isinstance(simulator.clock, FakeClock)
    simulator.clock.advance(LIFETIME_S)
    later = await simulator.v1.payment_intents.create_async(PLAIN, ONCE)
    assert len({first.id, other.id, later.id}) == 3


async def test_in_flight() -> None:
    """While the first request is being executed, a second with the same key is a 409."""
    clock = HeldClock()
    async with running(clock) as simulator, asyncio.TaskGroup() as group:
        simulator.faults.active.add(SLOW_EXECUTION)
        first = group.create_task(simulator.v1.payment_intents.create_async(PLAIN, ONCE))
        await clock.asleep.wait()
        with pytest.raises(stripe.APIError) as caught:
            await simulator.v1.payment_intents.create_async(PLAIN, ONCE)
        assert caught.value.http_status == 409
        assert caught.value.json_body["error"]["code"] == "idempotency_key_in_use"
        assert len(simulator.state.all.payment_intents) == 0
        clock.awake.set()
        done = await first
        assert (await simulator.v1.payment_intents.create_async(PLAIN, ONCE)).id == done.id


async def test_orphan() -> None:
    """A create that took effect but never answered is learned, and undone, by asking again with its key."""
    clock = HeldClock()
    async with running(clock) as simulator:
        simulator.faults.active.add(SLOW_CREATE)
        intents = simulator.v1.payment_intents
        async with asyncio.TaskGroup() as group:
            impatient = group.create_task(intents.create_async(PLAIN, ONCE))
            await clock.asleep.wait()
            impatient.cancel()
        (orphan,) = simulator.state.open_money()
        learned = await intents.create_async(PLAIN, ONCE)
        assert learned.id == orphan.payment_intent
        await simulator.v1.refunds.create_async({"payment_intent": learned.id})
        assert simulator.state.open_money() == []
        clock.awake.set()
