"""A path that fails every now and then: somebody is paged once, and told since when."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from probe.model.paging import PageRules
from tests.verdict.pages import EXPIRED, LIVE, PASS, REFUSED, START, STRIPE, Path, What

RULES = PageRules()
BY_SHARE = PageRules(failures=10_000, proven=False)
"""Only the share pages."""


def test_one_failure_in_four_pages_once() -> None:
    """A run every two seconds for an hour: one page, and no end, with a reminder after the hour."""
    path = Path()
    for _ in range(450):
        for what in (REFUSED, PASS, PASS, PASS):
            path.run(what, after_s=2)
    assert [page.action.value for page in path.pages] == ["trigger"]


def test_it_is_over_when_the_share_has_recovered() -> None:
    """Ten passes in a row, and nine in ten of the window."""
    path = Path()
    path.runs(*[REFUSED, PASS, PASS, PASS] * 4)
    assert [page.action.value for page in path.pages] == ["trigger"]
    assert path.runs(*[PASS] * 23) == []
    assert path.run(PASS) == ["resolve"]
    assert path.pages[-1].since == START + timedelta(seconds=10)


def test_a_window_without_failures_has_recovered() -> None:
    """Rare runs: what has left the window says nothing any more, and ten passes in a row do."""
    path = Path()
    path.runs(*[REFUSED, PASS, PASS, PASS] * 4)
    assert [path.run(PASS, after_s=3600) for _ in range(7)] == [[], [], [], [], [], [], ["resolve"]]


def test_a_cause_that_comes_back_does_not_end_and_page_for_ever() -> None:
    """Two failures, two passes, and so on: the second page within the window stays open."""
    path = Path()
    path.runs(*[REFUSED, REFUSED, PASS, PASS] * 50)
    assert [page.action.value for page in path.pages] == ["trigger", "resolve", "trigger"]


def test_one_of_three_servers_with_an_expired_certificate_does_not_either() -> None:
    """What one run proves would else page every third run."""
    path = Path()
    path.runs(*[EXPIRED, PASS, PASS] * 50)
    assert [page.action.value for page in path.pages] == ["trigger", "resolve", "trigger"]


def test_a_second_outage_after_the_window_is_a_first_one() -> None:
    """It ends after two passes again."""
    path = Path()
    path.runs(REFUSED, REFUSED, PASS, PASS)
    path.run(PASS, after_s=RULES.window_s)
    assert path.runs(REFUSED, REFUSED, PASS, PASS) == ["trigger", "resolve"]


def test_one_failure_after_an_outage_wakes_nobody() -> None:
    """The outage is in the window still, but it was told."""
    path = Path()
    path.runs(*[REFUSED] * 30, PASS, PASS)
    assert path.runs(*[PASS] * 10, REFUSED, *[PASS] * 10) == []
    assert path.runs(REFUSED, REFUSED) == ["trigger"]
    assert path.pages[-1].since == path.now - timedelta(seconds=10)


def test_the_beginning_of_an_outage_does_not_flap() -> None:
    """The share pages before the row is long enough; nothing passed in between, so two passes end it."""
    path = Path(PageRules(failures=5))
    assert path.runs(*[PASS] * 10, REFUSED, REFUSED, REFUSED) == ["trigger"]
    assert path.runs(PASS, PASS) == ["resolve"]


def test_every_scenario_of_it_has_to_recover() -> None:
    """One that passes does not speak for another that goes on failing every now and then."""
    path = Path()
    for what in [REFUSED, PASS, PASS, PASS] * 4:
        path.run(what)
        path.run(what, "card-charge")
    path.runs(*[PASS] * 60)
    assert [page.action.value for page in path.pages] == ["trigger"]
    path.runs(*[PASS] * 30, scenario="card-charge")
    assert path.pages[-1].action.value == "resolve"


def test_one_that_runs_seldom_has_recovered_too() -> None:
    """Ten passes in a row of both; of the hourly one none is in the window when the other one passes."""
    path = Path()
    for what in [REFUSED, PASS, PASS, PASS] * 4:
        path.run(what)
        path.run(what, "card-charge")
    ends = [
        path.run(PASS, scenario, after_s=after_s)
        for _ in range(7)
        for scenario, after_s in (("card-charge", 1800.0), ("handshake", 1800.0))
    ]
    assert ends == [*[[]] * 13, ["resolve"]]


def test_the_pass_that_ended_it_belongs_to_what_is_over() -> None:
    """It is no run since then: one failure after it would else be half of all."""
    path = Path(PageRules(samples=2))
    assert path.runs(REFUSED, REFUSED, PASS, PASS) == ["trigger", "resolve"]
    assert path.run(REFUSED) == []


def test_it_fails_since_the_first_failure() -> None:
    """Not since the second run in a row; what is proven in a row of something else fails since it was seen."""
    path = Path()
    path.runs(PASS, REFUSED, REFUSED)
    assert path.pages[-1].since == START + timedelta(seconds=20)
    assert path.pages[-1].opened_at == START + timedelta(seconds=30)
    other = Path()
    other.runs(STRIPE, STRIPE, LIVE)
    assert [page.since - START for page in other.pages] == [timedelta(seconds=10), timedelta(seconds=30)]


OFTEN = st.sampled_from([PASS, PASS, PASS, PASS, REFUSED, EXPIRED])
RUNS = st.lists(st.tuples(OFTEN, st.sampled_from([2.0, 10.0, 90.0, 400.0])), max_size=150)


@given(RUNS)
def test_the_share_pages_at_most_once_in_ten_runs(runs: list[tuple[What, float]]) -> None:
    """Whatever fails when, and however often it is probed."""
    told = _told(Path(BY_SHARE), runs)
    assert all(later - earlier > BY_SHARE.samples for (earlier, _), (later, _) in pairwise(told))


@given(RUNS)
def test_no_sequence_pages_three_times_in_ten_runs(runs: list[tuple[What, float]]) -> None:
    """A second outage soon after the first is told; the third page of a window comes after ten passes in a row."""
    told = _told(Path(), runs)
    for (_, first), (second, _), (third, at) in zip(told, told[1:], told[2:], strict=False):
        assert third - second > RULES.samples or at - first > RULES.window_s


def _told(path: Path, runs: list[tuple[What, float]]) -> list[tuple[int, float]]:
    """Number and time (s) of each run that paged."""
    told = []
    for number, (what, after_s) in enumerate(runs):
        if "trigger" in path.run(what, after_s=after_s):
            told.append((number, (path.now - START).total_seconds()))
    return told
