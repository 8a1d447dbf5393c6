"""Whether time grows as the input does, on any machine: the processor's time is measured, and ratios are judged."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

_TIMES: Final = 8
_SQUARE: Final = _TIMES**2 / 2
"""Linear work takes 8 times as long, quadratic work 64 times: half of that tells them apart on a busy machine."""
_LONG_ENOUGH_S: Final = 0.05
"""Shorter times are noise, and no harm."""
ENDLESS_S: Final = 20.0
"""Of the processor's time for one piece of work that takes milliseconds: as many as `make fuzz` gives one input."""


class EndlessError(Exception):
    """The work had not ended when its share of the processor's time was used up."""


def grows_as_its_input(work: Callable[[int], object], size: int, *, within_s: float = ENDLESS_S) -> bool:
    """Hold `work` on `size` bytes against `work` on an eighth of them, by the processor's time and the best of three.

    Raises EndlessError where it does not end within so much of that time.
    """
    whole = _took(work, size, within_s)
    return whole < _LONG_ENOUGH_S or whole < _SQUARE * _took(work, size // _TIMES, within_s)


def _took(work: Callable[[int], object], size: int, within_s: float) -> float:
    """Seconds of the processor's time, the best of three."""
    best = float("inf")
    for _ in range(3):
        with ending(within_s):
            best = min(best, processor_s(lambda: work(size)))
        if best < _LONG_ENOUGH_S:
            break
    return best


def processor_s(work: Callable[[], object]) -> float:
    """Seconds that this process spent on it, whatever else the machine did."""
    began = time.process_time()
    work()
    return time.process_time() - began


@contextlib.contextmanager
def ending(within_s: float = ENDLESS_S) -> Iterator[None]:
    """Break off what takes more of the processor's time, be it within a regular expression: those look for signals. In the main thread only."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise EndlessError(f"it had not ended after {within_s:g} s of the processor's time")

    before = signal.signal(signal.SIGVTALRM, stop)
    left_s, _ = signal.setitimer(signal.ITIMER_VIRTUAL, within_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        signal.setitimer(signal.ITIMER_VIRTUAL, left_s)
