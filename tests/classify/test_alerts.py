"""Every row of the rules for fatal alerts from the peer."""

from dataclasses import replace

import pytest

from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence, Failure, Phase
from probe.model.identity import FileFault
from probe.model.network import Ended
from probe.model.outcome import Failed
from probe.model.tls import AlertFrom, TlsFacts
from tests.classify.seen import (
    CATALOGUE,
    CLIENT_AUTH,
    EARLY,
    ENDPOINT,
    EXPIRED,
    NOTHING,
    NOW,
    SERVER_AUTH,
    alert,
    cause,
    certificate,
    ended,
    handshake,
    identity,
    issuer,
    request,
    root,
    tls,
)

UNSENT = {"client_certificate_sent": False, "client_certificate_answered": True}
NOT_OUR_TURN = {"established": False, "client_certificate_sent": False}
UNASKED = {"client_certificate_requested": False, "client_certificate_sent": False}
UNANSWERED = {
    "version": None,
    "established": False,
    "client_certificate_requested": None,
    "client_certificate_sent": False,
}
SENT_12 = {"version": "TLSv1.2", "established": False}
BELOW_ROOT = {"acceptable_cas": ("CN=Root",)}
IN_DATE = identity(certificate(), issuer())
GONE = identity(certificate(**EXPIRED))
SERVER_ONLY = identity(certificate(extended_key_usage=(SERVER_AUTH,)))

ROWS = [
    # Our certificate was sent, and our files show nothing.
    (42, {}, IN_DATE, "tls.client_cert.rejected", Confidence.PEER_ALERT),
    (43, {}, IN_DATE, "tls.client_cert.rejected", Confidence.PEER_ALERT),
    (44, {}, IN_DATE, "tls.client_cert.revoked", Confidence.PEER_ALERT),
    (45, {}, IN_DATE, "tls.client_cert.rejected_as_expired", Confidence.PEER_ALERT),
    (46, {}, IN_DATE, "tls.client_cert.rejected", Confidence.PEER_ALERT),
    (48, {}, IN_DATE, "tls.client_cert.unknown_ca", Confidence.PEER_ALERT),
    (49, {}, IN_DATE, "tls.client_cert.access_denied", Confidence.PEER_ALERT),
    (45, SENT_12, IN_DATE, "tls.client_cert.rejected_as_expired", Confidence.PEER_ALERT),
    (113, {}, IN_DATE, "tls.client_cert.rejected", Confidence.PEER_ALERT),
    (114, {}, IN_DATE, "tls.client_cert.rejected", Confidence.PEER_ALERT),
    # Our files explain it.
    (45, {}, GONE, "tls.client_cert.expired", Confidence.PROVEN),
    (42, {}, GONE, "tls.client_cert.expired", Confidence.PROVEN),
    (46, {}, GONE, "tls.client_cert.expired", Confidence.PROVEN),
    (40, SENT_12, GONE, "tls.client_cert.expired", Confidence.PROVEN),
    (45, {}, identity(certificate(), issuer(**EXPIRED)), "tls.client_cert.chain_expired", Confidence.PEER_ALERT),
    (
        45,
        {},
        identity(certificate(), issuer(), root(**EXPIRED)),
        "tls.client_cert.rejected_as_expired",
        Confidence.PEER_ALERT,
    ),
    (42, {}, identity(certificate(), issuer(), root(**EXPIRED)), "tls.client_cert.rejected", Confidence.PEER_ALERT),
    # A peer that says nothing of dates may hold a renewed issuer that it does not name.
    (
        45,
        BELOW_ROOT,
        identity(certificate(), issuer(**EXPIRED)),
        "tls.client_cert.chain_expired",
        Confidence.PEER_ALERT,
    ),
    (42, BELOW_ROOT, identity(certificate(), issuer(**EXPIRED)), "tls.client_cert.chain_expired", Confidence.INFERRED),
    (42, BELOW_ROOT, identity(certificate(), issuer(**EARLY)), "tls.client_cert.not_yet_valid", Confidence.INFERRED),
    (45, {}, identity(certificate(**EARLY)), "tls.client_cert.not_yet_valid", Confidence.PROVEN),
    (42, {}, identity(certificate(**EARLY)), "tls.client_cert.not_yet_valid", Confidence.PROVEN),
    (43, {}, SERVER_ONLY, "tls.client_cert.wrong_eku", Confidence.PROVEN),
    (42, {}, SERVER_ONLY, "tls.client_cert.wrong_eku", Confidence.INFERRED),
    (
        43,
        {},
        identity(certificate(extended_key_usage=(CLIENT_AUTH,))),
        "tls.client_cert.rejected",
        Confidence.PEER_ALERT,
    ),
    # What the peer says precisely is not overruled by another truth.
    (44, {}, GONE, "tls.client_cert.revoked", Confidence.PEER_ALERT),
    (48, {}, GONE, "tls.client_cert.unknown_ca", Confidence.PEER_ALERT),
    (43, {}, GONE, "tls.client_cert.rejected", Confidence.PEER_ALERT),
    (113, {}, GONE, "tls.client_cert.rejected", Confidence.PEER_ALERT),
    (114, {}, GONE, "tls.client_cert.rejected", Confidence.PEER_ALERT),
    # None was sent although one was asked for.
    (116, UNSENT, None, "tls.client_cert.missing", Confidence.PEER_ALERT),
    (40, UNSENT | SENT_12, None, "tls.client_cert.missing", Confidence.PEER_ALERT),
    (41, UNSENT, None, "tls.client_cert.missing", Confidence.PEER_ALERT),
    (42, UNSENT, None, "tls.client_cert.missing", Confidence.PEER_ALERT),
    (45, UNSENT, None, "tls.alert.certificate_expired", Confidence.PEER_ALERT),
    (49, UNSENT, None, "tls.client_cert.access_denied", Confidence.PEER_ALERT),
    # The request was not answered yet.
    (40, NOT_OUR_TURN | {"version": "TLSv1.2"}, None, "tls.alert.handshake_failure", Confidence.PEER_ALERT),
    (42, NOT_OUR_TURN, IN_DATE, "tls.alert.bad_certificate", Confidence.PEER_ALERT),
    # None was asked for: the alert cannot speak of ours.
    (45, UNASKED, IN_DATE, "tls.alert.certificate_expired", Confidence.PEER_ALERT),
    (49, UNASKED, IN_DATE, "tls.alert.access_denied", Confidence.PEER_ALERT),
    (114, UNASKED, IN_DATE, "tls.alert.bad_certificate_hash_value", Confidence.PEER_ALERT),
    (114, UNSENT, None, "tls.alert.bad_certificate_hash_value", Confidence.PEER_ALERT),
    (111, {}, IN_DATE, "tls.alert.certificate_unobtainable", Confidence.PEER_ALERT),  # of a URL, and we send none
    (41, {}, IN_DATE, "tls.alert.no_certificate", Confidence.PEER_ALERT),
    (116, UNASKED, IN_DATE, "tls.alert.certificate_required", Confidence.PEER_ALERT),
    (116, {}, IN_DATE, "tls.alert.certificate_required", Confidence.PEER_ALERT),
    (45, UNANSWERED, IN_DATE, "tls.alert.certificate_expired", Confidence.PEER_ALERT),
    # Protocol.
    (40, UNANSWERED, IN_DATE, "tls.no_shared_cipher_or_params", Confidence.PEER_ALERT),
    (71, UNANSWERED, IN_DATE, "tls.no_shared_cipher_or_params", Confidence.PEER_ALERT),
    (40, UNASKED, IN_DATE, "tls.alert.handshake_failure", Confidence.PEER_ALERT),
    (40, SENT_12, IN_DATE, "tls.alert.handshake_failure", Confidence.PEER_ALERT),
    (71, UNASKED, IN_DATE, "tls.alert.insufficient_security", Confidence.PEER_ALERT),
    (70, UNANSWERED, IN_DATE, "tls.protocol_version", Confidence.PEER_ALERT),
    (80, UNANSWERED, IN_DATE, "tls.peer_internal_error", Confidence.PEER_ALERT),
    (112, UNANSWERED, IN_DATE, "tls.sni_refused", Confidence.PEER_ALERT),
    (120, UNANSWERED, IN_DATE, "tls.alpn_mismatch", Confidence.PEER_ALERT),
    (51, {}, IN_DATE, "tls.alert.decrypt_error", Confidence.PEER_ALERT),
    (255, {}, IN_DATE, "tls.failed", Confidence.PEER_ALERT),
]


def _judged(number: int, said: dict[str, object], own: object) -> Failure:
    seen = ended(
        Phase.TLS, Ended.ERROR, tls=tls(number, **said), identity=own, presented=(), causes=(cause("SSLError"),)
    )
    outcome = judge_handshake(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    return outcome.failure


@pytest.mark.parametrize(("number", "said", "own", "reason", "confidence"), ROWS)
def test_each_row(number: int, said: dict[str, object], own: object, reason: str, confidence: Confidence) -> None:
    """Alert, what had been said before it, and our own files give one reason and how sure it is."""
    failure = _judged(number, said, own)
    assert (failure.reason, failure.confidence, failure.evidence.alert) == (reason, confidence, number)


def test_an_expired_certificate_is_named_with_file_serial_date_age_and_what_to_do() -> None:
    """The incident's own case."""
    failure = _judged(45, {}, GONE)
    assert failure.summary == (
        "The client certificate CN=billing (serial 4f1c) in /etc/billing/tls/tls.crt expired 2 minutes ago, at "
        "2026-01-15T14:28:00Z; the connector connector.internal:8443 refused it with the TLS alert certificate_expired "
        "(45): issue a new one, and try it with `paypath preflight` before it is rolled out."
    )
    assert failure.certificate == certificate(**EXPIRED)
    assert failure.code == 5023


def test_an_expired_intermediate_is_told_from_the_leaf() -> None:
    """The leaf is fine, and the text says which one is not."""
    failure = _judged(45, {}, identity(certificate(), issuer(**EXPIRED)))
    assert failure.certificate == issuer(**EXPIRED)
    assert "The issuer of the client certificate, CN=Issuing" in failure.summary


def test_what_else_our_files_prove_is_listed() -> None:
    """A precise complaint keeps its place, the dates go into `also`."""
    assert _judged(48, {}, GONE).also == ("tls.client_cert.expired",)
    both = identity(certificate(extended_key_usage=(SERVER_AUTH,), **EXPIRED), issuer(**EXPIRED))
    failure = _judged(45, {}, both)
    assert failure.reason == "tls.client_cert.expired"
    assert failure.also == ("tls.client_cert.chain_expired", "tls.client_cert.wrong_eku")


def test_access_denied_without_a_certificate_does_not_speak_of_one() -> None:
    """None was sent: what is denied is access without one."""
    summary = _judged(49, UNSENT, None).summary
    assert summary.startswith("No client certificate was sent; the connector connector.internal:8443 refused us with")
    assert summary.endswith("(49): without one nobody is authorised there.")


@pytest.mark.parametrize(
    ("own", "why"),
    [
        (None, "no identity is configured"),
        (identity(), "was not sent, because it fits nothing that the peer asked for"),
        (identity(key_path=None), "has no private key"),
    ],
)
def test_a_missing_certificate_says_why_it_was_not_sent(own: object, why: str) -> None:
    """Not configured, only watched, or not fitting."""
    assert why in _judged(116, UNSENT, own).summary


def test_a_missing_certificate_whose_files_are_broken_is_their_fault() -> None:
    """That none was sent is only the consequence."""
    failure = _judged(116, UNSENT, identity(fault=FileFault.KEY_MISMATCH))
    assert (failure.reason, failure.also) == ("tls.client_key.mismatch", ())


def test_only_a_fatal_alert_of_the_peer_counts() -> None:
    """A warning, or our own alert, does not end a handshake for the peer."""
    facts = TlsFacts(alerts=(alert(112, fatal=False), alert(48, sender=AlertFrom.US)))
    outcome = judge_handshake(ended(Phase.TLS, Ended.EOF, tls=facts), CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == "tls.closed_by_peer"


@pytest.mark.parametrize(
    ("name", "facts", "reason"),
    [
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", NOTHING, "tls.client_cert.missing"),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", NOTHING, "tls.client_cert.rejected"),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", tls(), "tls.client_cert.rejected"),
        ("TLSV1_ALERT_UNKNOWN_CA", NOTHING, "tls.client_cert.unknown_ca"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", NOTHING, "tls.protocol_version"),
    ],
)
def test_a_call_without_a_record_is_judged_by_openssls_name(name: str, facts: TlsFacts, reason: str) -> None:
    """It does not know our files: alert 45 alone does not prove expiry."""
    seen = request(
        phase=Phase.WAIT, ended=Ended.ERROR, answer=None, tls=facts, causes=(cause("SSLError", ssl_reason=name),)
    )
    outcome = judge_http(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == reason
    assert outcome.failure.confidence is Confidence.PEER_ALERT
    why = f"The connector {ENDPOINT} asks for a client certificate and none was sent; it "
    assert outcome.failure.summary.startswith(why) == (reason == "tls.client_cert.missing")


@pytest.mark.parametrize(
    ("status", "number", "reason"),
    [
        (400, 45, "tls.client_cert.rejected_as_expired"),
        (503, 44, "tls.client_cert.revoked"),
        (404, 49, "tls.client_cert.access_denied"),
        (404, 80, None),
        (200, 45, None),
    ],
)
def test_an_alert_beside_an_answer(status: int, number: int, reason: str | None) -> None:
    """An error with a refusal of our certificate is that refusal; a page that came whole, and any other alert, is judged by the page."""
    seen = handshake(http=HttpAnswer(status=status), tls=tls(number))
    outcome = judge_handshake(seen, CATALOGUE, at=NOW, any_answer=True).outcome
    assert (outcome.failure.reason if isinstance(outcome, Failed) else None) == reason


@pytest.mark.parametrize(("facts", "told"), [({}, True), (UNANSWERED, False)])
def test_an_internal_error_right_after_our_certificate(facts: dict[str, object], told: bool) -> None:  # noqa: FBT001 - a table's column
    """Apache says so of a chain that is longer than it allows (measured): a hint, as a fault of its own is as likely."""
    outcome = judge_handshake(ended(Phase.TLS, Ended.ERROR, tls=tls(80, **facts)), CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == "tls.peer_internal_error"
    assert ("`SSLVerifyDepth`" in outcome.failure.summary) == told


@pytest.mark.parametrize(
    ("number", "own", "says"),
    [
        (114, IN_DATE, "ours is not among them: a peer that pins what it accepts so has to be told of a new one"),
        (114, GONE, "Our certificate has expired all the same: renew it too."),
        (113, IN_DATE, "nothing is said against the certificate"),
        (41, IN_DATE, "it got no client certificate, although ours was sent"),
        (116, IN_DATE, "it got no client certificate, although ours was sent"),
        (40, IN_DATE, "it may have refused our client certificate"),
        (51, IN_DATE, "it knows a CA of the issuer's name with another key"),
    ],
)
def test_what_other_alerts_say_after_our_certificate(number: int, own: object, says: str) -> None:
    """Pins after a rotation, an OCSP answer, a certificate that did not arrive, a CA that was given a new key."""
    assert says in _judged(number, {}, own).summary
    assert says not in _judged(number, UNASKED, own).summary


@pytest.mark.parametrize("number", [42, 45, 48, 114, 116])
def test_a_call_that_was_ended_before_a_certificate_was_asked_for(number: int) -> None:
    """Its record shows an alert and nothing else: no certificate of ours can have been refused or missed."""
    said = TlsFacts(alerts=(alert(number),))
    outcome = judge_http(request(answer=None, ended=Ended.ERROR, phase=Phase.TCP, tls=said), CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason.startswith("tls.alert.")


@pytest.mark.parametrize(
    ("facts", "how", "own", "reason"),
    [
        (SENT_12, Ended.EOF, IN_DATE, "tls.client_cert.rejected_as_expired"),
        (SENT_12, Ended.RESET, GONE, "tls.client_cert.expired"),
        # It went on, so the warning was none of its end; and before our turn nothing of ours can be meant.
        (SENT_12, Ended.TIMED_OUT, IN_DATE, "tls.handshake_timeout"),
        (NOT_OUR_TURN, Ended.EOF, IN_DATE, "tls.closed_by_peer"),
    ],
)
def test_a_warning_about_our_certificate_before_it_hangs_up(
    facts: dict[str, object], how: Ended, own: object, reason: str
) -> None:
    """Under TLS 1.2 the level of these alerts is the peer's choice (RFC 5246 7.2.2); that it hangs up then says the rest."""
    said = tls(**facts, alerts=(alert(45, fatal=False),))
    outcome = judge_handshake(ended(Phase.TLS, how, tls=said, identity=own), CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == reason


def test_the_words_of_an_alert() -> None:
    """The name that was asked for where the peer does not serve it; a number that nobody has assigned."""
    unserved = _judged(112, UNANSWERED, None).summary.partition("(112): ")[2]
    assert ENDPOINT.server_name in unserved
    assert "with the alert unassigned (255): see its log." in _judged(255, {}, IN_DATE).summary


def test_a_site_that_was_not_named() -> None:
    """An address is no server name, so none was sent: that it serves none by that name would be false."""
    endpoint = replace(ENDPOINT, server_name="198.51.100.7")
    seen = replace(ended(Phase.TLS, Ended.ERROR, tls=tls(112, **UNANSWERED)), endpoint=endpoint)
    outcome = judge_handshake(seen, CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.reason == "tls.sni_refused"
    assert outcome.failure.summary.endswith(
        "none was named: 198.51.100.7 is an address, which is no server name (RFC 6066)."
    )
    outcome = judge_handshake(replace(seen, tls=tls(80, **UNANSWERED)), CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.summary.endswith("internal_error (80): a fault of its own.")


def test_the_words_of_a_missing_certificate() -> None:
    """Why there was none, in a whole sentence, and the certificate that might have been."""
    told = _judged(116, UNSENT, identity())
    assert told.certificate == identity().certificates[0]
    assert "answered with the TLS alert certificate_required (116)" in told.summary
    assert (
        "asks for a client certificate and there is none here to show: no identity is configured; it"
        in _judged(116, UNSENT, None).summary
    )
