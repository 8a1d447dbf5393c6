"""Sending events to webhook endpoints, signed as the SDK verifies them."""

import asyncio
import contextlib
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from typing import Final

import aiohttp
from aiohttp import web

from probe.lab.stripe.errors import Json
from probe.lab.stripe.faults import LIVE_MODE, WEBHOOKS_MISSING, StripeFaults, as_live
from probe.lab.stripe.state import SimulatorState
from probe.model.clock import Clock

TRIES: Final = 3
"""How often an event is sent to an endpoint that does not answer 2xx; Stripe tries three times in test mode."""
PAUSE_S: Final = 1.0
"""Between two tries; Stripe waits hours."""
TIMEOUT_S: Final = 5.0
"""How long an endpoint may take to answer."""


def signature(payload: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` header: HMAC-SHA256 over `t.payload` (docs.stripe.com/webhooks/signature)."""
    signed = f"{at}.".encode() + payload
    return f"t={at},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def deliveries(
    state: SimulatorState, faults: StripeFaults, pauses: Clock
) -> Callable[[web.Application], AsyncIterator[None]]:
    """A cleanup context that sends events while the application runs, and drops what is unsent when it ends.

    `pauses` is the clock of the pauses between tries, on which nobody else waits.
    """

    async def run(_application: web.Application) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            sending: set[asyncio.Task[None]] = set()

            def send(event: Json, endpoint: Json) -> None:
                if WEBHOOKS_MISSING in faults.active:
                    return
                alive = LIVE_MODE in faults.active
                task = group.create_task(_deliver(state, session, event, endpoint, pauses, alive=alive))
                sending.add(task)
                task.add_done_callback(sending.discard)

            state.outbox = send
            yield
            state.outbox = None
            for task in tuple(sending):
                task.cancel()

    return run


async def _deliver(
    state: SimulatorState, session: aiohttp.ClientSession, event: Json, endpoint: Json, pauses: Clock, *, alive: bool
) -> None:
    """Try a few times; only a success takes the endpoint off `pending_webhooks`. `alive` pretends live mode."""
    payload = json.dumps(as_live(event) if alive else event, indent=2).encode()
    secret = state.webhook_secrets[endpoint["id"]]
    for attempt in range(TRIES):
        if attempt:
            await pauses.sleep(PAUSE_S)
        if await _post(session, endpoint["url"], payload, signature(payload, secret, state.created())):
            event["pending_webhooks"] -= 1
            return


async def _post(session: aiohttp.ClientSession, url: str, payload: bytes, signed: str) -> bool:
    """True for a 2xx; redirects are not followed, as Stripe follows none."""
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signed}
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with session.post(url, data=payload, headers=headers, allow_redirects=False) as response:
            return response.status in range(200, 300)
    return False
