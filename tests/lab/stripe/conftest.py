"""A simulator on loopback for each test."""

from collections.abc import AsyncIterator

import pytest

from probe.model.clock import FakeClock
from tests.lab.stripe.running import NOW, Simulator, running


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """A simulator whose clock stands still."""
    async with running(FakeClock(NOW)) as started:
        yield started
