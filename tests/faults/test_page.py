"""What the page says without anything being played."""

from dataclasses import asdict

from tests.faults.killed import Killed
from tests.faults.means import MEANS
from tests.faults.page import KILLED, page, read_last
from tests.faults.play import Happened
from tests.faults.table import FAULTS


def test_every_fault_was_played_and_kept_its_promise() -> None:
    """The last figures are of all faults, and of kills by the dozen; none is false, and nothing is lost that may not be."""
    last = read_last()
    assert set(last) == {fault.name for fault in FAULTS} | {KILLED}
    for fault in FAULTS:
        assert last[fault.name]["wrong"] == []
        assert {what for what, count in last[fault.name]["lost"].items() if count} <= fault.loses
    assert last[KILLED]["wrong"] == []
    assert last[KILLED]["kills"] >= 50


def test_what_a_fault_needs_can_be_asked() -> None:
    """By its name."""
    assert {need for fault in FAULTS for need in (*fault.needs, *fault.setting.needs)} == set(MEANS)


def test_what_was_false_or_lost_would_stand_on_the_page() -> None:
    """The page is no advertisement."""
    bad = Happened(
        fault="disk-full", runs=3, outcomes={"failed": 1, "passed": 2}, wrong=["x"], lost={"history": 2, "pages": 1}
    )
    text = page({"disk-full": {**asdict(bad), "day": "2026-01-15"}})
    assert "3 runs in 0.0 s (1 failed, 2 passed; **false: 1**), 0.0 s the longest gap; 2026-01-15" in text
    assert "2 runs of the history, 1 pages |" in text
    assert text.count("not played yet") == len(FAULTS)
    killed = {**asdict(Killed(kills=60, runs=900, pages=8, wrong=["the latch is gone"])), "day": "x", "python": "3"}
    assert "the latch is gone; 0 pages came twice" in page({KILLED: killed})
