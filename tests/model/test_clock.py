"""Time as everything here gets it."""

from datetime import UTC, datetime, timedelta

from probe.model.clock import FakeClock, SystemClock

BEGIN = datetime(2026, 1, 15, tzinfo=UTC)


async def test_the_fake_moves_only_when_told() -> None:
    """Both clocks go forward together, by what was advanced or slept, and no time passes meanwhile."""
    clock = FakeClock(BEGIN)
    assert (clock.monotonic(), clock.now()) == (0.0, BEGIN)
    clock.advance(1.5)
    await clock.sleep(3600)
    assert (clock.monotonic(), clock.now()) == (3601.5, BEGIN + timedelta(seconds=3601.5))


async def test_the_system_clock() -> None:
    """Aware wall time in UTC; a duration never runs backwards, and sleeping takes at least as long as it says."""
    clock = SystemClock()
    began = clock.monotonic()
    await clock.sleep(0.01)
    assert clock.monotonic() - began >= 0.009, "the event loop rounds to the clock's resolution"
    assert clock.now().utcoffset() == timedelta(0)
