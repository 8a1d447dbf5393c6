"""The listener for webhooks, where one is configured and somebody waits for what comes there."""

import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

from probe.compose.engine import Engine
from probe.compose.fitting import waits_for_delivery
from probe.model.scenario import Scenario
from probe.server.listening import ListenError
from probe.server.webhooks import WebhookServer
from probe.settings.load import Loaded
from probe.telemetry.observer import TelemetryObserver

_LOG: Final = logging.getLogger("paypath")


def webhook_server(loaded: Loaded, parts: Engine, telemetry: TelemetryObserver) -> WebhookServer | None:
    """The listener of `listen.webhooks`; None where none is configured, or no path has a secret to verify with."""
    secrets = {
        path.name: path.stripe.webhook_secret
        for path in loaded.paths
        if path.stripe is not None and path.stripe.webhook_secret is not None
    }
    if loaded.listen_webhooks is None or not secrets:
        return None
    telemetry.expect_webhooks(secrets)
    host, port = loaded.listen_webhooks
    return WebhookServer(
        host,
        port,
        secrets=secrets,
        inbox=parts.inbox,
        on_live=lambda path, event: parts.runner.shut(path, f"The webhook {event} says `livemode: true`."),
        count=telemetry.webhook,
    )


@asynccontextmanager
async def taking_webhooks(
    loaded: Loaded, parts: Engine, telemetry: TelemetryObserver, scenarios: Iterable[Scenario]
) -> AsyncIterator[None]:
    """For one round of `check`: listen where a scenario waits for deliveries.

    Where a process that keeps running has the address, the deliveries are its own, and those scenarios are skipped here.
    """
    wanted = any(waits_for_delivery(scenario) for scenario in scenarios)
    server = webhook_server(loaded, parts, telemetry) if wanted else None
    if server is not None:
        try:
            await server.start()
        except ListenError as error:
            _LOG.warning("%s, or leave webhooks to the `paypath run` that has this one", error)
    try:
        yield
    finally:
        if server is not None:
            await server.stop()
