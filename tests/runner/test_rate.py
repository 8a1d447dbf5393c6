"""The budget of requests, on a clock that moves only when somebody sleeps."""

from datetime import UTC, datetime

from probe.model.clock import FakeClock
from probe.runner.rate import RequestBudget

NOW = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)


async def test_a_run_s_calls_go_out_at_once_and_a_storm_is_paced() -> None:
    """At two per second, ten requests are free after a pause; from then on each waits its half second."""
    clock = FakeClock(NOW)
    budget = RequestBudget(2, clock)
    for _ in range(10):
        await budget.turn()
    assert clock.monotonic() == 0
    for _ in range(4):
        await budget.turn()
    assert clock.monotonic() == 2.0


async def test_a_pause_saves_up_no_more_than_the_burst() -> None:
    """An hour of silence allows ten requests at once, not seven thousand."""
    clock = FakeClock(NOW)
    budget = RequestBudget(2, clock)
    clock.advance(3600)
    for _ in range(12):
        await budget.turn()
    assert clock.monotonic() == 3601.0
