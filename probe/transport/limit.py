"""How long to wait, phase after phase of one connection, with one timer for all of them.

`asyncio.timeout` sets a timer for each phase and cancels it again: seven times as much work, for what nearly never happens.
"""

import asyncio
from typing import Final

_TURNS: Final = 5
"""Of the loop: one to look at the sockets, the others until whoever waited has what it found."""


class Limit:
    """Cancels the task that is in a phase when the phase's end comes, as `asyncio.timeout_at` does. Moments are loop time.

    What has arrived by then counts. A loop that comes late to both, the answer and the end (this machine is busy, or the process was
    stopped), would otherwise call the other side silent that had answered in time.
    """

    def __init__(self) -> None:
        """No phase is under way."""
        self._until: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None
        self._asked_before = 0
        self._passed = False

    def begin(self, until: float) -> None:
        """A phase of the running task begins, which may last until then."""
        self._until = until
        self._task = asyncio.current_task()
        self._asked_before = self._task.cancelling() if self._task else 0
        if self._timer is None or until < self._timer.when():
            self._set(until)

    def end(self, error: BaseException | None) -> bool:
        """The phase has ended with `error`, or None; whether that is only our own cancellation, because it lasted too long."""
        self._until = None
        if not self._passed or self._task is None:
            return False
        self._passed = False
        return self._task.uncancel() <= self._asked_before and isinstance(error, asyncio.CancelledError)

    def close(self) -> None:
        """No phase follows."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self, until: float) -> None:
        self.close()
        self._timer = asyncio.get_running_loop().call_at(until, self._due, until)

    def _due(self, at: float) -> None:
        """The timer was set for this phase or an earlier one, which left it standing."""
        self._timer = None
        if self._until is None or self._task is None:
            return
        if at < self._until:
            self._set(self._until)
            return
        self._last_look(self._until, _TURNS)

    def _last_look(self, until: float, turns: int) -> None:
        """The sockets are looked at once more before the phase ends."""
        if self._until != until or self._task is None:
            return
        if turns:
            asyncio.get_running_loop().call_soon(self._last_look, until, turns - 1)
            return
        self._passed = True
        self._task.cancel()
