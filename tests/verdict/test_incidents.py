"""From runs to incidents: where each begins and ends, what caused it, and how long everything took."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.model.failure import Failure
from probe.model.incident import PastIncident, RecordedPage, RecordedRun
from probe.model.paging import PageAction
from probe.model.watch import Rotation
from probe.verdict.incidents import incidents
from tests.verdict.pages import CERTIFICATE, EXPIRED, REFUSED, START, TIMEOUT, failure

UNSURE = failure("prober.offline")


def run_at(at_s: float, what: Failure | None = None, scenario: str = "handshake", path: str = "billing") -> RecordedRun:
    """A run that ended so many seconds after the start."""
    word = "passed" if what is None else "unknown" if what is UNSURE else "failed"
    return RecordedRun(
        run_id=f"{at_s}{scenario}{path}",
        scenario=scenario,
        path=path,
        started_at=START + timedelta(seconds=at_s - 1),
        duration_s=1.0,
        outcome=word,
        code=what.code if what else None,
        reason=what.reason if what else None,
        confidence=what.confidence.value if what else None,
        summary=what.summary if what else None,
        certificate=what.certificate if what else None,
    )


def page_at(
    at_s: float, action: PageAction = PageAction.TRIGGER, *, path: str = "billing", sinks: int = 1
) -> RecordedPage:
    """A page that was decided so many seconds after the start, and taken half a second later."""
    return RecordedPage(
        decided_at=START + timedelta(seconds=at_s),
        at=START + timedelta(seconds=at_s + 0.5 * (sinks > 0)),
        delivered=sinks > 0,
        path=path,
        action=action,
        title=f"a page ({action.value})",
        code=5023,
        reason=EXPIRED.reason,
        sinks=("chat",) * sinks,
    )


def _events(found: PastIncident) -> list[tuple[float, str]]:
    return [((event.at - START).total_seconds(), event.event.value) for event in found.timeline]


def test_an_expired_certificate_from_its_end_to_the_last_pass() -> None:
    """The certificate's own end is the beginning; everything is counted from there. START is its notAfter."""
    runs = [
        run_at(-30),
        run_at(10, EXPIRED),
        run_at(40, EXPIRED),
        run_at(45, EXPIRED, "card-charge"),
        run_at(100),
        run_at(130),
    ]
    runs += [run_at(145, None, "card-charge"), run_at(160), run_at(445, None, "card-charge")]
    rotation = Rotation("billing", START + timedelta(seconds=95), CERTIFICATE, CERTIFICATE)
    pages = [page_at(12), page_at(446, PageAction.RESOLVE), page_at(445, PageAction.RESOLVE), page_at(13, path="other")]
    (found,) = incidents(runs, pages, [rotation])
    assert (found.began_at, found.began_exactly) == (START, True)
    assert (found.seconds_to_detect, found.seconds_to_name, found.seconds_to_page) == (10, 10, 12.5)
    assert found.seconds_to_recover == 145
    assert (found.runs_failed, found.runs_unknown, found.scenarios) == (3, 0, ("card-charge", "handshake"))
    assert (found.code, found.reason, found.certificate) == (5023, "tls.client_cert.expired", CERTIFICATE)
    assert _events(found) == [
        (10, "first_failure"),
        (10, "named"),
        (12.5, "page"),
        (95, "rotation"),
        (100, "first_success"),
        (145, "recovered"),
        (445.5, "page"),
    ]


def test_a_cause_that_is_found_later_is_named_later() -> None:
    """First it only timed out. When it broke is not known exactly: not before the last pass."""
    (found,) = incidents([run_at(-20), run_at(10, TIMEOUT), run_at(20, REFUSED), run_at(30, TIMEOUT)])
    assert (found.began_at, found.began_exactly) == (START - timedelta(seconds=20), False)
    assert (found.reason, found.seconds_to_detect, found.seconds_to_name) == ("tcp.refused", 30, 40)
    assert found.timeline[0].text == "handshake failed: It is connector.timeout."
    assert (found.recovered_at, found.first_success_at, found.seconds_to_recover) == (None, None, None)
    assert found.seconds_to_page is None


def test_who_broke_it_knows_when() -> None:
    """A drill's own moment goes before everything else."""
    (found,) = incidents([run_at(-20), run_at(10, TIMEOUT)], began_at=START + timedelta(seconds=4))
    assert (found.seconds_to_detect, found.began_exactly) == (6, True)


def test_nothing_is_known_of_before() -> None:
    """No pass before it, and a certificate that is not what ended: no duration is made up."""
    (found,) = incidents([run_at(10, REFUSED), run_at(20)])
    assert (found.began_at, found.seconds_to_detect, found.seconds_to_recover) == (None, None, None)
    (expired,) = incidents([run_at(10, EXPIRED)])
    assert expired.began_at == START
    (late,) = incidents([run_at(5), run_at(10, EXPIRED)])
    assert (late.began_at, late.began_exactly) == (START + timedelta(seconds=5), False)


def test_incidents_are_told_apart() -> None:
    """Two passes in a row end one; one pass in between does not; another path has its own."""
    runs = [
        run_at(10, REFUSED),
        run_at(12, None, "other"),
        run_at(20),
        run_at(30, REFUSED),
        run_at(40),
        run_at(50),
        run_at(60, TIMEOUT),
        run_at(70),
        run_at(80),
    ]
    runs += [run_at(15, REFUSED, path="other")]
    found = incidents(runs)
    assert [(each.path, each.runs_failed, each.reason) for each in found] == [
        ("billing", 2, "tcp.refused"),
        ("other", 1, "tcp.refused"),
        ("billing", 1, "connector.timeout"),
    ]
    assert found[0].recovered_at == START + timedelta(seconds=40)


def test_what_could_not_be_told_is_no_outage() -> None:
    """It is an incident of its own kind, which ends when something can be told, also a failure."""
    found = incidents([run_at(0), run_at(10, UNSURE), run_at(20, UNSURE), run_at(30, REFUSED), run_at(40), run_at(50)])
    assert [(each.outcome, each.runs_failed, each.runs_unknown) for each in found] == [
        ("unknown", 0, 2),
        ("failed", 1, 0),
    ]
    assert found[0].recovered_at == START + timedelta(seconds=30)
    assert found[0].timeline[0].text == "handshake could not tell"
    assert found[1].recovered_at == START + timedelta(seconds=40)


def test_a_run_of_an_old_release_may_say_little() -> None:
    """Columns that were not there yet are empty."""
    bare = RecordedRun(
        run_id="a",
        scenario="handshake",
        path="billing",
        started_at=START,
        duration_s=0.0,
        outcome="failed",
        code=None,
        reason=None,
        confidence=None,
        summary=None,
    )
    (found,) = incidents([bare], [page_at(0, sinks=0)])
    assert (found.code, found.reason, found.confidence, found.summary) == (0, "", "", "")
    assert [event.text for event in found.timeline] == [
        "handshake failed",
        "failed",
        "a page (trigger) (not delivered yet)",
    ]
    assert found.paged_at is None


@pytest.mark.parametrize("runs", [[], [run_at(1)], [run_at(1), run_at(2)]])
def test_nothing_happened(runs: list[RecordedRun]) -> None:
    """No incident is made of passes."""
    assert incidents(runs) == ()


HISTORIES = st.lists(
    st.tuples(
        st.sampled_from([None, None, REFUSED, EXPIRED, UNSURE]),
        st.sampled_from(["handshake", "card-charge"]),
        st.sampled_from(["billing", "other"]),
    ),
    max_size=40,
)


@given(HISTORIES)
def test_every_failure_belongs_to_exactly_one_incident(history: list[tuple[Failure | None, str, str]]) -> None:
    """Whatever happens in whichever order; and in each the times follow each other."""
    runs = [run_at(10.0 * n, what, scenario, path) for n, (what, scenario, path) in enumerate(history)]
    found = incidents(runs)
    assert sum(each.runs_failed for each in found) == sum(run.outcome == "failed" for run in runs)
    assert sum(each.runs_unknown for each in found) == sum(run.outcome == "unknown" for run in runs)
    for each in found:
        assert each.detected_at <= each.named_at
        assert each.began_at is None or each.began_at <= each.detected_at
        if each.recovered_at is not None:
            assert each.first_success_at is not None
            assert each.detected_at < each.first_success_at <= each.recovered_at
        assert [event.at for event in each.timeline] == sorted(event.at for event in each.timeline)


def test_what_stands_in_the_timeline() -> None:
    """Each event with its number, its reason and its sentence."""
    runs = [run_at(10, EXPIRED), run_at(11, EXPIRED, "card-charge"), run_at(100), run_at(130, None, "card-charge")]
    rotation = Rotation("billing", START + timedelta(seconds=95), CERTIFICATE, CERTIFICATE)
    (found,) = incidents(runs, [page_at(12, sinks=2), page_at(131, PageAction.RESOLVE, sinks=0)], [rotation])
    told = [(event.code, event.reason, event.text) for event in found.timeline]
    expired = (5023, "tls.client_cert.expired")
    assert told == [
        (*expired, "handshake failed"),
        (*expired, "It is tls.client_cert.expired."),
        (*expired, "a page (trigger) (to chat, chat)"),
        (None, None, "identity billing has a new certificate, good until 2026-01-15 14:28:00Z (serial 01)"),
        (None, None, "handshake passed"),
        (None, None, "all pass: card-charge, handshake"),
        (*expired, "a page (resolve) (not delivered yet)"),
    ]
    assert found.confidence == "proven"


def test_the_surest_cause_with_a_certificate_leads() -> None:
    """Before what happened more often; and of equals, what happened more often."""
    sure = failure("tls.server_cert.expired", certified=True)
    (found,) = incidents([run_at(1, REFUSED), run_at(2, REFUSED), run_at(3, sure), run_at(4, REFUSED)])
    assert found.reason == "tls.server_cert.expired"
    other = failure("tcp.connect_timeout")
    for whats in ([TIMEOUT, other, TIMEOUT], [other, TIMEOUT, TIMEOUT]):
        (often,) = incidents([run_at(at_s, what) for at_s, what in enumerate(whats)])
        assert often.reason == "connector.timeout"
    old = replace(run_at(1, other), confidence=None)  # of a release that did not write it down
    (inferred,) = incidents([old, run_at(2, TIMEOUT)])
    assert inferred.reason == "connector.timeout"


def test_a_rotation_before_the_first_failure_may_be_what_broke_it() -> None:
    """It stands in the timeline from the last pass on; where none is known, from the first failure on."""
    rotations = [Rotation("billing", START + timedelta(seconds=at_s), CERTIFICATE, CERTIFICATE) for at_s in (5, 15)]
    (found,) = incidents([run_at(0), run_at(10, REFUSED)], rotations=rotations)
    assert _events(found) == [(5, "rotation"), (10, "first_failure"), (10, "named"), (15, "rotation")]
    (first,) = incidents([run_at(10, REFUSED)], rotations=rotations)
    assert _events(first) == [(10, "first_failure"), (10, "named"), (15, "rotation")]


def test_only_a_certificate_that_expired_says_when_it_broke() -> None:
    """Not one that is refused for another cause, though it ended in between; nor a list that ended."""
    refused = failure("tls.client_cert.wrong_eku", certified=True)
    for what in (refused, failure("tls.crl.expired")):
        (found,) = incidents([run_at(-30), run_at(10, what)])
        assert (found.began_at, found.began_exactly) == (START - timedelta(seconds=30), False)


@pytest.mark.parametrize(("before", "first", "exact"), [(0, 10, True), (1, 10, False), (-5, 0, True), (-5, -1, False)])
def test_which_end_of_a_certificate_is_the_beginning(before: float, first: float, exact: bool) -> None:  # noqa: FBT001 - a row of a table
    """One not before the last pass, nor after the first failure. START is its notAfter."""
    (found,) = incidents([run_at(before), run_at(first, EXPIRED)])
    assert found.began_exactly is exact
    assert found.began_at == (START if exact else START + timedelta(seconds=before))
