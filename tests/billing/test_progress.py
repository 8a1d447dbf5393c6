"""The phases of a call: each with its time and its limit, none past the deadline."""

import asyncio
from datetime import UTC, datetime

import pytest

from probe.billing.progress import Progress
from probe.model.clock import FakeClock
from probe.model.failure import Phase
from probe.model.network import PhaseTiming
from probe.model.path import PhaseLimits


def progress(clock: FakeClock, *, deadline: float = 100.0, **by_phase: float) -> Progress:
    """A call that begins with its name lookup."""
    limits = PhaseLimits(default_s=50.0, by_phase=by_phase)
    return Progress(clock=clock, limits=limits, deadline=deadline, first=Phase.DNS)


def test_phases_follow_each_other() -> None:
    """Each ends where the next begins; entering the same one again changes nothing."""
    clock = FakeClock(datetime(2026, 1, 1, tzinfo=UTC))
    call = progress(clock)
    for phase, seconds in ((Phase.DNS, 1.0), (Phase.TCP, 2.0), (Phase.TCP, 4.0)):
        call.enter(phase)
        clock.advance(seconds)
    assert call.timings() == (
        PhaseTiming(phase=Phase.DNS, offset_s=0.0, duration_s=1.0),
        PhaseTiming(phase=Phase.TCP, offset_s=1.0, duration_s=6.0),
    )
    assert not call.timed_out


async def test_each_phase_moves_the_timer() -> None:
    """To its own limit, or to the deadline where that comes first."""
    clock = FakeClock(datetime(2026, 1, 1, tzinfo=UTC))
    call = progress(clock, deadline=30.0, dns=10.0, tcp=20.0)
    now = asyncio.get_running_loop().time()
    async with call.timer() as timer:
        assert timer.when() == pytest.approx(now + 10.0, abs=5.0)
        clock.advance(5.0)
        call.enter(Phase.TCP)
        assert timer.when() == pytest.approx(now + 20.0, abs=5.0)
        call.enter(Phase.TLS)
        assert timer.when() == pytest.approx(now + 25.0, abs=4.0)
    assert not call.timed_out


async def test_a_limit_that_passes() -> None:
    """The call knows it."""
    call = progress(FakeClock(datetime(2026, 1, 1, tzinfo=UTC)), dns=0.0)
    with pytest.raises(TimeoutError):
        async with call.timer():
            await asyncio.Event().wait()
    assert call.timed_out
