"""Which of the two names the cause: the call, or the handshake made right after it."""

import pytest

from probe.classify import prober
from probe.classify.judgement import Judgement
from probe.classify.reconcile import names_cause, reconcile
from probe.model.failure import Confidence, Evidence, Failure, Phase, StripeError
from probe.model.outcome import Failed, Passed, Unknown
from tests.classify.seen import CATALOGUE


def _made(reason: str, detail: str = "", **changes: object) -> Failure:
    facts = {
        "phase": Phase.WAIT,
        "confidence": Confidence.PROVEN,
        "summary": f"About {reason}.",
        "evidence": Evidence(detail=detail),
    }
    return CATALOGUE.failure(reason, **(facts | changes))


def _reconciled(call: str, shaken: str) -> str:
    return reconcile(_made(call), Judgement(Failed(_made(shaken))), CATALOGUE).reason


@pytest.mark.parametrize(
    ("call", "shaken"),
    [
        # A lasting cause explains whatever the call saw of it.
        ("connector.timeout", "tls.client_cert.expired"),
        ("connector.closed_after_handshake", "tls.client_cert.expired"),
        ("tls.client_cert.rejected", "tls.client_cert.expired"),
        ("tls.client_cert.rejected", "tls.client_cert.rejected_as_expired"),
        ("tls.client_cert.missing", "tls.client_key.mismatch"),
        ("tls.client_cert.unknown_ca", "tls.client_cert.chain_incomplete"),
        ("tls.server_cert.invalid", "tls.server_cert.expired"),
        ("stripe.api_connection_error", "tls.server_cert.expired"),
        ("tls.failed", "tls.crl.expired"),
        # What aiohttp cannot tell, a handshake can.
        ("tcp.connect_timeout", "tls.handshake_timeout"),
        ("tls.failed", "tls.not_tls"),
        ("tls.reset_by_peer", "tcp.reset"),
        ("stripe.api_connection_error", "dns.nxdomain"),
        ("connector.failed", "tcp.refused"),
    ],
)
def test_the_handshake_explains(call: str, shaken: str) -> None:
    """Its reason is reported, and the call's stands in `also`."""
    result = reconcile(_made(call), Judgement(Failed(_made(shaken))), CATALOGUE)
    assert (result.reason, result.also) == (shaken, (call,))


@pytest.mark.parametrize(
    ("call", "shaken"),
    [
        # The call got further than the handshake: another moment, another trouble.
        ("connector.timeout", "tcp.refused"),
        ("connector.http_5xx", "dns.timeout"),
        ("connector.timeout", "connector.http_5xx"),
        # The call has a lasting cause of its own.
        ("tls.server_cert.expired", "tls.client_cert.expired"),
        ("tls.server_cert.expired", "tcp.refused"),
        ("tls.client_cert.revoked", "tls.client_cert.rejected"),
        # The handshake knows no more.
        ("tls.reset_by_peer", "tls.failed"),
        ("dns.nxdomain", "tcp.refused"),
    ],
)
def test_the_call_stands(call: str, shaken: str) -> None:
    """The handshake's reason stands in `also`."""
    result = reconcile(_made(call), Judgement(Failed(_made(shaken))), CATALOGUE)
    assert (result.reason, result.also) == (call, (shaken,))


def test_the_same_reason_takes_the_richer_evidence() -> None:
    """The handshake's certificate and text, with the call's own error kept."""
    call = _made(
        "tls.client_cert.unknown_ca", "aiohttp", evidence=Evidence(detail="aiohttp", stripe=StripeError(type="x"))
    )
    shaken = _made("tls.client_cert.unknown_ca", "alert 48", also=("tls.client_cert.expired",))
    result = reconcile(call, Judgement(Failed(shaken)), CATALOGUE)
    assert (result.reason, result.also) == ("tls.client_cert.unknown_ca", ("tls.client_cert.expired",))
    assert result.evidence == Evidence(detail="alert 48 | call: aiohttp", stripe=StripeError(type="x"))


def test_a_handshake_that_passed_leaves_the_call_and_adds_its_warnings() -> None:
    """An expired certificate that was accepted is worth knowing."""
    warning = _made("certificate.expired_but_accepted")
    result = reconcile(_made("connector.timeout"), Judgement(Passed(), (warning,)), CATALOGUE)
    assert (result.reason, result.also) == ("connector.timeout", ("certificate.expired_but_accepted",))


def test_a_handshake_that_could_not_tell_changes_nothing() -> None:
    """Unknown is no explanation."""
    call = _made("connector.timeout")
    unknown = Unknown(prober.bug("KeyError", "x", "here", CATALOGUE))
    assert reconcile(call, Judgement(unknown), CATALOGUE) == call


SAID = Evidence(observed_code=5023, http_status=503)
"""What a connector answered that calls its trouble 5023."""


def test_its_own_code_is_explained_by_the_handshake() -> None:
    """The connector says 5023; the handshake shows why, and what was answered stays in the evidence."""
    call = _made("connector.unexpected_answer", evidence=SAID)
    found = reconcile(call, Judgement(Failed(_made("tls.client_cert.expired"))), CATALOGUE)
    assert found.summary == "The connector says 5023; the handshake shows why. About tls.client_cert.expired."
    assert (found.reason, found.evidence.observed_code, found.evidence.http_status) == (
        "tls.client_cert.expired",
        5023,
        503,
    )
    assert found.also == ("connector.unexpected_answer",)


def test_a_code_for_something_else_is_not_explained_by_it() -> None:
    """It calls its trouble a charge's: that the handshake fails now is told, and not as the cause."""
    call = _made("connector.http_4xx", evidence=Evidence(observed_code=5026, http_status=404))
    found = reconcile(call, Judgement(Failed(_made("tls.client_cert.expired"))), CATALOGUE)
    assert found.summary == "The connector says 5026; a handshake right after it fails. About tls.client_cert.expired."


def test_its_own_code_beside_a_handshake_that_says_no_more() -> None:
    """One that passes is said to; one that fails in the same way adds nothing."""
    call = _made("connector.http_5xx", evidence=SAID)
    passed = reconcile(call, Judgement(Passed(), (_made("certificate.expiring"),)), CATALOGUE)
    assert passed.summary.endswith("The connector says 5023; a handshake on the same path right after it passes.")
    assert passed.also == ("certificate.expiring",)
    same = reconcile(call, Judgement(Failed(_made("connector.http_5xx"))), CATALOGUE)
    assert same.summary == "About connector.http_5xx."


def test_what_names_a_cause() -> None:
    """A failure for what stands as long as nobody changes it."""
    assert names_cause(Judgement(Failed(_made("tls.client_cert.expired"))))
    assert not names_cause(Judgement(Failed(_made("connector.timeout"))))
    assert not names_cause(Judgement(Passed()))
