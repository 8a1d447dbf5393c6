"""Certificates that must last for a while yet."""

from dataclasses import replace
from datetime import timedelta

from probe.catalogue.catalogue import load
from probe.classify.lasting import judge_lasting
from probe.model.failure import Blame
from probe.model.observation import CertificatesObservation
from probe.model.outcome import Failed, Passed, Unknown
from probe.model.watch import Held, WatchedCertificate
from tests.support.watched import NOW, certificate, watched

CATALOGUE = load()
DAY_S = 86400.0
OURS = watched(certificate(not_after=NOW + timedelta(days=20)), Held.IDENTITY, ours=True, relied_on=True)
THEIRS = watched(certificate("CN=c.internal", not_after=NOW + timedelta(days=9)), Held.PEER, relied_on=True)


def seen(*entries: WatchedCertificate) -> CertificatesObservation:
    """What is known of the path."""
    return CertificatesObservation(started_at=NOW, path="billing", entries=entries)


def test_all_last() -> None:
    """Exactly so long is long enough."""
    assert judge_lasting(seen(OURS, THEIRS), 9 * DAY_S, CATALOGUE).outcome == Passed()


def test_the_first_to_end_is_named() -> None:
    """With who has to act on it, and what was asked for."""
    outcome = judge_lasting(seen(OURS, THEIRS), 14 * DAY_S, CATALOGUE).outcome
    assert isinstance(outcome, Failed)
    assert (outcome.failure.reason, outcome.failure.blame) == ("certificate.expiring", Blame.CONNECTOR)
    assert "CN=c.internal" in outcome.failure.summary
    assert outcome.failure.summary.endswith("the scenario asks for 14 days at least.")


def test_one_that_has_ended() -> None:
    """Has a reason of its own."""
    gone = watched(certificate(not_after=NOW - timedelta(days=1)), Held.IDENTITY, ours=True, relied_on=True)
    outcome = judge_lasting(seen(gone), DAY_S, CATALOGUE).outcome
    assert isinstance(outcome, Failed)
    assert (outcome.failure.reason, outcome.failure.blame) == ("certificate.expired", Blame.OURS)


def test_what_a_service_still_holds_counts() -> None:
    """A rotated file helps nobody while the old certificate is in use."""
    held = watched(
        certificate(not_after=NOW + timedelta(days=90)),
        Held.IDENTITY,
        ours=True,
        relied_on=True,
        not_in_use=NOW + timedelta(days=2),
    )
    outcome = judge_lasting(seen(held), 14 * DAY_S, CATALOGUE).outcome
    assert isinstance(outcome, Failed)
    assert "expires in 2 days" in outcome.failure.summary


def test_nothing_is_known() -> None:
    """Then nothing can be told: neither that they last nor that they do not."""
    outcome = judge_lasting(seen(), DAY_S, CATALOGUE).outcome
    assert isinstance(outcome, Unknown)


def test_on_the_second_of_its_end() -> None:
    """It is valid until then, and the second counts (RFC 5280, 4.1.2.5): it ends, and has not ended."""
    outcome = judge_lasting(seen(watched(certificate(not_after=NOW), Held.IDENTITY, ours=True)), 1.0, CATALOGUE).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == "certificate.expiring"


def test_two_that_end_together() -> None:
    """The first of them is named, whatever else they are."""
    for first, second in ((OURS, THEIRS), (THEIRS, OURS)):
        entries = [
            replace(one, certificate=replace(one.certificate, not_after=NOW))
            for one in (first, second)
            if one.certificate
        ]
        outcome = judge_lasting(seen(*entries), DAY_S, CATALOGUE).outcome
        assert isinstance(outcome, Failed)
        assert first.certificate is not None
        assert first.certificate.subject in outcome.failure.summary


def test_what_nothing_is_known_of() -> None:
    """The path, and what could not be done."""
    outcome = judge_lasting(seen(watched(None, unreadable="gone")), DAY_S, CATALOGUE).outcome
    assert isinstance(outcome, Unknown)
    told = f"{outcome.failure.summary} {outcome.failure.evidence.detail}"
    assert "nothing is known of the certificates of path billing" in told
    assert "NothingKnown" in told
    assert "judging certificates" in told
