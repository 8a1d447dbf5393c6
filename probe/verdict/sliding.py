"""The success ratio of a window that moves with time, at a cost per run that does not grow with the window."""

from array import array


class SlidingRatio:
    """Passed runs among those that could tell within the last `window_s` seconds.

    Says what `probe.verdict.window.success_ratio` says of the same runs; memory is 9 bytes for each run in the window.
    """

    def __init__(self, window_s: float) -> None:
        """Start empty; `window_s` in seconds."""
        self._window_s = window_s
        self._ends = array("d")
        self._ups = array("b")
        self._first = 0
        self._passed = 0

    def add(self, at_s: float, *, up: bool) -> None:
        """Count a run that ended at `at_s` (monotonic seconds, never less than those before it)."""
        self._drop(at_s)
        self._ends.append(at_s)
        self._ups.append(up)
        self._passed += up

    def ratio(self, now_s: float) -> float | None:
        """The ratio at `now_s`, 0..1; None where no run that could tell ended within the window."""
        self._drop(now_s)
        count = len(self._ends) - self._first
        return self._passed / count if count else None

    def _drop(self, now_s: float) -> None:
        while self._first < len(self._ends) and self._ends[self._first] <= now_s - self._window_s:
            self._passed -= self._ups[self._first]
            self._first += 1
        # Given back in halves: deleting at the front each time would copy the window for every run.
        if self._first > len(self._ends) // 2:
            del self._ends[: self._first]
            del self._ups[: self._first]
            self._first = 0
