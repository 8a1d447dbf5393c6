"""A budget of requests: charges from every scenario together stay far under Stripe's test-mode limits."""

from typing import Final

from probe.model.clock import Clock

_BURST_S: Final = 5.0
"""How many seconds' worth of requests may be sent at once: one run's calls, not a storm."""


class RequestBudget:
    """A token bucket for one path (facts: Stripe allows 25 requests per second in test mode)."""

    def __init__(self, per_second: float, clock: Clock) -> None:
        """Allow `per_second` on average, and bursts of five seconds' worth."""
        self._per_second = per_second
        self._clock = clock
        self._free_at = clock.monotonic() - _BURST_S

    async def turn(self) -> None:
        """Wait until one more request may be sent. First come, first served."""
        now = self._clock.monotonic()
        self._free_at = max(self._free_at, now - _BURST_S) + 1 / self._per_second
        await self._clock.sleep(max(0.0, self._free_at - now))
