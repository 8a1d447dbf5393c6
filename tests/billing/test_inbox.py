"""Deliveries are kept from before they are asked for, per path, and waited for on the clock."""

import asyncio
from datetime import UTC, datetime

from probe.billing.inbox import MOST_KEPT, Delivery, Inbox
from probe.model.clock import FakeClock, SystemClock


def delivery(number: int) -> Delivery:
    """One of many."""
    return Delivery(event_id=f"evt_{number}", kind="charge.succeeded", object_id=f"ch_{number}")


def clock() -> FakeClock:
    """At any time."""
    return FakeClock(datetime(2026, 1, 1, tzinfo=UTC))


async def test_what_came_before_is_found() -> None:
    """Without waiting, on its own path only, and by every step that asks."""
    inbox, time = Inbox(), clock()
    inbox.take("billing", delivery(1))
    for _ in range(2):
        assert await inbox.arrival("billing", lambda d: d.object_id == "ch_1", clock=time, deadline=0) == delivery(1)
    assert time.monotonic() == 0
    assert await inbox.arrival("other", lambda _: True, clock=time, deadline=5) is None
    assert time.monotonic() == 5


async def test_what_comes_later_wakes_who_waits() -> None:
    """Only the one that is meant; others are kept too."""
    inbox = Inbox()
    time = SystemClock()
    deadline = time.monotonic() + 60
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(
            inbox.arrival("billing", lambda d: d.object_id == "ch_2", clock=time, deadline=deadline)
        )
        await asyncio.sleep(0)
        inbox.take("billing", delivery(1))
        await asyncio.sleep(0)
        inbox.take("billing", delivery(2))
    assert waiting.result() == delivery(2)


async def test_there_is_an_end_to_what_is_kept() -> None:
    """A sandbox that others use must not fill the memory."""
    inbox = Inbox()
    for number in range(MOST_KEPT + 1):
        inbox.take("billing", delivery(number))
    found = await inbox.arrival("billing", lambda _: True, clock=clock(), deadline=0)
    assert found == delivery(1)


def test_refusals_are_counted() -> None:
    """By path and by what was wrong."""
    inbox = Inbox()
    for why in ("forged", "stale", "forged"):
        inbox.refuse("billing", why)
    assert inbox.refused("billing") == {"forged": 2, "stale": 1}
    assert inbox.refused("other") == {}
