"""When somebody is paged, reminded and told that it is over: transcripts of runs, and what holds for all of them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.model.failure import Confidence, Failure
from probe.model.paging import PageAction, PageRules, PathState, Seen
from probe.verdict.paging import cause_of, decide, dedup_key, narrowed
from tests.verdict.pages import EXPIRED, LIVE, PASS, REFUSED, START, STRIPE, TICKET, TIMEOUT, Path, What, failure


def test_a_proven_certificate_pages_on_the_first_run_and_once() -> None:
    """However often, and however many scenarios, it fails afterwards."""
    path = Path()
    assert path.runs(PASS, EXPIRED) == ["trigger"]
    assert path.runs(EXPIRED, EXPIRED) == []
    assert path.runs(EXPIRED, EXPIRED, scenario="card-charge") == []
    assert path.titles() == ["client certificate expired · 5023 · billing (staging)"]
    assert path.pages[0].dedup_key == "paypath/staging/billing/connection"


def test_one_refused_connection_wakes_nobody() -> None:
    """Also a proven one: the second run in a row tells."""
    path = Path()
    assert path.runs(PASS, REFUSED, PASS, REFUSED, PASS) == []
    assert path.runs(REFUSED, REFUSED) == ["trigger"]


def test_a_reason_that_changes_during_an_outage_does_not_page_again() -> None:
    """Refused, then timed out, then an expired certificate: one connection that does not work."""
    path = Path()
    assert path.runs(REFUSED, TIMEOUT, EXPIRED, REFUSED) == ["trigger"]
    assert path.runs(TIMEOUT, TIMEOUT, scenario="card-charge") == []


def test_another_cause_of_other_scenarios_pages_on_its_own() -> None:
    """Stripe fails for charges, then the connection for all."""
    path = Path()
    assert path.runs(STRIPE, STRIPE, scenario="card-charge") == ["trigger"]
    assert path.run(TIMEOUT, "card-charge") == []
    assert path.runs(TIMEOUT, TIMEOUT) == ["trigger"]
    assert [page.dedup_key.rpartition("/")[2] for page in path.pages] == ["stripe.api_error", "connection"]


def test_what_is_proven_is_told_even_of_a_scenario_that_fails_already() -> None:
    """Live mode is not to drown in an outage; the scenario's own incident goes on too."""
    path = Path()
    path.runs(STRIPE, STRIPE, scenario="card-charge")
    path.run(PASS, "card-charge")
    assert path.run(LIVE, "card-charge") == ["trigger"]
    assert path.run(PASS, "card-charge") == []
    assert path.run(PASS, "card-charge") == ["resolve", "resolve"]


def test_without_proven_the_second_run_tells() -> None:
    """`pages.proven: false`."""
    path = Path(PageRules(proven=False))
    assert path.run(EXPIRED) == []
    assert path.run(EXPIRED) == ["trigger"]


def test_half_of_the_runs_fail_and_never_two_in_a_row() -> None:
    """The share over the window pages; fewer runs than `samples` do not."""
    path = Path(PageRules(failures=3, samples=10))
    assert path.runs(*[REFUSED, PASS] * 4, REFUSED) == []
    assert path.runs(PASS, REFUSED) == ["trigger"]


def test_what_a_clock_that_was_set_back_has_seen_counts_no_more() -> None:
    """Its runs seem to come long after now, and would keep an incident open until the clock has caught up."""
    path = Path(PageRules(samples=4, window_s=100))
    assert path.runs(REFUSED, PASS, REFUSED, PASS, REFUSED) == ["trigger"]
    assert path.state.incidents[0].flaps
    path.run(PASS, after_s=-86400)
    assert path.runs(PASS, PASS, PASS) == ["resolve"]


def test_the_window_forgets() -> None:
    """Failures of long ago say nothing about now."""
    path = Path(PageRules(samples=4, window_s=100))
    path.runs(REFUSED, PASS, REFUSED, PASS)
    assert path.run(REFUSED, after_s=100) == []
    assert len(path.state.streaks["handshake"].samples) == 1


def test_what_could_not_tell_decides_nothing() -> None:
    """Neither up nor down, neither at the beginning nor at the end."""
    path = Path()
    assert path.runs(None, None, None, REFUSED, None, None) == []
    assert path.run(REFUSED) == ["trigger"]
    assert path.runs(None, None, PASS, None) == []
    assert path.run(PASS) == ["resolve"]


def test_a_failure_for_a_ticket_wakes_nobody_and_is_no_recovery() -> None:
    """It neither counts in the row nor ends it."""
    path = Path()
    assert path.runs(TICKET, TICKET, TICKET, TICKET) == []
    assert path.runs(REFUSED, TICKET, REFUSED) == ["trigger"]
    assert path.runs(PASS, TICKET, PASS) == []
    assert path.run(PASS) == ["resolve"]


def test_it_is_over_when_every_scenario_that_failed_passes_in_a_row() -> None:
    """One that passes does not speak for another; a relapse begins the row anew."""
    path = Path()
    path.runs(EXPIRED)
    path.runs(EXPIRED, scenario="card-charge")
    assert path.runs(PASS, PASS, PASS) == []
    assert path.runs(PASS, EXPIRED, PASS, scenario="card-charge") == []
    assert path.run(PASS, "other") == []
    assert path.run(PASS, "card-charge") == ["resolve"]
    assert path.pages[-1].title == "resolved: client certificate expired · 5023 · billing (staging)"
    assert path.pages[-1].scenarios == ("card-charge", "handshake")
    assert path.run(EXPIRED) == ["trigger"]


def test_it_is_said_again_while_it_lasts() -> None:
    """With the cause as it is known by then; what identifies it stays."""
    path = Path(PageRules(remind_every_s=60))
    path.runs(REFUSED, REFUSED)
    assert path.runs(REFUSED, REFUSED, REFUSED, REFUSED, REFUSED) == []
    assert path.run(EXPIRED) == ["remind"]
    assert path.pages[-1].title.startswith("still: client certificate expired")
    assert path.pages[-1].opened.reason == "tcp.refused"
    assert path.run(EXPIRED) == []


def test_maintenance_neither_pages_inside_nor_reminds_after() -> None:
    """What was open stays open, and its reminder is a whole interval after the end of the window."""
    path = Path(PageRules(remind_every_s=60))
    path.runs(REFUSED, REFUSED)
    for _ in range(20):
        assert path.run(REFUSED, quiet=PASS) == []
    assert path.runs(REFUSED, REFUSED, REFUSED, REFUSED, REFUSED) == []
    assert path.run(REFUSED) == ["remind"]


def test_what_fails_in_maintenance_counts_for_nothing_afterwards() -> None:
    """What still fails after it pages by what is seen after it."""
    path = Path()
    for _ in range(5):
        assert path.run(EXPIRED, quiet=PASS) == []
    path = Path()
    for _ in range(5):
        assert path.run(REFUSED, quiet=PASS) == []
    assert path.run(REFUSED) == []
    assert path.run(REFUSED) == ["trigger"]


def test_what_passes_in_maintenance_counts_for_nothing_afterwards_either() -> None:
    """Three passes of then and a failure of now would be a share of four runs."""
    path = Path(PageRules(samples=4))
    assert [path.run(PASS, quiet=True) for _ in range(3)] == [[], [], []]
    assert path.run(REFUSED) == []


def test_that_it_is_over_is_told_in_maintenance_too() -> None:
    """Nobody is woken by that."""
    path = Path()
    path.runs(REFUSED, REFUSED)
    assert path.run(PASS, quiet=PASS) == []
    assert path.run(PASS, quiet=PASS) == ["resolve"]


def test_what_is_no_longer_configured_ends() -> None:
    """It could never pass again; what still fails stays open."""
    path = Path()
    path.runs(STRIPE, STRIPE, scenario="card-charge")
    path.runs(REFUSED, REFUSED)
    path.runs(REFUSED, scenario="card-charge")
    here = Seen(environment="staging", location="here", path="billing", scenario="", at=path.now, up=None)
    state, pages = narrowed(path.state, here, {"handshake"})
    assert [page.opened.reason for page in pages] == ["stripe.api_error"]
    assert [sorted(each.passes) for each in state.incidents] == [["handshake"]]
    assert sorted(state.streaks) == ["handshake"]


def test_the_cause_is_the_hop_before_stripe_and_the_reason_beyond_it() -> None:
    """The first hop either works or does not."""
    assert {cause_of(each) for each in (EXPIRED, REFUSED, TIMEOUT)} == {"connection"}
    assert cause_of(STRIPE) == "stripe.api_error"
    assert len(dedup_key("e" * 300, "p", "c")) == 255


def test_a_failed_run_must_say_why() -> None:
    """Whoever makes `Seen` without a failure has a bug."""
    seen = Seen(environment="s", location="h", path="p", scenario="c", at=START, up=False)
    state, pages = decide(PathState(), seen, PageRules())
    assert not pages
    bare = Seen(environment="s", location="h", path="p", scenario="c", at=START, up=False, failure=EXPIRED)
    with pytest.raises(ValueError, match="names it"):
        decide(state, bare, PageRules())


OUTCOMES = st.sampled_from(
    [
        PASS,
        PASS,
        None,
        EXPIRED,
        REFUSED,
        TIMEOUT,
        STRIPE,
        LIVE,
        TICKET,
        failure("dns.nxdomain", confidence=Confidence.PROVEN),
    ]
)
RUNS = st.lists(
    st.tuples(OUTCOMES, st.sampled_from(["handshake", "card-charge"]), st.booleans(), st.floats(0, 4000)), max_size=40
)


@given(RUNS)
def test_pages_and_their_ends_alternate(runs: list[tuple[What, str, bool, float]]) -> None:
    """For every cause: one page, reminders, one end, and only then another page; an open incident for each, and none else."""
    path = Path()
    open_keys: set[str] = set()
    for what, scenario, quiet, after_s in runs:
        told = len(path.pages)
        path.run(what, scenario, quiet=quiet, after_s=after_s)
        for page in path.pages[told:]:
            match page.action.value:
                case "trigger":
                    assert page.dedup_key not in open_keys
                    open_keys.add(page.dedup_key)
                case "remind":
                    assert page.dedup_key in open_keys
                case _:
                    open_keys.remove(page.dedup_key)
            if page.action.value != "resolve":
                assert isinstance(what, Failure)
                assert not quiet
        assert {each.dedup_key for each in path.state.incidents} == open_keys


@given(RUNS)
def test_what_fails_for_long_is_open(runs: list[tuple[What, str, bool, float]]) -> None:
    """Whatever went before: after the configured failures in a row somebody has been told, and after passes of all it is over."""
    path = Path()
    for what, scenario, quiet, after_s in runs:
        path.run(what, scenario, quiet=quiet, after_s=after_s)
    path.runs(REFUSED, REFUSED)
    assert any(each.passes.get("handshake") == 0 for each in path.state.incidents)
    for scenario in ("handshake", "card-charge"):
        for _ in range(20):
            path.run(PASS, scenario, after_s=100)
    assert path.state.incidents == ()


def test_reminders_keep_their_distance() -> None:
    """Over an outage of a day there is one page and a reminder for each hour."""
    path = Path()
    path.runs(EXPIRED)
    began = path.now
    while path.now - began < timedelta(days=1):
        path.run(EXPIRED, after_s=300)
    assert [page.action.value for page in path.pages] == ["trigger", *["remind"] * 24]


def test_the_share_to_the_run() -> None:
    """Below the half, of as many runs as it takes: the tenth run pages, and half of ten is not below the half."""
    rules = PageRules(failures=3, samples=10, success_below=0.5)
    assert Path(rules).runs(*[REFUSED, PASS] * 4, REFUSED) == []
    assert Path(rules).runs(*[REFUSED, PASS] * 4, REFUSED, REFUSED) == ["trigger"]
    assert Path(rules).runs(*[PASS, REFUSED] * 5) == []


def test_what_ran_before_a_maintenance_still_counts_after_it() -> None:
    """The share is over the window; what ran within the maintenance is not in it."""
    path = Path(PageRules(failures=3, samples=10))
    assert path.runs(*[REFUSED, PASS] * 4, REFUSED) == []
    assert path.run(REFUSED, quiet=True) == []
    assert path.run(REFUSED) == ["trigger"]


def test_only_what_is_proven_pages_on_the_first_run() -> None:
    """A certificate that is only believed to be the cause takes a second one, as all else does."""
    believed = failure("tls.client_cert.expired", certified=True)
    assert Path().run(believed) == []
    assert Path().runs(believed, believed) == ["trigger"]


def test_a_page_says_where_and_since_when() -> None:
    """Every field of the first one, and of the one that ends it when its scenario is taken out of the configuration."""
    path = Path()
    path.run(EXPIRED)
    (page,) = path.pages
    assert (page.environment, page.location, page.path, page.scenarios) == (
        "staging",
        "here",
        "billing",
        ("handshake",),
    )
    assert page.opened_at == page.at == page.failing_since == path.now
    assert page.named.reason == page.opened.reason == EXPIRED.reason
    path.run(PASS, "card-charge")
    left, (over,) = narrowed(path.state, path.seen(PASS), {"card-charge"})
    assert (over.action, over.dedup_key, over.location) == (PageAction.RESOLVE, page.dedup_key, "here")
    assert (left.incidents, set(left.streaks), left.ended) == ((), {"card-charge"}, path.state.ended)


def test_what_was_over_stays_known_when_the_configuration_changes() -> None:
    """So that a second outage soon after the first is told as one that flaps."""
    path = Path()
    path.runs(EXPIRED, PASS, PASS)
    assert path.state.ended
    left, pages = narrowed(path.state, path.seen(PASS), {"handshake"})
    assert (left, pages) == (path.state, ())
