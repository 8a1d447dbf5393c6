"""Faults of what the kernel gives a process: descriptors, memory, time on a processor."""

import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.faults.prober import Prober
from tests.faults.stand import Stand

STOPS: Final = 3
STOPPED_S: Final = 2.5
"""Longer than a dozen intervals, and than any wait may last on the stand."""


@contextmanager
def _limited(prober: Prober, what: int, limit: int) -> Iterator[None]:
    """A soft limit, below what is in use: what is there stays, and nothing is added (prlimit(2))."""
    before = resource.prlimit(prober.pid, what)
    resource.prlimit(prober.pid, what, (limit, before[1]))
    try:
        yield
    finally:
        resource.prlimit(prober.pid, what, before)


@contextmanager
def no_descriptors(_stand: Stand, prober: Prober) -> Iterator[None]:
    """No file, no socket."""
    with _limited(prober, resource.RLIMIT_NOFILE, 3):
        yield


@contextmanager
def no_more_memory(_stand: Stand, prober: Prober) -> Iterator[None]:
    """The address space cannot grow by a page."""
    with _limited(prober, resource.RLIMIT_AS, 1):
        yield


@contextmanager
def stopped(_stand: Stand, prober: Prober) -> Iterator[None]:
    """It stands still, as a machine that sleeps or a frozen container does."""
    for _ in range(STOPS):
        prober.send(signal.SIGSTOP)
        time.sleep(STOPPED_S)
        prober.send(signal.SIGCONT)
        time.sleep(STOPPED_S / 4)
    yield
