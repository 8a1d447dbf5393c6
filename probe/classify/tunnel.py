"""The leg to an HTTP proxy, in front of the connector or the connector itself: what only proxies do. All else is judged by the tables for connectors."""

import re
from dataclasses import dataclass
from typing import Final

from probe.classify.answers import refusal
from probe.classify.attempt import Attempt
from probe.classify.envoy import envoy_hides
from probe.classify.exchange import BROKEN_ANSWERS
from probe.classify.finding import Finding
from probe.model.answer import HttpAnswer
from probe.model.failure import Blame, Confidence
from probe.model.network import Ended, Endpoint
from probe.redact.leaving import leaving

_AUTHENTICATE: Final = frozenset({401, 407})
"""407, and what tinyproxy answers to credentials that it does not know (measured)."""
_SERVER_ERROR: Final = 500
_TELLING: Final = ("x-smokescreen-error", "proxy-authenticate", "proxy-status", "x-squid-error", "via")
"""Headers in which proxies say why, or who they are."""
_LONGEST: Final = 160

_WANTS: Final = "connector.proxy_auth_required"
_REFUSES: Final = "connector.proxy_refused"
_HUNG_UP: Final = "connector.proxy_hung_up"
_CANNOT: Final = "connector.proxy_cannot_connect"


@dataclass(frozen=True, slots=True)
class Word:
    """One row: what a proxy writes into a header of its own, and what that means."""

    header: str
    written: re.Pattern[str]
    """Found anywhere in the header's value."""
    gives: str
    means: str
    blame: Blame | None = None
    """None: the catalogue's own."""


def _error(*tokens: str) -> re.Pattern[str]:
    """One of these error types of a `Proxy-Status` field (RFC 9209 2.3)."""
    return re.compile(rf'\berror="?(?:{"|".join(tokens)})\b')


_RULES: Final = "its rules do not allow it"
_NO_NAME: Final = "it cannot look up the name"
_THERE: Final = "its connection was not taken there"
_CREDENTIALS: Final = "it wants credentials, or others than ours"

WORDS: Final = (
    # Squid writes the name of its error page and an errno.
    Word("x-squid-error", re.compile("^ERR_DNS_FAIL"), _CANNOT, _NO_NAME, Blame.NETWORK),
    Word("x-squid-error", re.compile("^ERR_CONNECT_FAIL"), _CANNOT, _THERE, Blame.CONNECTOR),
    Word("x-squid-error", re.compile("^ERR_ACCESS_DENIED"), _REFUSES, _RULES),
    Word("proxy-status", _error("dns_error", "dns_timeout"), _CANNOT, _NO_NAME, Blame.NETWORK),
    Word(
        "proxy-status",
        _error("connection_refused", "connection_timeout", "connection_terminated", "destination_unavailable"),
        _CANNOT,
        _THERE,
        Blame.CONNECTOR,
    ),
    Word("proxy-status", _error("destination_ip_unroutable"), _CANNOT, "it has no route there", Blame.NETWORK),
    Word("proxy-status", _error("destination_ip_prohibited", "http_request_denied"), _REFUSES, _RULES),
)
"""First match wins. What is written is an identifier of the proxy's, never its text for people."""

_MEANS: Final = {
    403: _RULES,
    405: "it does not do CONNECT at all",
    502: "it could not connect itself",
    503: "it could not connect itself",
    504: "its own connection there was not made in time",
}
"""What is usual; the proxy's own words stand beside it."""


def judge_tunnel(attempt: Attempt, target: Endpoint) -> Finding | None:
    """What kept the proxy from letting us through; None where the other tables know."""
    own = attempt.own
    if own.fault is not None:
        what = "private key" if own.fault.startswith("client_key.") else "client certificate"
        summary = f"The {what} of identity {own.name}, which is for {attempt.endpoint}, {own.fault_words}."
        return Finding(reason=f"tls.{own.fault.value}", summary=summary, certificate=own.leaf)
    if attempt.let_through:
        return None
    if attempt.ended is Ended.COMPLETED:
        if attempt.http is None:
            return Finding(reason="connector.failed", summary=f"The {_who(attempt)} gave no answer to CONNECT.")
        return refusal(attempt, attempt.http) or _refused(attempt, attempt.http, target)
    return _in_the_clear(attempt) if attempt.tls.version is None and attempt.over_tls else None


def _refused(attempt: Attempt, answer: HttpAnswer, target: Endpoint) -> Finding:
    """A CONNECT that was answered with an error (RFC 9110 9.3.6)."""
    reason, means, blame = _meant(answer)
    if reason == _REFUSES and _shown_nothing(attempt):
        means, blame = "it asked for a client certificate, and was shown none", Blame.OURS
    does = "could not connect to" if reason == _CANNOT else "refuses CONNECT"
    because = f" ({means})" if means else ""
    told = _told(answer)
    said = f"; it says {told}" if told else ""
    return Finding(
        reason=reason,
        summary=f"The {_who(attempt)} {does} {target}: HTTP {answer.status}{because}{said}.{envoy_hides(answer)}",
        confidence=Confidence.PEER_HTTP,
        blame=blame,
    )


def _shown_nothing(attempt: Attempt) -> bool:
    """Smokescreen finishes the handshake without a certificate, and then finds no role for us."""
    return attempt.tls.client_certificate_requested is True and not attempt.tls.client_certificate_sent


def _meant(answer: HttpAnswer) -> tuple[str, str, Blame | None]:
    """The reason, what it means, and who has to act where that is known: by the proxy's own identifiers, else by status."""
    for word in WORDS:
        if word.written.search(answer.headers.get(word.header, "")):
            return word.gives, word.means, word.blame
    if answer.status in _AUTHENTICATE:
        # Smokescreen answers 407 to whatever its rules deny, and never asks for credentials.
        return (_REFUSES, _RULES, None) if "x-smokescreen-error" in answer.headers else (_WANTS, _CREDENTIALS, None)
    return _CANNOT if answer.status >= _SERVER_ERROR else _REFUSES, _MEANS.get(answer.status, ""), None


def _told(answer: HttpAnswer) -> str:
    """The proxy's own words: of its headers, else a body that is plain text (Envoy)."""
    told = [leaving(f"{name}: {answer.headers[name]}")[:_LONGEST] for name in _TELLING if name in answer.headers]
    if not told and answer.headers.get("content-type", "").startswith("text/plain"):
        told = [leaving(" ".join(answer.body.split()))[:_LONGEST]]
    return ", ".join(one for one in told if one)


def _in_the_clear(attempt: Attempt) -> Finding:
    """The proxy was asked without TLS, and gave no whole answer."""
    broken = attempt.http is not None or any(c.kind in BROKEN_ANSWERS for c in attempt.causes)
    if attempt.ended is Ended.TIMED_OUT:
        reason, says = "connector.timeout", "did not answer our CONNECT in time"
    elif broken:
        reason, says = "connector.protocol_error", "gave an answer to CONNECT that is not HTTP, or not whole"
    elif attempt.ended is Ended.RESET and not attempt.hello_sent:
        reason, says = "tcp.reset", "reset the connection before our CONNECT was sent"
    elif attempt.ended in {Ended.RESET, Ended.EOF}:
        how = "reset" if attempt.ended is Ended.RESET else "closed"
        reason, says = _HUNG_UP, f"{how} the connection instead of answering our CONNECT"
    else:
        reason, says = "connector.failed", "could not be asked for a tunnel"
    return Finding(reason=reason, summary=f"The {_who(attempt)} {says}.")


def _who(attempt: Attempt) -> str:
    """Who was asked: `proxy p.test:3128`."""
    return f"{'connector' if attempt.is_connector else 'proxy'} {attempt.endpoint}"
