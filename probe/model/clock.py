"""Time as a seam: durations from `monotonic`, wall time for dates of certificates and for people."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the engine may know about time."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back. For durations and deadlines."""

    def now(self) -> datetime:
        """Wall time, aware, UTC. For certificate dates and display, never for durations."""

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the loop."""


class SystemClock:
    """The machine's own clocks."""

    def monotonic(self) -> float:
        """Seconds from `time.monotonic`, the clock that asyncio's timeouts use too."""
        return time.monotonic()

    def now(self) -> datetime:
        """The wall clock in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the seam itself

    async def sleep(self, seconds: float) -> None:
        """`asyncio.sleep`."""
        await asyncio.sleep(seconds)


class FakeClock:
    """A clock that moves only when told to, or when somebody sleeps on it."""

    def __init__(self, now: datetime) -> None:
        """Start at `now` (aware), with `monotonic` at 0."""
        self._now = now
        self._monotonic = 0.0

    def monotonic(self) -> float:
        """Seconds advanced so far."""
        return self._monotonic

    def now(self) -> datetime:
        """The start plus what was advanced."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move both clocks forward."""
        self._monotonic += seconds
        self._now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Advance at once and let the other tasks run."""
        self.advance(seconds)
        await asyncio.sleep(0)
