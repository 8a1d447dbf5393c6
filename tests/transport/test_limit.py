"""One timer for several phases cuts each at its own end, as `asyncio.timeout_at` would."""

import asyncio
import socket

import pytest

from probe.model.clock import SystemClock
from probe.tls.inbox import Inbox
from probe.transport.limit import Limit


async def phase(limit: Limit, lasts_s: float | None, until_s: float) -> bool:
    """Do something for that long (None: for ever) under a limit that far away; whether the limit ended it."""
    limit.begin(asyncio.get_running_loop().time() + until_s)
    try:
        await (asyncio.Event().wait() if lasts_s is None else asyncio.sleep(lasts_s))
    except asyncio.CancelledError as error:
        if limit.end(error):
            return True
        raise
    return limit.end(None)


async def test_each_phase_has_its_own_end() -> None:
    """Sooner or later than the one before; a timer that was left standing by an earlier phase does not cut a later one."""
    limit = Limit()
    assert not await phase(limit, 0, 0.02)
    assert not await phase(limit, 0.04, 30)
    assert await phase(limit, None, 0.01)
    assert not await phase(limit, 0, 30)
    assert await phase(limit, None, 0.01)
    limit.close()


async def test_an_end_that_has_passed_already() -> None:
    """A deadline in the past cuts at once, and not before the phase has come to its first wait."""
    limit = Limit()
    assert await phase(limit, None, -1)


async def test_a_phase_that_was_through_in_time() -> None:
    """Where the limit falls between two phases, nothing is cancelled."""
    limit = Limit()
    assert not await phase(limit, 0, 0.01)
    await asyncio.sleep(0.03)
    assert not await phase(limit, 0, 30)
    limit.close()


async def test_somebody_elses_cancellation_is_left_to_them() -> None:
    """An outer timeout that falls first is not taken for the limit's own."""
    limit = Limit()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await phase(limit, None, 30)
    limit.close()


async def test_a_closed_limit_cuts_nothing() -> None:
    """No timer is left behind."""
    limit = Limit()
    limit.begin(asyncio.get_running_loop().time() + 0.01)
    limit.end(None)
    limit.close()
    await asyncio.sleep(0.03)


async def test_what_has_arrived_in_time_counts_for_a_loop_that_comes_late() -> None:
    """The answer is there, and so is the end: nobody was silent."""
    here, there = socket.socketpair()
    with here, there:
        here.setblocking(False)  # noqa: FBT003 - socket's own signature
        came: list[bytes] = []
        inbox = Inbox(here, came.append)
        limit = Limit()
        limit.begin(asyncio.get_running_loop().time() + 0.01)
        asyncio.get_running_loop().call_soon(_stand_still, there)
        await inbox.arrival()
        assert not limit.end(None)
        assert came == [b"answer"]
        limit.close()
        inbox.close()


def _stand_still(there: socket.socket) -> None:
    """The other side answers at once, and this loop does nothing until the limit has passed."""
    there.send(b"answer")
    clock = SystemClock()
    end = clock.monotonic() + 0.05
    while clock.monotonic() < end:
        pass
