"""Faults of our own files: one reading wakes nobody, for a copy may be in progress."""

from dataclasses import replace
from datetime import timedelta

import pytest

from probe.model.failure import Confidence
from probe.model.identity import FileFault
from probe.model.paging import PageRules, Seen
from probe.verdict.paging import decide
from tests.verdict.pages import PASS, START, Path, failure, named

FAULTS = [failure(f"tls.{fault}", confidence=Confidence.PROVEN, certified=True) for fault in FileFault]
TORN = FAULTS[0]


@pytest.mark.parametrize("what", FAULTS, ids=[each.reason for each in FAULTS])
def test_the_second_reading_pages(what: object) -> None:
    """Whichever fault it is, and although it is proven."""
    path = Path()
    assert path.runs(PASS, what, PASS, what) == []  # type: ignore[arg-type]
    assert path.run(what) == ["trigger"]  # type: ignore[arg-type]


def test_two_readings_within_five_seconds_are_one() -> None:
    """A run every two seconds sees the same copy more than once."""
    path = Path()
    assert [path.run(TORN, after_s=2) for _ in range(4)] == [[], [], [], ["trigger"]]


def _confirmed(path: Path, rules: PageRules) -> list[str]:
    again = Seen(
        environment="staging",
        location="here",
        path="billing",
        scenario="handshake",
        at=path.now,
        up=False,
        failure=TORN,
        named=named(TORN),
        confirmed=True,
    )
    path.state, pages = decide(path.state, again, rules)
    return [page.action.value for page in pages]


def test_reading_them_again_is_enough_and_is_no_run() -> None:
    """It fails since the run, and the row is no longer for it."""
    path = Path()
    assert path.run(TORN) == []
    before = path.state.streaks
    assert _confirmed(path, path.rules) == ["trigger"]
    assert path.state.streaks == before
    assert path.state.incidents[0].failing_since == START + (path.now - START)
    assert _confirmed(path, path.rules) == []


def test_without_proven_only_runs_count() -> None:
    """`pages.proven: false` waits for the row."""
    path = Path(PageRules(proven=False))
    path.run(TORN)
    assert _confirmed(path, path.rules) == []
    assert path.run(replace(TORN)) == ["trigger"]


def test_exactly_five_seconds_are_enough() -> None:
    """From when the first run began to when the next one does, not to when it ended."""
    path = Path()
    assert [path.run(TORN, after_s=5) for _ in range(2)] == [[], ["trigger"]]
    slow = Path()
    assert slow.run(TORN) == []
    again = replace(slow.seen(TORN), at=slow.now + timedelta(seconds=9), began=slow.now + timedelta(seconds=4))
    state, pages = decide(slow.state, again, slow.rules)
    assert pages == ()
    later = replace(again, at=slow.now + timedelta(seconds=9), began=slow.now + timedelta(seconds=5))
    assert [page.action.value for page in decide(slow.state, later, slow.rules)[1]] == ["trigger"]
    assert state.streaks["handshake"].failures == 2
