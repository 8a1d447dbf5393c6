"""Certificates that must last for a while yet."""

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
