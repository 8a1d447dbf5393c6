"""What many short runs have counted together: each adds what it has counted itself, and reads the sum."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from probe.history.moments import text_of

KEPT: Final = timedelta(days=35)
"""Of a series that nobody has added to: its path or scenario is no longer run."""

Label = tuple[str, str | int | float | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """One series of a counter, or of a histogram where it has `counts`."""

    metric: str
    """Its OpenTelemetry name."""
    labels: tuple[Label, ...]
    """Sorted by name."""
    bounds: tuple[float, ...] = ()
    """Upper bounds of the buckets, without the last, which is infinite."""
    counts: tuple[int, ...] = ()
    """Of each bucket alone, one more than `bounds`."""
    amount: float
    """What a counter has counted, or the sum of a histogram."""

    def plus(self, more: "Total") -> "Total":
        """Both together. Where the buckets are others than before, the series begins anew: Prometheus takes that for a restart."""
        if self.bounds != more.bounds or len(self.counts) != len(more.counts):
            return more
        counts = tuple(a + b for a, b in zip(self.counts, more.counts, strict=True))
        return Total(
            metric=self.metric, labels=self.labels, bounds=self.bounds, counts=counts, amount=self.amount + more.amount
        )


def add(connection: sqlite3.Connection, grown: Iterable[Total], *, at: datetime) -> tuple[Total, ...]:
    """Add what was counted, in one transaction; gives every sum. Raises sqlite3.Error, ValueError for what is damaged."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM total WHERE grown_at < ?", (text_of(at - KEPT),))
        rows = connection.execute("SELECT metric, labels, bounds, counts, amount FROM total")
        sums = {(total.metric, total.labels): total for total in map(_total, rows)}
        grown = tuple(grown)
        for more in grown:
            key = more.metric, more.labels
            sums[key] = sums[key].plus(more) if key in sums else more
        touched = (sums[more.metric, more.labels] for more in grown)
        connection.executemany(
            "INSERT OR REPLACE INTO total VALUES (?,?,?,?,?,?)", (_row(total, text_of(at)) for total in touched)
        )
    return tuple(sums.values())


def _total(row: tuple[str, str, str, str, float]) -> Total:
    metric, labels, bounds, counts, amount = row
    return Total(
        metric=metric,
        labels=tuple((name, value) for name, value in json.loads(labels)),
        bounds=tuple(json.loads(bounds)),
        counts=tuple(json.loads(counts)),
        amount=amount,
    )


def _row(total: Total, at: str) -> tuple[str, str, str, str, float, str]:
    labels, bounds, counts = json.dumps(total.labels), json.dumps(total.bounds), json.dumps(total.counts)
    return total.metric, labels, bounds, counts, total.amount, at
