"""What was measured, and what is made of it."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement of many probes."""

    cpu_us: float
    """User and system microseconds for each probe."""
    per_second: float
    """Probes for each second on the wall."""

    @classmethod
    def of(cls, cpu_s: float, took_s: float, probes: int) -> "Figure":
        """From totals."""
        return cls(cpu_s / probes * 1e6, probes / took_s)


def median(figures: Sequence[Figure]) -> Figure:
    """The medians of both, each by itself."""
    return Figure(statistics.median(f.cpu_us for f in figures), statistics.median(f.per_second for f in figures))


def ratio(ours: Sequence[Figure], theirs: Sequence[Figure]) -> float:
    """The median of the rounds' own ratios of CPU: what disturbs a round disturbs both of its sides."""
    return statistics.median(one.cpu_us / other.cpu_us for one, other in zip(ours, theirs, strict=True))


def timed(what: Callable[[], None]) -> float:
    """Seconds on the wall."""
    began_s = time.perf_counter()
    what()
    return time.perf_counter() - began_s
