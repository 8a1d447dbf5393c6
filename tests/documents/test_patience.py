"""Whoever waits beside the loop waits for so long only."""

import asyncio
import threading

import pytest

from probe.documents.mistakes import SetupError
from probe.documents.patience import in_time

PATIENCE_S = 30.0


async def test_what_does_not_end_in_time_is_left_to_itself() -> None:
    """And what raises, raises."""
    back = threading.Event()
    assert await in_time(lambda: back.wait(PATIENCE_S), 0.05) is None
    back.set()
    assert await in_time(lambda: 5023) == 5023
    assert await in_time(lambda: 5023, None) == 5023
    with pytest.raises(SetupError):
        await in_time(lambda: _raise(SetupError([])))
    await asyncio.sleep(0)


def _raise(error: Exception) -> None:
    raise error
