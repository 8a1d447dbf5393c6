"""A week in seconds: an event loop whose time moves only when nothing is left to do, and then to the next timer."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

_T = TypeVar("_T")
START = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)


class _Selector(selectors.DefaultSelector):
    """Instead of waiting, says how long it would have waited."""

    slept_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now; where that is nothing, time passes at once."""
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("every task waits for something that no timer will bring")
        if not ready and timeout:
            self.slept_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its `time` is the virtual one, in seconds from 0."""

    def __init__(self) -> None:
        """Begin at 0."""
        self._virtual = _Selector()
        self.jumped_s = 0.0
        super().__init__(self._virtual)

    def time(self) -> float:
        """All that was slept, and the jumps."""
        return self._virtual.slept_s + self.jumped_s


class VirtualClock:
    """`probe.model.clock.Clock` on the loop that runs; the wall clock can be set without the monotonic one noticing."""

    def __init__(self) -> None:
        """At `START`."""
        self.set_by = timedelta()

    def monotonic(self) -> float:
        """The loop's time."""
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        """The wall clock."""
        return START + timedelta(seconds=self.monotonic()) + self.set_by

    async def sleep(self, seconds: float) -> None:
        """Virtual."""
        await asyncio.sleep(seconds)


def suspend(seconds: float) -> None:
    """The machine sleeps (or the process is stopped): when it wakes, so much time has passed at once."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.jumped_s += seconds


def run_virtually(work: Coroutine[Any, Any, _T]) -> _T:
    """Run it to its end, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
