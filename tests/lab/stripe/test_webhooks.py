"""Signed webhooks, received by a server on loopback and verified by the SDK."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import stripe
from aiohttp import web

from probe.lab.stripe.webhooks import TRIES
from probe.model.clock import SystemClock
from tests.lab.stripe.running import Simulator, running


@dataclass(slots=True)
class Received:
    """A server that keeps what it is sent."""

    answers: list[int] = field(default_factory=list)
    """Statuses to answer before the 200s."""
    queue: asyncio.Queue[tuple[bytes, str]] = field(default_factory=asyncio.Queue)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        """Keep body and signature."""
        await self.queue.put((await request.read(), request.headers["Stripe-Signature"]))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


@asynccontextmanager
async def receiving() -> AsyncIterator[Received]:
    """A listening webhook server."""
    received = Received()
    application = web.Application()
    application.router.add_post("/hook", received.take)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        received.url = "http://{}:{}/hook".format(*runner.addresses[0])
        yield received
    finally:
        await runner.cleanup()


async def settled(simulator: Simulator, *, pending: int) -> None:
    """Wait until every event has this many deliveries to come."""
    while any(event["pending_webhooks"] != pending for event in simulator.state.all.events):  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0)


async def test_verified_by_the_sdk() -> None:
    """What arrives passes the SDK's check with the endpoint's secret, and with no other."""
    async with running(SystemClock()) as simulator, receiving() as received:
        endpoint = await simulator.v1.webhook_endpoints.create_async(
            {"url": received.url, "enabled_events": ["payment_intent.succeeded"]}
        )
        intent = await simulator.charge()
        body, signature = await received.queue.get()
        event = stripe.Webhook.construct_event(body, signature, endpoint.secret)
        assert (event.type, event.data.object.id) == ("payment_intent.succeeded", intent.id)
        assert event.pending_webhooks == 1
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, "whsec_other")
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body + b" ", signature, endpoint.secret)
        await settled(simulator, pending=0)
        assert received.queue.empty()


async def test_tried_again(simulator: Simulator) -> None:
    """An endpoint that fails at first is tried again, and then the event counts as delivered."""
    async with receiving() as received:
        received.answers = [500, 302]
        await simulator.v1.webhook_endpoints.create_async({"url": received.url, "enabled_events": ["customer.created"]})
        await simulator.v1.customers.create_async({})
        bodies = [await received.queue.get() for _ in range(TRIES)]
        assert len({body for body, _ in bodies}) == 1
        await settled(simulator, pending=0)
        assert (await simulator.v1.events.list_async({"delivery_success": False})).data == []


async def test_never_delivered(simulator: Simulator) -> None:
    """What was not delivered is found by the filter, and does not slow the API down."""
    async with receiving() as received:
        received.answers = [500] * TRIES
        await simulator.v1.webhook_endpoints.create_async({"url": received.url, "enabled_events": ["*"]})
        await simulator.v1.customers.create_async({})
        for _ in range(TRIES):
            await received.queue.get()
        (event,) = (await simulator.v1.events.list_async({"delivery_success": False})).data
        assert (event.type, event.pending_webhooks) == ("customer.created", 1)
        assert (await simulator.v1.events.list_async({"delivery_success": True})).data == []


async def test_stopped_while_sending() -> None:
    """The simulator stops at once, whatever is still to be sent."""
    async with receiving() as received, running(SystemClock()) as simulator:
        received.answers = [500] * 100
        await simulator.v1.webhook_endpoints.create_async({"url": received.url, "enabled_events": ["*"]})
        await simulator.v1.customers.create_async({})
        await received.queue.get()
    assert simulator.state.outbox is None
