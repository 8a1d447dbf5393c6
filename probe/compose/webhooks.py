"""The listener for webhooks, where one is configured and somebody waits for what comes there."""

import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final

from probe.billing.inbox import Inbox
from probe.compose.engine import Engine
from probe.compose.fitting import waits_for_delivery
from probe.model.scenario import Scenario
from probe.model.secret import Secret
from probe.server.listening import ListenError
from probe.server.webhooks import WebhookServer
from probe.settings.load import Loaded
from probe.telemetry.observer import TelemetryObserver

_LOG: Final = logging.getLogger("paypath")


def webhook_server(
    loaded: Loaded, inbox: Inbox, shut: Callable[[str, str], None], telemetry: TelemetryObserver
) -> WebhookServer | None:
    """The listener of `listen.webhooks`; None where none is configured, or no path has a secret to verify with.

    `shut` latches a path, and is given the sentence that says why.
    """
    secrets = webhook_secrets(loaded)
    if loaded.listen_webhooks is None or not secrets:
        return None
    telemetry.expect_webhooks(secrets)
    host, port = loaded.listen_webhooks
    return WebhookServer(
        host,
        port,
        secrets=secrets,
        inbox=inbox,
        on_live=lambda path, event: shut(path, f"The webhook {event} says `livemode: true`."),
        count=telemetry.webhook,
    )


def webhook_secrets(loaded: Loaded) -> dict[str, Secret]:
    """By path, what its deliveries are signed with."""
    return {
        path.name: path.stripe.webhook_secret
        for path in loaded.paths
        if path.stripe is not None and path.stripe.webhook_secret is not None
    }


@asynccontextmanager
async def taking_webhooks(
    loaded: Loaded, parts: Engine, telemetry: TelemetryObserver, scenarios: Iterable[Scenario]
) -> AsyncIterator[None]:
    """For one round of `check`: listen where a scenario waits for deliveries.

    Where a process that keeps running has the address, the deliveries are its own, and those scenarios are skipped here.
    """
    wanted = any(waits_for_delivery(scenario) for scenario in scenarios)
    server = webhook_server(loaded, parts.inbox, parts.runner.shut, telemetry) if wanted else None
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
