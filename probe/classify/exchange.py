"""Rules for a TLS handshake that ended without an alert, and for an exchange after it that brought no whole answer."""

from dataclasses import dataclass, replace
from typing import Final

from probe.classify.alerts import MISSING, missing
from probe.classify.attempt import Attempt
from probe.classify.finding import Finding
from probe.classify.refusal import dates_explain, judge_refusal
from probe.classify.refusal_rules import Complaint
from probe.classify.silence import silence
from probe.classify.wording import described, sentence
from probe.model.failure import Blame, Confidence, Phase
from probe.model.network import Ended

_TLS_RECORD_TYPES: Final = range(20, 25)
_TLS_MAJOR: Final = 3

SSL_REASONS: Final = {
    "NO_CIPHERS_AVAILABLE": "tls.local_config",
    "NO_PROTOCOLS_AVAILABLE": "tls.local_config",
    "UNSUPPORTED_PROTOCOL": "tls.protocol_version",
    "WRONG_SSL_VERSION": "tls.protocol_version",
    "UNSUPPORTED_SSL_VERSION": "tls.protocol_version",
    "HTTP_REQUEST": "tls.not_tls",
    "HTTPS_PROXY_REQUEST": "tls.not_tls",
    "DH_KEY_TOO_SMALL": "tls.no_shared_cipher_or_params",
    "WRONG_CURVE": "tls.no_shared_cipher_or_params",
    "WRONG_SIGNATURE_TYPE": "tls.no_shared_cipher_or_params",
    "NO_SUITABLE_SIGNATURE_ALGORITHM": "tls.no_shared_cipher_or_params",
}
"""OpenSSL's reason for ending a handshake by itself -> reason. `WRONG_VERSION_NUMBER` depends on the first bytes."""

BROKEN_TLS: Final = frozenset({10, 20, 21, 22, 47, 50, 51, 109, 110})
"""Alerts by which our side says that what came is not TLS as it should be (RFC 8446 6.2), whatever library found it."""

_SSL_SAYS: Final = {
    "tls.local_config": "Our own TLS settings leave nothing to offer to {endpoint}",
    "tls.protocol_version": "The connector {endpoint} chose a TLS version that our settings do not allow",
    "tls.no_shared_cipher_or_params": "The connector {endpoint} chose parameters that our settings do not allow",
}

BROKEN_ANSWERS: Final = frozenset(
    {
        "AnswerTooLongError",
        "BadHttpMessage",
        "BadHttpMethod",
        "BadStatusLine",
        "ClientPayloadError",
        "ClientResponseError",
        "ContentEncodingError",
        "ContentLengthError",
        "HttpProcessingError",
        "IncompleteAnswerError",
        "InvalidHeader",
        "JSONDecodeError",
        "LineTooLong",
        "NotHttpError",
        "TransferEncodingError",
        "UnicodeDecodeError",
    }
)
"""Kinds of exceptions that mean: an answer came, and it is not HTTP or not whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRule:
    """One row for what ended after our side had finished the handshake; what is None is not looked at."""

    ended: Ended | None = None
    phases: frozenset[Phase] = frozenset(Phase)
    broken: bool | None = None
    """A kind of `BROKEN_ANSWERS` is among the causes, or a part of an answer had come."""
    gives: str
    says: str


_HUNG_UP: Final = "connector.closed_after_handshake"
_BROKEN: Final = "connector.protocol_error"
_STREAM: Final = (
    "who refuses a client certificate, or the lack of one, only then and without a word (nginx's `stream` does) ends so "
    "too: its log tells"
)
_RECEIVE: Final = frozenset({Phase.RECEIVE})
_BEFORE: Final = frozenset({Phase.DNS, Phase.TCP, Phase.TLS, Phase.ACCEPT})

RULES: Final = (
    ExchangeRule(
        ended=Ended.TIMED_OUT,
        phases=_BEFORE,
        gives="tls.handshake_timeout",
        says="neither accepted nor refused our part of the handshake in time",
    ),
    ExchangeRule(ended=Ended.TIMED_OUT, gives="connector.timeout", says="gave no complete answer in time"),
    ExchangeRule(ended=Ended.EOF, phases=_RECEIVE, gives=_BROKEN, says="cut its answer off"),
    ExchangeRule(ended=Ended.RESET, phases=_RECEIVE, gives=_BROKEN, says="cut its answer off"),
    ExchangeRule(broken=True, gives=_BROKEN, says="gave an answer that is not HTTP, or not whole"),
    ExchangeRule(ended=Ended.EOF, gives=_HUNG_UP, says="hung up after the handshake without an answer"),
    ExchangeRule(ended=Ended.RESET, gives=_HUNG_UP, says="reset the connection after the handshake without an answer"),
    ExchangeRule(phases=_BEFORE, gives="tls.failed", says="broke off the handshake"),
    ExchangeRule(gives="connector.failed", says="could not be asked"),
)
"""First match wins; the last fits always."""


def judge_exchange(attempt: Attempt) -> Finding:
    """Our side had finished the handshake, and no whole answer came."""
    refused = _refused_without_a_word(attempt) or _breaks_tls(attempt)
    if refused is not None:
        return refused
    broken = attempt.http is not None or any(c.kind in BROKEN_ANSWERS for c in attempt.causes)
    rule = next(
        r
        for r in RULES
        if (r.ended is None or attempt.ended is r.ended)
        and attempt.phase in r.phases
        and (r.broken is None or r.broken == broken)
    )
    asked = f" (asked for {attempt.http_path})" if attempt.http_path else ""
    finding = Finding(reason=rule.gives, summary=f"The connector {attempt.endpoint} {rule.says}{asked}.")
    if rule.gives == _HUNG_UP and attempt.own.known and attempt.tls.client_certificate_requested:
        return _perhaps_refused(finding, attempt)
    return _waited(finding, attempt) if attempt.ended is Ended.TIMED_OUT else finding


def _perhaps_refused(finding: Finding, attempt: Attempt) -> Finding:
    """With what a refusal could have been for: it ends so too, and so does a crash, and the one proves nothing of the other."""
    usage = attempt.own.wrong_usage
    if not attempt.tls.client_certificate_sent:
        says = "It had asked for a client certificate, and none was sent"
        also: tuple[str, ...] = (MISSING,)
    elif usage is not None:
        says = f"The certificate {described(usage)}, for which it had asked, does not allow client authentication"
        also = attempt.own.proves
    else:
        return replace(finding, summary=f"{finding.summary.rstrip('.')}; {_STREAM}.")
    summary = sentence(finding.summary, f"{says}; {_STREAM}")
    return replace(finding, summary=summary, also=also, blame=Blame.UNKNOWN)


def _waited(finding: Finding, attempt: Attempt) -> Finding:
    """With what the kernel knows of the packets, where that says more; in a tunnel it knows those to the proxy alone."""
    known = silence(attempt)
    if known is None or (attempt.through is not None and known.blame is None):
        return finding
    return replace(finding, summary=f"{finding.summary.rstrip('.')}; {known.says}.", blame=known.blame)


def _refused_without_a_word(attempt: Attempt) -> Finding | None:
    """The end before any answer, as a refusal of our certificate.

    A session ticket says that the TLS layer let us in; who looks at the certificate behind it may still hang up on it. Whether
    that comes before our request or after it is a race, so our dates explain both alike.
    """
    if attempt.phase is Phase.RECEIVE:
        return None
    refused = _silent_refusal(attempt, sure=attempt.phase is Phase.ACCEPT and not attempt.judged)
    return replace(refused, also=(*refused.also, _HUNG_UP)) if refused is not None and attempt.judged else refused


def judge_unfinished(attempt: Attempt) -> Finding:
    """The handshake did not finish, and the peer sent no alert."""
    finding = _not_tls(attempt) or _by_openssl(attempt) or _breaks_tls(attempt)
    if finding is None and attempt.hello_sent:
        finding = _silent_refusal(attempt, sure=True)
    if finding is not None:
        return finding
    endpoint, received = attempt.endpoint, f"{attempt.bytes_received} bytes had come from it"
    match attempt.ended:
        case Ended.TIMED_OUT:
            return _waited(Finding(reason="tls.handshake_timeout", summary=_stalled(attempt, received)), attempt)
        case Ended.RESET if not attempt.hello_sent:
            return Finding(
                reason="tcp.reset", summary=f"The connection to {endpoint} was reset before anything was sent."
            )
        case Ended.RESET:
            says = f"The connector {endpoint} reset the connection during the TLS handshake, without an alert ({received})."
            return Finding(reason="tls.reset_by_peer", summary=says)
        case Ended.EOF:
            says = f"The connector {endpoint} hung up during the TLS handshake, without an alert ({received})."
            return Finding(reason="tls.closed_by_peer", summary=says)
        case _:
            return Finding(reason="tls.failed", summary=f"The TLS handshake with {endpoint} failed; see the evidence.")


def _stalled(attempt: Attempt, received: str) -> str:
    silent = "did not answer our ClientHello" if not attempt.bytes_received else "stopped half-way"
    where = received if attempt.own.known else "no more is known of it"
    return f"The TLS handshake with {attempt.endpoint} was not finished in time: the connector {silent} ({where})."


def _silent_refusal(attempt: Attempt, *, sure: bool) -> Finding | None:
    """A hang-up after our certificate, or for want of one. Where not `sure` that it answers the certificate, our own dates decide."""
    if attempt.ended not in {Ended.EOF, Ended.RESET} or not attempt.tls.client_certificate_requested:
        return None
    reset = attempt.ended is Ended.RESET
    how = f"{'reset' if reset else 'closed'} the connection without an alert"
    if not attempt.tls.client_certificate_sent:
        return missing(attempt, how, Confidence.INFERRED) if sure and attempt.answered else None
    if not sure and not dates_explain(attempt):
        return None
    complaint = Complaint.RESET if reset else Complaint.HUNG_UP
    return judge_refusal(attempt, complaint, said=f"{how} right after it", word=Confidence.INFERRED)


def _not_tls(attempt: Attempt) -> Finding | None:
    """What the peer sent does not begin like a TLS record (RFC 8446 5.1)."""
    first = attempt.first_bytes
    tls_like = first[:1] != b"" and first[0] in _TLS_RECORD_TYPES and (len(first) == 1 or first[1] == _TLS_MAJOR)
    if first and not tls_like:
        what = "plain HTTP" if first.startswith(b"HTTP/") else f"something that begins with {first[:16]!r}"
        return Finding(
            reason="tls.not_tls", summary=f"The port {attempt.endpoint} does not speak TLS: it answered {what}."
        )
    if not first and attempt.ssl_reason == "WRONG_VERSION_NUMBER":
        return Finding(reason="tls.not_tls", summary=f"The port {attempt.endpoint} does not speak TLS.")
    return None


def _breaks_tls(attempt: Attempt) -> Finding | None:
    """Our side ended the connection, because what came could not be read as TLS."""
    if attempt.our_alert not in BROKEN_TLS:
        return None
    said = f"our TLS refused it with the alert {attempt.our_alert}"
    return Finding(
        reason="tls.protocol_error",
        summary=f"What the connector {attempt.endpoint} sent breaks the rules of TLS: {said}, see the evidence.",
    )


def _by_openssl(attempt: Attempt) -> Finding | None:
    """OpenSSL on our side ended the handshake, and its reason tells why."""
    reason = SSL_REASONS.get(attempt.ssl_reason or "")
    if reason is None:
        return None
    says = _SSL_SAYS.get(reason, "The port {endpoint} does not speak TLS").format(endpoint=attempt.endpoint)
    return Finding(reason=reason, summary=f"{says} ({attempt.ssl_reason}).")
