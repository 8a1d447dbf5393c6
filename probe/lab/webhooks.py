"""What the simulator's webhooks lead to: the probe's listener, and the company's own endpoint, which verifies what it is sent."""

import random
import socket
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from probe.billing.signed import Refused, read_delivery
from probe.lab.stripe.state import SimulatorState
from probe.lab.stripe.webhook_endpoints import register
from probe.model.secret import Secret
from probe.transport.http_server import not_whole, whole_body

PATH: Final = "/stripe/webhooks"
"""Where the company's own endpoint is, at the lab's control address."""
EVENTS: Final = ["payment_intent.succeeded"]
"""What both endpoints want."""
_LENGTH: Final = 32
_BODY_S: Final = 15.0
"""For a delivery to come whole."""


@dataclass(frozen=True, slots=True)
class WebhookSecrets:
    """The signing secrets of the two endpoints."""

    probe: Secret
    company: Secret


def make_secrets(randomness: random.Random) -> WebhookSecrets:
    """Secrets that mean nothing outside of this lab."""
    letters = string.ascii_letters + string.digits
    made = ("whsec_lab" + "".join(randomness.choices(letters, k=_LENGTH)) for _ in range(2))
    return WebhookSecrets(*map(Secret, made))


def hold_place(host: str) -> socket.socket:
    """A free address for the probe's listener: bound without listening, so that nobody else is given it meanwhile."""
    place = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind((host, 0))
    except OSError:
        place.close()
        raise
    return place


def tell_simulator(state: SimulatorState, secrets: WebhookSecrets, *, probe: str, company: str) -> None:
    """Register both endpoints, by their URLs, as somebody did in Stripe's dashboard."""
    register(state, probe, EVENTS, secrets.probe.reveal())
    register(state, company, EVENTS, secrets.company.reveal())


def company_endpoint(secret: Secret, careless: Callable[[], bool]) -> web.RouteDef:
    """The company's own endpoint: 200 for what Stripe signed, 400 for everything else, unless it is `careless`; 408 for what does not come whole."""

    async def take(request: web.Request) -> web.Response:
        body, header = await whole_body(request, within_s=_BODY_S), request.headers.get("Stripe-Signature")
        if body is None:
            return not_whole()
        came = None if careless() else read_delivery(body, header, secret)
        if isinstance(came, Refused):
            return web.json_response({"error": f"webhook refused: {came.value}"}, status=400)
        return web.json_response({"received": True})

    return web.post(PATH, take)
