"""When a path is down: by when it pages, because of what, and what must not."""

import pathlib

import pytest

from probe.monitoring.down import DOWN, DOWN_PROVEN, LATCHED
from tests.monitoring.timelines import Expected, Probe, Timeline, series

pytestmark = pytest.mark.server("promtool")
PAGE = {"environment": "prod", "path": "billing", "severity": "page"}
REFUSED = {**PAGE, "code": "5022", "reason": "tcp.refused"}
EXPIRED = {**PAGE, "code": "5023", "reason": "tls.client_cert.expired"}
MISMATCH = {**PAGE, "code": "5023", "reason": "tls.client_key.mismatch"}


def at(minute: int, alert: str, *firing: dict[str, str]) -> Expected:
    """What must be at a minute."""
    return Expected(minute, alert, firing)


def test_an_outage_pages_at_the_second_failed_run(tmp_path: pathlib.Path) -> None:
    """Not at the first, at the second, and until health has lasted for five minutes."""
    Timeline(probes=[Probe(outcomes="pprrrrpppppppppp")]).check(
        tmp_path,
        at(2, DOWN),
        at(3, DOWN, REFUSED),
        at(5, DOWN, REFUSED),
        at(9, DOWN, REFUSED),
        at(12, DOWN),
        at(5, DOWN_PROVEN),
    )


def test_one_failed_run_pages_nobody(tmp_path: pathlib.Path) -> None:
    """However often it happens, as long as the next one passes."""
    Timeline(probes=[Probe(outcomes="pprpprpprppppp")]).check(tmp_path, *(at(minute, DOWN) for minute in range(14)))


def test_a_reason_that_changes_is_the_same_alert(tmp_path: pathlib.Path) -> None:
    """From refused to a stalled handshake: counted in a row, told by the first of the two, once."""
    Timeline(probes=[Probe(outcomes="pprtttttttt")]).check(
        tmp_path, at(3, DOWN, {**PAGE, "code": "5023", "reason": "tls.handshake_timeout"})
    )
    Timeline(probes=[Probe(outcomes="pprrtttttt")]).check(
        tmp_path, *(at(minute, DOWN, REFUSED) for minute in range(3, 10))
    )


def test_runs_that_cannot_tell_neither_begin_an_outage_nor_end_one(tmp_path: pathlib.Path) -> None:
    """In its midst they change nothing; alone they say nothing."""
    Timeline(probes=[Probe(outcomes="pprruuuuuuuuurrp")]).check(tmp_path, *(at(m, DOWN, REFUSED) for m in range(3, 15)))
    Timeline(probes=[Probe(outcomes="ppuuuuuuuuuuu")]).check(tmp_path, *(at(m, DOWN) for m in range(13)))


def test_our_own_expired_certificate_pages_at_the_first_run(tmp_path: pathlib.Path) -> None:
    """It is proven by a date in a file of ours; the other alert stays out of it."""
    Timeline(probes=[Probe(outcomes="ppeeeep")]).check(
        tmp_path, at(1, DOWN_PROVEN), at(2, DOWN_PROVEN, EXPIRED), at(5, DOWN_PROVEN, EXPIRED), at(5, DOWN)
    )


def broken(values: list[float | None], instance: str = "a-0", location: str = "a") -> dict[str, str]:
    """Whether two readings of the identity agree."""
    where = {"environment": "prod", "location": location, "job": "paypath", "instance": instance}
    return series("paypath_identity_broken", values, **where, path="billing", name="billing")


def test_a_fault_of_our_files_pages_when_two_readings_agree(tmp_path: pathlib.Path) -> None:
    """Also where more runs than one fall into a copy in progress; not before, and not without."""
    probe = Probe(outcomes="ppkkkkp")
    Timeline(probes=[probe], more=[broken([0, 0, 0, 0, 1, 1, 0])]).check(
        tmp_path, at(2, DOWN_PROVEN), at(3, DOWN_PROVEN), at(3, DOWN), at(4, DOWN_PROVEN, MISMATCH), at(5, DOWN)
    )
    Timeline(probes=[probe], more=[broken([0] * 7)]).check(
        tmp_path, *(at(minute, alert) for minute in range(7) for alert in (DOWN, DOWN_PROVEN))
    )


def test_a_fault_that_becomes_proven_is_told_anew(tmp_path: pathlib.Path) -> None:
    """A new cause is a new alert: the certificate has expired, whatever was wrong before."""
    Timeline(probes=[Probe(outcomes="pprrreee")]).check(
        tmp_path, at(4, DOWN, REFUSED), at(4, DOWN_PROVEN), at(5, DOWN_PROVEN, EXPIRED)
    )


def test_two_locations_must_agree_where_there_are_two(tmp_path: pathlib.Path) -> None:
    """One alone is a ticket; both are a page; the only one is a page."""
    one = Probe(outcomes="pprrrrrrrr")
    other = Probe(outcomes="pppppprrrr", location="b", instance="b-0")
    ticket = {"environment": "prod", "path": "billing", "location": "a", "severity": "ticket"}
    Timeline(probes=[one, other]).check(
        tmp_path,
        at(5, DOWN),
        at(5, "PaypathLocationDown", {**ticket, "code": "5022", "reason": "tcp.refused"}),
        at(6, DOWN),
        at(7, DOWN, REFUSED),
        at(8, "PaypathLocationDown"),
    )


def test_locations_that_do_not_run_a_scenario_or_cannot_tell_have_no_vote(tmp_path: pathlib.Path) -> None:
    """Charges from one place page by its word alone; so does the only place that has a network."""
    charge = Probe(outcomes="pprrrr", scenario="card-charge")
    here, there = Probe(outcomes="pppppp"), Probe(outcomes="pppppp", location="b", instance="b-0")
    Timeline(probes=[charge, here, there]).check(tmp_path, at(2, DOWN), at(3, DOWN, REFUSED))
    blind = Probe(outcomes="uuuuuu", location="b", instance="b-0")
    Timeline(probes=[Probe(outcomes="pprrrr"), blind]).check(tmp_path, at(3, DOWN, REFUSED))


def test_two_causes_at_two_locations_are_one_outage(tmp_path: pathlib.Path) -> None:
    """That the places disagree about why does not make payments work."""
    there = Probe(outcomes="pprrrr", location="b", instance="b-0")
    Timeline(probes=[Probe(outcomes="ppeeee"), there]).check(tmp_path, at(2, DOWN_PROVEN), at(3, DOWN_PROVEN, EXPIRED))


def test_half_of_the_instances_must_agree_within_a_location(tmp_path: pathlib.Path) -> None:
    """One pod of three is a ticket of its own; two of four are the location."""
    healthy = [Probe(outcomes="pppppp", instance=f"a-{number}") for number in (1, 2)]
    pod = {"environment": "prod", "path": "billing", "location": "a", "instance": "a-0", "severity": "ticket"}
    Timeline(probes=[Probe(outcomes="pprrrr"), *healthy]).check(
        tmp_path,
        at(5, DOWN),
        at(5, "PaypathLocationDown"),
        at(5, "PaypathInstanceFailing", {**pod, "code": "5022", "reason": "tcp.refused"}),
    )
    more = Probe(outcomes="pprrrr", instance="a-3")
    Timeline(probes=[Probe(outcomes="pprrrr"), more, *healthy]).check(
        tmp_path, at(3, DOWN, REFUSED), at(5, "PaypathInstanceFailing")
    )


def test_two_paths_and_two_scenarios_do_not_mix(tmp_path: pathlib.Path) -> None:
    """Another path's second failure is not this one's; one failure each of two scenarios is no outage."""
    other = Probe(outcomes="pprppp", path="billing-eu")
    charge = Probe(outcomes="pprppp", scenario="card-charge")
    Timeline(probes=[Probe(outcomes="pprppp"), other, charge]).check(tmp_path, *(at(m, DOWN) for m in range(6)))


def test_one_page_for_all_scenarios_of_a_path(tmp_path: pathlib.Path) -> None:
    """An expired certificate breaks each of them."""
    names = ("mtls-handshake", "card-charge", "card-declined")
    Timeline(probes=[Probe(outcomes="ppeee", scenario=name) for name in names]).check(
        tmp_path, at(4, DOWN_PROVEN, EXPIRED)
    )


def test_what_may_only_open_a_ticket_opens_one(tmp_path: pathlib.Path) -> None:
    """The card network's unavailability, at the second run; never a page, also when a run then cannot tell."""
    ticket = {"environment": "prod", "path": "billing", "scenario": "mtls-handshake", "severity": "ticket"}
    why = {"code": "5026", "reason": "charge.issuer_unavailable"}
    Timeline(probes=[Probe(outcomes="ppdddduuu")]).check(
        tmp_path,
        *(at(minute, DOWN) for minute in range(9)),
        at(2, "PaypathScenarioFailing"),
        at(3, "PaypathScenarioFailing", {**ticket, **why}),
    )


def test_a_latched_path_pages_at_once(tmp_path: pathlib.Path) -> None:
    """A live-mode answer is never a matter of a second run."""
    latched = series("paypath_latched", [0, 1, 1], environment="prod", location="a", path="billing")
    Timeline(more=[latched]).check(
        tmp_path, at(0, LATCHED), at(1, LATCHED, {**PAGE, "code": "5026", "reason": "charge.live_mode"})
    )


def test_a_wrong_expectation_is_noticed(tmp_path: pathlib.Path) -> None:
    """Promtool really looks."""
    with pytest.raises(AssertionError, match="FAILED"):
        Timeline(probes=[Probe(outcomes="pppp")]).check(tmp_path, at(3, DOWN, REFUSED))
