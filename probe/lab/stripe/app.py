"""The simulator as a web application: every method of the API on its path."""

from typing import Final

from aiohttp import web

from probe.lab.stripe import (
    balance,
    charges,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
    tokens,
    webhook_endpoints,
    webhooks,
)
from probe.lab.stripe.calls import Route
from probe.lab.stripe.faults import StripeFaults
from probe.lab.stripe.front import Front
from probe.lab.stripe.state import SimulatorState
from probe.model.clock import Clock

ROUTES: Final[tuple[Route, ...]] = (
    *payment_intents.ROUTES,
    *payment_methods.ROUTES,
    *charges.ROUTES,
    *refunds.ROUTES,
    *disputes.ROUTES,
    *customers.ROUTES,
    *setup_intents.ROUTES,
    *tokens.ROUTES,
    *events.ROUTES,
    *webhook_endpoints.ROUTES,
    *balance.ROUTES,
)


def create_app(state: SimulatorState, *, faults: StripeFaults, pauses: Clock | None = None) -> web.Application:
    """The application; plain HTTP, for any runner. It sends webhooks as long as it runs, and between two tries pauses on the
    clock `pauses`, or else on the state's."""  # noqa: D205, D209 - one thought
    front = Front(state, faults)
    application = web.Application()
    for route in ROUTES:
        application.router.add_route(route.method, route.path, front.serving(route))
    application.router.add_route("*", "/{anything:.*}", front.serving(None))
    application.cleanup_ctx.append(webhooks.deliveries(state, faults, pauses or state.clock))
    return application
