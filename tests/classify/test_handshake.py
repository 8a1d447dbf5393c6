"""The judgement on a handshake as a whole: files first, then the way, the answer, the warnings."""

import pytest

from probe.classify.file_faults import FAULTS
from probe.classify.handshake import judge_handshake
from probe.classify.judgement import Judgement
from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence, Failure, Phase
from probe.model.identity import FileFault
from probe.model.network import Ended
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Passed, Unknown
from tests.classify.seen import (
    CATALOGUE,
    EARLY,
    EXPIRED,
    NOTHING,
    NOW,
    certificate,
    ended,
    handshake,
    identity,
    issuer,
    tls,
    wire,
)

UNASKED = tls(client_certificate_requested=False, client_certificate_sent=False)
NONE_SENT = tls(session_ticket=True, client_certificate_sent=False)


def _judge(seen: HandshakeObservation, **options: bool) -> Judgement:
    return judge_handshake(seen, CATALOGUE, at=NOW, **options)


def _failure(judgement: Judgement) -> Failure:
    assert isinstance(judgement.outcome, Failed)
    return judgement.outcome.failure


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"http": HttpAnswer(status=204)},
        {"http": None, "http_path": None, "phase": Phase.ACCEPT},
        {"identity": None, "tls": UNASKED},
        {"identity": None, "tls": NONE_SENT},
        {"identity": identity(key_path=None), "tls": NONE_SENT},
        {"identity": identity(key_path=None), "tls": UNASKED},
    ],
)
def test_what_passes_without_a_word(changes: dict[str, object]) -> None:
    """A peer that asks and lets us in without one is its own affair."""
    assert _judge(handshake(**changes)) == Judgement(Passed())


@pytest.mark.parametrize("fault", FileFault)
def test_an_unusable_identity_fails_with_its_own_reason(fault: FileFault) -> None:
    """Proven before a packet is sent; the handshake without it is evidence only."""
    own = identity(fault=fault, fault_path="/etc/x", fault_detail="mode 0000")
    failure = _failure(_judge(handshake(identity=own, tls=NONE_SENT)))
    assert (failure.reason, failure.confidence, failure.phase) == (f"tls.{fault}", Confidence.PROVEN, None)
    assert failure.blame is Blame.OURS
    assert failure.evidence.detail == "mode 0000"
    assert FAULTS[fault] in failure.summary
    assert "/etc/x" in failure.summary


def test_an_unusable_identity_names_its_file_and_what_else_is_wrong() -> None:
    """Not that no certificate was sent: that follows."""
    own = identity(certificate(**EXPIRED), fault=FileFault.KEY_MISMATCH)
    refused = ended(Phase.ACCEPT, Ended.ERROR, identity=own, tls=tls(116, client_certificate_sent=False))
    failure = _failure(_judge(refused))
    assert (failure.reason, failure.also) == ("tls.client_key.mismatch", ("tls.client_cert.expired",))
    assert "/etc/billing/tls/tls.key" in failure.summary
    down = ended(Phase.TCP, Ended.TIMED_OUT, identity=identity(fault=FileFault.CERTIFICATE_MISSING), tls=NOTHING)
    failure = _failure(_judge(down))
    assert (failure.reason, failure.also) == ("tls.client_cert.file_missing", ("tcp.connect_timeout",))
    assert "/etc/billing/tls/tls.crt" in failure.summary


def test_an_expired_certificate_that_is_accepted_is_a_warning() -> None:
    """Payments work: not an outage, but not well either."""
    judgement = _judge(handshake(http=HttpAnswer(status=200), identity=identity(certificate(**EXPIRED))))
    assert judgement.outcome == Passed()
    assert [w.reason for w in judgement.warnings] == ["certificate.expired_but_accepted"]
    assert "accepted it all the same" in judgement.warnings[0].summary
    assert judgement.warnings[0].certificate == certificate(**EXPIRED)


def test_a_certificate_from_the_future_that_is_not_refused_is_a_warning() -> None:
    """Our clock is behind, or the peer looks at no dates: two causes, so neither is named as the reason."""
    judgement = _judge(handshake(identity=identity(certificate(**EARLY))))
    assert judgement.outcome == Passed()
    assert [w.reason for w in judgement.warnings] == ["tls.client_cert.not_yet_valid"]
    assert "this machine's clock is behind, or it looks at no dates" in judgement.warnings[0].summary
    assert _judge(handshake(identity=identity(certificate(**EARLY)), tls=NONE_SENT)).warnings == ()


def test_acceptance_is_claimed_only_where_it_was_seen() -> None:
    """Nginx finishes the handshake with a certificate that it refuses: without an HTTP answer nobody knows."""
    unasked = _judge(handshake(http=None, http_path=None, identity=identity(certificate(**EXPIRED)))).warnings[0]
    assert unasked.reason == "certificate.expired"
    assert "nothing was asked that tells the rest" in unasked.summary
    assert "accepted it" not in unasked.summary
    forbidden = handshake(http=HttpAnswer(status=403), identity=identity(certificate(**EXPIRED)))
    told = _judge(forbidden, any_answer=True).warnings[0]
    assert told.reason == "certificate.expired"
    assert "HTTP 403" in told.summary


def test_an_expired_intermediate_that_is_accepted_is_a_warning_too() -> None:
    """The peer may hold a newer one of its own."""
    judgement = _judge(handshake(identity=identity(certificate(), issuer(**EXPIRED))))
    assert [w.certificate for w in judgement.warnings] == [issuer(**EXPIRED)]


def test_a_failing_health_path_keeps_the_warning() -> None:
    """The connector is broken, and our certificate has expired: both are said."""
    judgement = _judge(handshake(http=HttpAnswer(status=502), identity=identity(certificate(**EXPIRED))))
    assert _failure(judgement).reason == "connector.http_5xx"
    assert _failure(judgement).also == ()
    assert [w.reason for w in judgement.warnings] == ["certificate.expired"]


def test_a_peer_that_never_asks_is_a_warning_and_a_failure_where_required() -> None:
    """Mutual TLS was switched off there."""
    judgement = _judge(handshake(tls=UNASKED))
    assert judgement.outcome == Passed()
    assert [w.reason for w in judgement.warnings] == ["tls.client_cert.not_requested"]
    required = _judge(handshake(tls=UNASKED), certificate_required=True)
    assert (_failure(required).reason, required.warnings) == ("tls.client_cert.not_requested", ())
    without = _judge(handshake(tls=UNASKED, identity=None), certificate_required=True)
    assert _failure(without).reason == "tls.client_cert.not_requested"
    assert _judge(handshake(), certificate_required=True).outcome == Passed()


def test_an_expired_certificate_that_was_never_asked_for_was_not_accepted() -> None:
    """It was not sent at all."""
    judgement = _judge(handshake(tls=UNASKED, identity=identity(certificate(**EXPIRED))))
    assert [w.reason for w in judgement.warnings] == ["certificate.expired", "tls.client_cert.not_requested"]


@pytest.mark.parametrize(("status", "warned"), [(200, []), (302, []), (404, ["connector.http_4xx"])])
def test_any_answer_below_500_passes_where_that_is_asked_for(status: int, warned: list[str]) -> None:
    """`diagnose` without a path of its own."""
    judgement = _judge(handshake(http=HttpAnswer(status=status)), any_answer=True)
    assert judgement.outcome == Passed()
    assert [w.reason for w in judgement.warnings] == warned


def test_any_answer_does_not_mean_a_refusal_or_a_5xx() -> None:
    """nginx refuses by 400, and a 500 is a 500."""  # noqa: D403 - a name
    refused = HttpAnswer(status=400, body="The SSL certificate error")
    assert _failure(_judge(handshake(http=refused), any_answer=True)).reason == "tls.client_cert.rejected"
    assert _failure(_judge(handshake(http=HttpAnswer(status=500)), any_answer=True)).reason == "connector.http_5xx"


@pytest.mark.parametrize(
    "changes", [{"ended": Ended.NOT_STARTED}, {"ended": Ended.NOT_STARTED, "local_error": "no such file: ca.pem"}]
)
def test_our_own_tls_settings_stand_in_the_way(changes: dict[str, object]) -> None:
    """Nothing was sent."""
    failure = _failure(_judge(handshake(phase=Phase.TLS, http=None, tls=NOTHING, **changes)))
    assert (failure.reason, failure.blame) == ("tls.local_config", Blame.OURS)
    assert str(changes.get("local_error", "no TLS context")) in failure.summary


def test_our_own_verification_comes_before_what_the_peer_said() -> None:
    """Both refused: ours is proven."""
    seen = ended(Phase.TLS, Ended.ERROR, verify_code=10, tls=tls(42), presented=(wire(**EXPIRED),))
    assert _failure(_judge(seen)).reason == "tls.server_cert.expired"


def test_an_observation_that_contradicts_itself_is_our_bug() -> None:
    """Completed, and no handshake was finished: unknown, not failed."""
    judgement = _judge(handshake(http=None, tls=NOTHING, phase=Phase.TCP))
    assert isinstance(judgement.outcome, Unknown)
    assert judgement.outcome.failure.reason == "prober.bug"


def test_an_alert_after_a_completed_pass_without_an_answer_counts() -> None:
    """Whatever the driver called it."""
    assert _failure(_judge(handshake(http=None, tls=tls(44)))).reason == "tls.client_cert.revoked"


def test_who_refused_us_is_not_said_to_have_accepted_us() -> None:
    """A warning that the peer accepted an expired certificate stands beside no refusal of it."""
    gone = identity(certificate(**EXPIRED))
    judgement = _judge(ended(Phase.ACCEPT, Ended.ERROR, identity=gone, tls=tls(45)))
    assert (_failure(judgement).reason, judgement.warnings) == ("tls.client_cert.expired", ())


def test_that_a_certificate_was_wanted_takes_no_other_warning_away() -> None:
    """It has expired as well, and nobody asked for it."""
    judgement = _judge(handshake(identity=identity(certificate(**EXPIRED)), tls=UNASKED), certificate_required=True)
    assert _failure(judgement).reason == "tls.client_cert.not_requested"
    assert [(w.reason, "it was not sent" in w.summary) for w in judgement.warnings] == [("certificate.expired", True)]


def test_facts_that_contradict_each_other_are_our_own_bug() -> None:
    """Nothing is said of the path, and what was odd stands in the evidence."""
    outcome = _judge(handshake(tls=NOTHING, http=None, phase=Phase.TLS)).outcome
    assert isinstance(outcome, Unknown)
    assert outcome.failure.reason == "prober.bug"
    assert "failed in judging a handshake (ContradictoryObservation)" in outcome.failure.summary
    assert outcome.failure.evidence.detail == (
        "ContradictoryObservation: completed in phase tls without a finished handshake"
    )


def test_a_clock_that_disagrees_is_told_with_its_endpoint() -> None:
    """There may be several."""
    late = HttpAnswer(status=200, headers={"date": "Thu, 15 Jan 2026 11:00:00 GMT"})
    (warning,) = _judge(handshake(http=late)).warnings
    assert (warning.reason, "connector.internal:8443" in warning.summary) == ("prober.clock_skew", True)


def test_each_warning_names_its_certificate() -> None:
    """The one that it is about, which may be an issuer."""
    own = certificate(**EARLY)
    (early,) = _judge(handshake(identity=identity(own))).warnings
    (unasked,) = _judge(handshake(identity=identity(certificate()), tls=UNASKED)).warnings
    assert (early.reason, early.certificate) == ("tls.client_cert.not_yet_valid", own)
    assert (unasked.reason, unasked.certificate) == ("tls.client_cert.not_requested", certificate())
    assert unasked.summary == (
        "The connector connector.internal:8443 did not ask for a client certificate; "
        "CN=billing (serial 4f1c) in /etc/billing/tls/tls.crt was neither sent nor tested."
    )


def test_a_connector_that_calls_it_by_its_own_code_is_told_of_our_certificate() -> None:
    """With the certificate whose dates explain it. What it tells in a good answer is no failure."""
    gone = certificate(**EXPIRED)
    assert _judge(handshake(http=HttpAnswer(status=200, body='{"code": 5023}'))).outcome == Passed()
    answer = HttpAnswer(status=502, body='{"code": 5023}')
    failure = _failure(_judge(handshake(identity=identity(gone), http=answer)))
    assert (failure.reason, failure.certificate, failure.also) == (
        "tls.client_cert.expired",
        gone,
        ("connector.http_5xx",),
    )
