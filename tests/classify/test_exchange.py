"""Every row of the rules for handshakes that ended without an alert, and for exchanges without a whole answer."""

import pytest

from probe.classify.exchange import BROKEN_ANSWERS, BROKEN_TLS, SSL_REASONS
from probe.classify.handshake import judge_handshake
from probe.classify.http import judge_http
from probe.classify.wording import described
from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence, Failure, Phase
from probe.model.network import Cause, Ended, TcpFacts
from probe.model.outcome import Failed
from probe.model.tls import AlertFrom, TlsFacts
from tests.classify.seen import (
    CATALOGUE,
    EXPIRED,
    NOTHING,
    NOW,
    SERVER_AUTH,
    alert,
    cause,
    certificate,
    ended,
    identity,
    request,
    tls,
)

GONE = identity(certificate(**EXPIRED))
TICKET = tls(session_ticket=True)
HALF = tls(version="TLSv1.2", established=False)
UNSENT_12 = tls(version="TLSv1.2", established=False, client_certificate_sent=False, client_certificate_answered=True)
NOT_OUR_TURN = tls(established=False, client_certificate_sent=False)
UNSENT = tls(client_certificate_sent=False)
UNASKED = tls(client_certificate_requested=False, client_certificate_sent=False)
DONE_12 = tls(version="TLSv1.2")
PROVEN, INFERRED = Confidence.PROVEN, Confidence.INFERRED


def _judged(phase: Phase, how: Ended, **changes: object) -> Failure:
    outcome = judge_handshake(ended(phase, how, **changes), CATALOGUE, at=NOW).outcome
    assert isinstance(outcome, Failed)
    return outcome.failure


UNFINISHED = [
    (Ended.TIMED_OUT, {"tls": NOTHING}, "tls.handshake_timeout", PROVEN),
    (Ended.RESET, {"tls": NOTHING}, "tls.reset_by_peer", PROVEN),
    (Ended.RESET, {"tls": NOTHING, "client_hello_sent": False}, "tcp.reset", PROVEN),
    (Ended.EOF, {"tls": NOTHING}, "tls.closed_by_peer", PROVEN),
    (Ended.EOF, {"tls": NOTHING, "client_hello_sent": False}, "tls.closed_by_peer", PROVEN),
    (Ended.ERROR, {"tls": NOTHING}, "tls.failed", PROVEN),
    # TLS 1.2: the end comes right after our certificate, or for want of one.
    (Ended.EOF, {"tls": HALF}, "tls.client_cert.rejected", INFERRED),
    (Ended.RESET, {"tls": HALF}, "tls.reset_by_peer", PROVEN),
    (Ended.EOF, {"tls": HALF, "identity": GONE}, "tls.client_cert.expired", INFERRED),
    (Ended.RESET, {"tls": HALF, "identity": GONE}, "tls.client_cert.expired", INFERRED),
    (
        Ended.EOF,
        {"tls": HALF, "identity": identity(certificate(extended_key_usage=(SERVER_AUTH,)))},
        "tls.client_cert.wrong_eku",
        INFERRED,
    ),
    (Ended.EOF, {"tls": UNSENT_12, "identity": None}, "tls.client_cert.missing", INFERRED),
    (Ended.RESET, {"tls": UNSENT_12, "identity": None}, "tls.client_cert.missing", INFERRED),
    (Ended.TIMED_OUT, {"tls": HALF, "identity": GONE}, "tls.handshake_timeout", PROVEN),
    # The request came, and the end before it could be answered: nobody can have missed a certificate.
    (Ended.EOF, {"tls": NOT_OUR_TURN}, "tls.closed_by_peer", PROVEN),
    (Ended.RESET, {"tls": NOT_OUR_TURN, "identity": GONE}, "tls.reset_by_peer", PROVEN),
    (Ended.RESET, {"tls": NOT_OUR_TURN, "identity": None}, "tls.reset_by_peer", PROVEN),
    # Not TLS.
    (Ended.ERROR, {"tls": NOTHING, "first_bytes": b"HTTP/1.1 400 Bad Request"}, "tls.not_tls", PROVEN),
    (Ended.EOF, {"tls": NOTHING, "first_bytes": b"220 mail ESMTP"}, "tls.not_tls", PROVEN),
    (Ended.TIMED_OUT, {"tls": NOTHING, "first_bytes": b"\x16\x04"}, "tls.not_tls", PROVEN),
    (Ended.TIMED_OUT, {"tls": NOTHING, "first_bytes": b"\x16"}, "tls.handshake_timeout", PROVEN),
    (
        Ended.ERROR,
        {"tls": NOTHING, "first_bytes": b"", "causes": (cause(ssl_reason="WRONG_VERSION_NUMBER"),)},
        "tls.not_tls",
        PROVEN,
    ),
    (Ended.ERROR, {"tls": NOTHING, "causes": (cause(ssl_reason="WRONG_VERSION_NUMBER"),)}, "tls.failed", PROVEN),
    # Our own side refused what came.
    (Ended.ERROR, {"tls": TlsFacts(alerts=(alert(50, sender=AlertFrom.US),))}, "tls.protocol_error", PROVEN),
    (Ended.ERROR, {"tls": TlsFacts(alerts=(alert(80, sender=AlertFrom.US),))}, "tls.failed", PROVEN),
    (Ended.ERROR, {"tls": TlsFacts(alerts=(alert(50, sender=AlertFrom.US, fatal=False),))}, "tls.failed", PROVEN),
]


@pytest.mark.parametrize(("how", "changes", "reason", "confidence"), UNFINISHED)
def test_each_end_of_an_unfinished_handshake(
    how: Ended, changes: dict[str, object], reason: str, confidence: Confidence
) -> None:
    """Without an alert only our own files, the first bytes and the way it ended speak."""
    failure = _judged(Phase.TLS, how, **changes)
    assert (failure.reason, failure.confidence, failure.phase) == (reason, confidence, Phase.TLS)


@pytest.mark.parametrize(("name", "reason"), SSL_REASONS.items())
def test_each_reason_with_which_openssl_itself_gives_up(name: str, reason: str) -> None:
    """Proven: it is our own side that says so."""
    failure = _judged(Phase.TLS, Ended.ERROR, tls=NOTHING, causes=(cause("SSLError", ssl_reason=name),))
    assert (failure.reason, failure.confidence) == (reason, PROVEN)


@pytest.mark.parametrize("number", sorted(BROKEN_TLS))
def test_each_alert_with_which_our_side_refuses_what_is_no_proper_tls(number: int) -> None:
    """Named by our own TLS library, so proven."""
    facts = TlsFacts(alerts=(alert(number, sender=AlertFrom.US),))
    failure = _judged(Phase.TLS, Ended.ERROR, tls=facts, causes=(cause("SSLError"),))
    assert (failure.reason, failure.confidence) == ("tls.protocol_error", PROVEN)
    assert f"refused it with the alert {number}" in failure.summary


def test_a_stalled_handshake_tells_silence_from_a_stop_half_way() -> None:
    """Zero bytes is another machine to look at than some bytes."""
    silent = _judged(Phase.TLS, Ended.TIMED_OUT, tls=NOTHING, bytes_received=0)
    stopped = _judged(Phase.TLS, Ended.TIMED_OUT, tls=NOTHING, bytes_received=90)
    assert "did not answer our ClientHello" in silent.summary
    assert "stopped half-way" in stopped.summary
    assert (silent.evidence.bytes_received, stopped.evidence.bytes_received) == (0, 90)


def test_what_our_dates_prove_is_said_of_any_failure_on_the_way() -> None:
    """A stalled handshake is not the certificate's doing, but the next one will fail over it."""
    assert _judged(Phase.TLS, Ended.TIMED_OUT, tls=NOTHING, identity=GONE).also == ("tls.client_cert.expired",)


AFTER = [
    # TLS 1.3: the peer has not judged our certificate yet.
    (Phase.ACCEPT, Ended.EOF, {"tls": tls()}, "tls.client_cert.rejected", INFERRED),
    (Phase.ACCEPT, Ended.RESET, {"tls": tls()}, "tls.reset_by_peer", PROVEN),
    (Phase.ACCEPT, Ended.EOF, {"tls": tls(), "identity": GONE}, "tls.client_cert.expired", INFERRED),
    (Phase.ACCEPT, Ended.RESET, {"tls": tls(), "identity": GONE}, "tls.client_cert.expired", INFERRED),
    (Phase.WAIT, Ended.RESET, {"tls": tls(), "identity": GONE}, "tls.client_cert.expired", INFERRED),
    (Phase.SEND, Ended.RESET, {"tls": tls(), "identity": GONE}, "tls.client_cert.expired", INFERRED),
    (Phase.ACCEPT, Ended.EOF, {"tls": UNSENT, "identity": None}, "tls.client_cert.missing", INFERRED),
    (Phase.WAIT, Ended.EOF, {"tls": UNSENT, "identity": None}, "connector.closed_after_handshake", PROVEN),
    (Phase.ACCEPT, Ended.TIMED_OUT, {"tls": tls()}, "tls.handshake_timeout", PROVEN),
    (Phase.ACCEPT, Ended.ERROR, {"tls": tls()}, "tls.failed", PROVEN),
    # It has, or there was none to judge.
    (Phase.ACCEPT, Ended.EOF, {"tls": TICKET}, "connector.closed_after_handshake", PROVEN),
    # Who looks at the certificate behind TLS may hang up on it before anything is asked: our own dates explain that.
    (Phase.ACCEPT, Ended.EOF, {"tls": TICKET, "identity": GONE}, "tls.client_cert.expired", INFERRED),
    (Phase.ACCEPT, Ended.EOF, {"tls": UNASKED}, "connector.closed_after_handshake", PROVEN),
    (Phase.WAIT, Ended.EOF, {"tls": tls()}, "connector.closed_after_handshake", PROVEN),
    (Phase.WAIT, Ended.EOF, {"tls": TICKET, "identity": GONE}, "tls.client_cert.expired", INFERRED),
    (Phase.WAIT, Ended.RESET, {"tls": DONE_12, "identity": GONE}, "tls.client_cert.expired", INFERRED),
    (Phase.RECEIVE, Ended.EOF, {"tls": DONE_12, "identity": GONE}, "connector.protocol_error", PROVEN),
    (Phase.SEND, Ended.TIMED_OUT, {}, "connector.timeout", PROVEN),
    (Phase.WAIT, Ended.TIMED_OUT, {}, "connector.timeout", PROVEN),
    (Phase.RECEIVE, Ended.TIMED_OUT, {}, "connector.timeout", PROVEN),
    (Phase.RECEIVE, Ended.EOF, {}, "connector.protocol_error", PROVEN),
    (Phase.RECEIVE, Ended.RESET, {}, "connector.protocol_error", PROVEN),
    (Phase.RECEIVE, Ended.ERROR, {"http": HttpAnswer(status=200)}, "connector.protocol_error", PROVEN),
    (Phase.WAIT, Ended.ERROR, {}, "connector.failed", PROVEN),
    (
        Phase.RECEIVE,
        Ended.ERROR,
        {"tls": tls(session_ticket=True, alerts=(alert(20, sender=AlertFrom.US),))},
        "tls.protocol_error",
        PROVEN,
    ),
]


@pytest.mark.parametrize(("phase", "how", "changes", "reason", "confidence"), AFTER)
def test_each_end_after_our_side_had_finished(
    phase: Phase, how: Ended, changes: dict[str, object], reason: str, confidence: Confidence
) -> None:
    """A hang-up is the certificate's doing only as long as the peer had not judged it."""
    failure = _judged(phase, how, **changes)
    assert (failure.reason, failure.confidence, failure.phase) == (reason, confidence, phase)


@pytest.mark.parametrize("phase", [Phase.ACCEPT, Phase.SEND, Phase.WAIT])
def test_a_hang_up_means_the_same_before_our_request_and_after_it(phase: Phase) -> None:
    """Which of them comes first is a race; that the connector hung up stays true beside what our dates make of it."""
    failure = _judged(phase, Ended.EOF, tls=TICKET, identity=GONE)
    assert (failure.reason, failure.confidence) == ("tls.client_cert.expired", INFERRED)
    assert failure.also == ("connector.closed_after_handshake",)
    unjudged = _judged(phase, Ended.EOF, tls=tls(), identity=GONE)
    assert (unjudged.reason, unjudged.confidence, unjudged.also) == ("tls.client_cert.expired", INFERRED, ())


SERVERS_ONLY = certificate(extended_key_usage=(SERVER_AUTH,))
TOLD = [
    ({"tls": UNSENT, "identity": None}, ("tls.client_cert.missing",), Blame.UNKNOWN, "and none was sent; who refuses"),
    (
        {"tls": UNSENT, "identity": GONE},
        ("tls.client_cert.missing", "tls.client_cert.expired"),
        Blame.UNKNOWN,
        "none was sent",
    ),
    (
        {"tls": TICKET, "identity": identity(SERVERS_ONLY)},
        ("tls.client_cert.wrong_eku",),
        Blame.UNKNOWN,
        f"The certificate {described(SERVERS_ONLY)}, for which it had asked, does not allow client authentication; who",
    ),
    ({"tls": TICKET}, (), Blame.CONNECTOR, "without an answer (asked for /healthz); who refuses a client certificate"),
    ({"tls": UNASKED, "identity": None}, (), Blame.CONNECTOR, "without an answer (asked for /healthz)."),
]
"""What was seen -> what else is true, who is to blame, and words of the sentence."""


@pytest.mark.parametrize("how", [Ended.EOF, Ended.RESET])
@pytest.mark.parametrize(("changes", "also", "blame", "words"), TOLD)
def test_a_hang_up_after_the_handshake_tells_what_a_refusal_could_have_been_for(
    how: Ended, changes: dict[str, object], also: tuple[str, ...], blame: Blame, words: str
) -> None:
    """The reason stays general: a crash ends so too. nginx's `stream` says nothing to whom it lets in no further."""
    failure = _judged(Phase.WAIT, how, http_path="/healthz", **changes)
    assert (failure.reason, failure.confidence) == ("connector.closed_after_handshake", PROVEN)
    assert (failure.also, failure.blame) == (also, blame)
    assert words in failure.summary
    assert failure.summary.startswith("The connector connector.internal:8443 ")
    assert ("`stream`" in failure.summary) == (changes["tls"] is not UNASKED)


@pytest.mark.parametrize("kind", sorted(BROKEN_ANSWERS))
def test_each_kind_of_a_broken_answer(kind: str) -> None:
    """An answer came, and is not HTTP or not whole."""
    failure = _judged(Phase.WAIT, Ended.ERROR, causes=(cause("APIConnectionError"), cause(kind)))
    assert failure.reason == "connector.protocol_error"


def test_a_refusal_within_an_answer_that_was_cut_off_still_counts() -> None:
    """The head and the text had come."""
    answer = HttpAnswer(status=400, body="<center>The SSL certificate error</center>")
    assert _judged(Phase.RECEIVE, Ended.EOF, http=answer, identity=GONE).reason == "tls.client_cert.expired"


def test_what_the_kernel_counted_explains_waits_alone() -> None:
    """Who hung up has told more than packets do."""
    lost = TcpFacts(acknowledged=0, unacknowledged=517, tries_in_vain=4, largest_segment=1448)
    assert "none of our 517 bytes" not in _judged(Phase.WAIT, Ended.EOF, tcp=lost).summary
    silent = (Cause(kind="TimeoutError", text=""),)
    waited = _judged(Phase.WAIT, Ended.TIMED_OUT, tcp=lost, causes=silent)
    assert "none of our 517 bytes" in waited.summary
    assert waited.evidence.detail.startswith("TimeoutError; TCP: of our bytes 0 acknowledged, 517 not, ")


@pytest.mark.parametrize(
    ("first", "what"),
    [
        (b"HTTP/1.1 400 Bad", "plain HTTP"),
        (b"220 mail.test ESMTP ready", "something that begins with b'220 mail.test ES'"),
    ],
)
def test_what_speaks_in_place_of_tls_is_quoted(first: bytes, what: str) -> None:
    """Sixteen bytes tell most protocols."""
    failure = _judged(Phase.TLS, Ended.ERROR, tls=NOTHING, first_bytes=first)
    assert failure.summary == f"The port connector.internal:8443 does not speak TLS: it answered {what}."


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("NO_CIPHERS_AVAILABLE", "Our own TLS settings leave nothing to offer to connector.internal:8443"),
        (
            "UNSUPPORTED_PROTOCOL",
            "The connector connector.internal:8443 chose a TLS version that our settings do not allow",
        ),
        ("WRONG_CURVE", "The connector connector.internal:8443 chose parameters that our settings do not allow"),
        ("HTTP_REQUEST", "The port connector.internal:8443 does not speak TLS"),
    ],
)
def test_why_openssl_gave_up_is_said(name: str, says: str) -> None:
    """In words, with its own name for it."""
    failure = _judged(Phase.TLS, Ended.ERROR, tls=NOTHING, causes=(cause("SSLError", ssl_reason=name),))
    assert failure.summary == f"{says} ({name})."


@pytest.mark.parametrize(("how", "does"), [(Ended.EOF, "closed"), (Ended.RESET, "reset")])
def test_how_the_certificate_was_refused_without_a_word(how: Ended, does: str) -> None:
    """The end of the connection is all that the peer said."""
    failure = _judged(Phase.ACCEPT, how, tls=tls(), identity=GONE)
    assert f"connector.internal:8443 {does} the connection without an alert right after it" in failure.summary
    bare = _judged(Phase.ACCEPT, how, tls=UNSENT, identity=None)
    assert f"{does} the connection without an alert" in bare.summary


def test_a_call_knows_no_bytes() -> None:
    """Where nothing of ours was read, nothing was counted either."""
    outcome = judge_http(
        request(phase=Phase.TLS, ended=Ended.TIMED_OUT, tls=NOTHING, answer=None), CATALOGUE, at=NOW
    ).outcome
    assert isinstance(outcome, Failed)
    assert outcome.failure.summary.endswith("did not answer our ClientHello (no more is known of it).")
    assert "(90 bytes had come from it)" in _judged(Phase.TLS, Ended.TIMED_OUT, tls=NOTHING, bytes_received=90).summary


def test_the_text_says_what_was_asked_for() -> None:
    """A timeout of the health path, not of a charge."""
    failure = _judged(Phase.WAIT, Ended.TIMED_OUT)
    assert failure.summary == (
        "The connector connector.internal:8443 gave no complete answer in time (asked for /healthz)."
    )
    assert _judged(Phase.WAIT, Ended.TIMED_OUT, http_path=None).summary.endswith("in time.")
