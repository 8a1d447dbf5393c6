"""The SDK's HTTP client of ours, as the SDK sees it."""

from datetime import UTC, datetime

import aiohttp
import pytest
import stripe

from probe.billing.progress import Progress
from probe.billing.sdk import OneConnection
from probe.model.clock import FakeClock
from probe.model.failure import Phase
from probe.model.path import PhaseLimits


async def test_it_is_an_http_client_of_the_sdks() -> None:
    """It closes nothing that is not its own, and a retry of the SDK's would be a bug that shows."""
    clock = FakeClock(datetime(2026, 1, 1, tzinfo=UTC))
    progress = Progress(clock=clock, limits=PhaseLimits(), deadline=1.0, first=Phase.TCP)
    async with aiohttp.ClientSession() as session:
        client = OneConnection(session, server_name="x", progress=progress)
        assert isinstance(client, stripe.HTTPClient)
        client.close()
        await client.close_async()
        assert not session.closed
        with pytest.raises(AssertionError, match="retries are off"):
            await client.sleep_async(1.0)


def test_the_sdk_sends_no_telemetry_and_logs_no_bodies() -> None:
    """Set where the SDK is imported, for the whole process."""
    assert stripe.enable_telemetry is False
    assert stripe.log is None
