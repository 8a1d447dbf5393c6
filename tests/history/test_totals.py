"""Counters of many short runs."""

import pathlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from probe.history.store import FILE_NAME, History
from probe.history.totals import KEPT, Total
from probe.history.trouble import HistoryError

NOW = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)
RUNS = Total(metric="paypath.runs", labels=(("path", "billing"), ("status", 502)), amount=1.0)
TOOK = Total(metric="paypath.run.duration", labels=(), bounds=(0.1, 1.0), counts=(0, 1, 0), amount=0.5)


def _add(directory: pathlib.Path, *grown: Total, at: datetime = NOW) -> tuple[Total, ...]:
    history = History.open(directory)
    try:
        return history.add_totals(grown, at=at)
    finally:
        history.close()


def test_each_process_adds_to_the_same_sums(tmp_path: pathlib.Path) -> None:
    """Counters by their labels, histograms bucket by bucket; what nobody added to stays."""
    assert _add(tmp_path, RUNS, TOOK) == (RUNS, TOOK)
    assert set(_add(tmp_path, replace(RUNS, amount=2.0))) == {replace(RUNS, amount=3.0), TOOK}
    sums = _add(tmp_path, replace(TOOK, counts=(1, 0, 2), amount=4.0))
    assert set(sums) == {replace(RUNS, amount=3.0), replace(TOOK, counts=(1, 1, 2), amount=4.5)}


def test_other_buckets_begin_anew(tmp_path: pathlib.Path) -> None:
    """A release with other bounds cannot add to the old ones."""
    other = replace(TOOK, bounds=(0.2, 1.0))
    _add(tmp_path, TOOK)
    assert _add(tmp_path, other) == (other,)


def test_what_nobody_adds_to_is_dropped_at_last(tmp_path: pathlib.Path) -> None:
    """A path that is configured no more does not stay on the page for ever."""
    _add(tmp_path, RUNS)
    assert set(_add(tmp_path, TOOK, at=NOW + KEPT)) == {RUNS, TOOK}
    assert _add(tmp_path, TOOK, at=NOW + KEPT + timedelta(seconds=1)) == (replace(TOOK, counts=(0, 2, 0), amount=1.0),)


def test_processes_that_begin_together_make_the_tables_once(tmp_path: pathlib.Path) -> None:
    """None of them finds a half-made file, and each one's count is there."""
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: _add(tmp_path, RUNS), range(6)))
    assert _add(tmp_path) == (replace(RUNS, amount=6.0),)


def test_a_damaged_row_is_told(tmp_path: pathlib.Path) -> None:
    """With the file, as everything that is wrong with it."""
    _add(tmp_path, RUNS)
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("UPDATE total SET labels = 'x'")
    connection.close()
    with pytest.raises(HistoryError, match="damaged"):
        _add(tmp_path, RUNS)
