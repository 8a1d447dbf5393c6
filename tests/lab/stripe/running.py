"""A simulator on loopback, and the real SDK in front of it, for the tests of this directory."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
import stripe
from aiohttp import web

from probe.lab.stripe.app import create_app
from probe.lab.stripe.faults import StripeFaults
from probe.lab.stripe.state import SimulatorState
from probe.model.clock import Clock

KEY = "sk_test_simulator"
NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
CARD = {"payment_method_types": ["card"]}


@dataclass(slots=True)
class Simulator:
    """A running simulator as a test holds it."""

    state: SimulatorState
    clock: Clock
    faults: StripeFaults = field(default_factory=StripeFaults)
    url: str = ""
    http: stripe.AIOHTTPClient | None = None
    raw: aiohttp.ClientSession | None = None

    @property
    def v1(self) -> stripe.V1Services:
        """The API as an account's own key sees it."""
        return self.client().v1

    def client(self, key: str = KEY, **options: Any) -> stripe.StripeClient:  # noqa: ANN401 - the SDK's own options
        """The SDK with this key."""
        return stripe.StripeClient(key, http_client=self.http, base_addresses={"api": self.url}, **options)

    async def ask(
        self, method: str, path: str, *, form: str | None = None, query: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """One request without the SDK: status, body, headers."""
        assert self.raw is not None
        sent = {"Authorization": f"Bearer {KEY}"} | (headers or {})
        if form is not None:
            sent = {"Content-Type": "application/x-www-form-urlencoded"} | sent
        async with self.raw.request(method, f"{self.url}{path}{query}", data=form, headers=sent) as response:
            return response.status, await response.json(), dict(response.headers)

    async def charge(self, **parameters: Any) -> stripe.PaymentIntent:  # noqa: ANN401 - any of the API's parameters
        """A dollar of a good card, confirmed at once, unless told otherwise."""
        plain = {"amount": 100, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        return await self.v1.payment_intents.create_async(plain | CARD | parameters)


@asynccontextmanager
async def running(clock: Clock) -> AsyncIterator[Simulator]:
    """A simulator that listens as long as the context is open."""
    stripe.enable_telemetry = False
    simulator = Simulator(SimulatorState(clock, random.Random(7)), clock)
    runner = web.AppRunner(create_app(simulator.state, faults=simulator.faults), shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        simulator.url = "http://{}:{}".format(*runner.addresses[0])
        async with aiohttp.ClientSession() as session:
            simulator.raw = session
            simulator.http = stripe.AIOHTTPClient(session=session)
            yield simulator
    finally:
        await runner.cleanup()
