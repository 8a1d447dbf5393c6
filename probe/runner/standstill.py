"""Time that an action lost because this process did not get to it: a busy machine, a stopped process, a loop that was held up."""

import asyncio
from types import TracebackType
from typing import Final, Self

_TICK_S: Final = 0.5
"""So often a timer looks whether it comes in time; what ends sooner costs one timer."""
_USUAL_S: Final = 0.25
"""So late a timer may be of a loop that is well."""


class Standstill:
    """How late the loop came to its timers while the block lasted, added up."""

    def __init__(self) -> None:
        """Nothing is lost yet."""
        self.lost_s = 0.0

    def __enter__(self) -> Self:
        """Begin to look."""
        self._loop = asyncio.get_running_loop()
        self._next()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The last timer may be overdue, too."""
        self._timer.cancel()
        self._late()

    def _next(self) -> None:
        self._timer = self._loop.call_at(self._loop.time() + _TICK_S, self._tick)

    def _tick(self) -> None:
        self._late()
        self._next()

    def _late(self) -> None:
        late_s = self._loop.time() - self._timer.when()
        if late_s > _USUAL_S:
            self.lost_s += late_s
