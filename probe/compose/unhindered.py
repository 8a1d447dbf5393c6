"""What the interpreter does behind the back of a process that keeps running, and how to keep it from holding up runs.

Both were measured with a thousand paths: full collections of 50 to 90 ms several times a minute, and runs that took 40 ms for 2 ms of work while
another thread judged certificates, since each of their system calls gave the interpreter away and got it back 5 ms later.
"""

import contextlib
import gc
import sys
from collections.abc import Iterator
from typing import Final

SWITCH_S: Final = 0.0005
"""After so long a thread that computes hands the interpreter to one that waits for it; Python's own is 5 ms."""


_SELDOM: Final = (700, 10, 200)
"""As Python has it, so that what runs leave behind is looked for often and in small pieces; full collections, of 100 ms, a twentieth as often."""


@contextlib.contextmanager
def unhindered() -> Iterator[None]:
    """Within the block no full collection looks at what is there now, and no other thread holds up the event loop for long."""
    switched_s, thresholds = sys.getswitchinterval(), gc.get_threshold()
    gc.set_threshold(*_SELDOM)  # a start may have asked for fewer collections
    sys.setswitchinterval(SWITCH_S)
    settle()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(switched_s)


def settle() -> None:
    """What is in memory now lasts, and is not searched for garbage again; what lasted before and is garbage by now goes.

    Takes 100 ms and more where much is there: for the start, and for what happens as seldom as a reload.
    """
    gc.unfreeze()
    gc.collect()
    settle_more()


def settle_more() -> None:
    """The same at no cost, for what has come since; the little of it that is garbage stays until the next `settle`."""
    gc.freeze()
