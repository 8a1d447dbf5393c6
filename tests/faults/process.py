"""Faults of what the kernel gives a process: descriptors, memory, time on a processor."""

import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.faults.prober import Prober
from tests.faults.stand import Stand

MARGIN_MIB: Final = 16
"""What the process may still have; the stacks of two more threads take it up."""
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
def hardly_more_memory(_stand: Stand, prober: Prober) -> Iterator[None]:
    """The address space can grow by what a busy moment takes, and no further: with nothing at all C libraries crash."""
    pages = int(Path(f"/proc/{prober.pid}/statm").read_text(encoding="ascii").split()[0])
    with _limited(prober, resource.RLIMIT_AS, pages * resource.getpagesize() + (MARGIN_MIB << 20)):
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
