"""Notices a run that does not come back, and not one that only slept with the whole process."""

import asyncio
from collections.abc import Callable
from typing import Final

_BENEFIT_OF_DOUBT_S: Final = 5.0
"""After the process was stopped for a while all timers fire at once: a run that only slept ends within this time."""


class Watchdog:
    """Calls back once, after so many seconds of the loop's time, unless it is cancelled before."""

    def __init__(self, after_s: float, bark: Callable[[], None]) -> None:
        """Begin to wait. Needs a running loop."""
        self._loop = asyncio.get_running_loop()
        self._bark = bark
        self._timer = self._loop.call_later(after_s, self._once_more)

    def _once_more(self) -> None:
        self._timer = self._loop.call_later(_BENEFIT_OF_DOUBT_S, self._bark)

    def cancel(self) -> None:
        """The run is back."""
        self._timer.cancel()
