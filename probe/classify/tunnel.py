"""The leg to an HTTP proxy: what only proxies do. Everything else on it is judged by the tables for connectors."""

from typing import Final

from probe.classify.answers import refusal
from probe.classify.attempt import Attempt
from probe.classify.exchange import BROKEN_ANSWERS
from probe.classify.finding import Finding
from probe.classify.unusable import FAULTS
from probe.model.failure import Confidence
from probe.model.observation import Ended, Endpoint, HttpAnswer

_GOOD: Final = range(200, 300)
_SERVER_ERROR: Final = 500
_TELLING: Final = ("x-smokescreen-error", "proxy-authenticate", "proxy-status", "x-squid-error", "via")
"""Headers in which proxies say why, or who they are."""
_LONGEST: Final = 160

_MEANS: Final = {
    403: "its rules do not allow it",
    405: "it does not do CONNECT at all",
    407: "it wants credentials, or others than ours",
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
        summary = f"The {what} of identity {own.name}, which is for {attempt.endpoint}, {FAULTS[own.fault]}."
        return Finding(reason=f"tls.{own.fault.value}", summary=summary, certificate=own.leaf)
    if attempt.ended is Ended.COMPLETED and attempt.http is not None and attempt.http.status not in _GOOD:
        return refusal(attempt, attempt.http) or _refused(attempt, attempt.http, target)
    return _in_the_clear(attempt) if attempt.tls.version is None and attempt.over_tls else None


def _refused(attempt: Attempt, answer: HttpAnswer, target: Endpoint) -> Finding:
    """A CONNECT that was answered with an error (RFC 9110 9.3.6)."""
    means = f" ({_MEANS[answer.status]})" if answer.status in _MEANS else ""
    told = [f"{name}: {answer.headers[name]}"[:_LONGEST] for name in _TELLING if name in answer.headers]
    said = f"; it says {', '.join(told)}" if told else ""
    return Finding(
        reason="connector.http_5xx" if answer.status >= _SERVER_ERROR else "connector.http_4xx",
        summary=f"The proxy {attempt.endpoint} refuses CONNECT {target}: HTTP {answer.status}{means}{said}.",
        confidence=Confidence.PEER_HTTP,
    )


def _in_the_clear(attempt: Attempt) -> Finding:
    """The proxy was asked without TLS, and gave no whole answer."""
    broken = attempt.http is not None or any(c.kind in BROKEN_ANSWERS for c in attempt.causes)
    if attempt.ended is Ended.TIMED_OUT:
        reason, says = "connector.timeout", "did not answer our CONNECT in time"
    elif broken:
        reason, says = "connector.protocol_error", "gave an answer to CONNECT that is not HTTP, or not whole"
    elif attempt.ended is Ended.RESET:
        reason, says = "tcp.reset", "reset the connection instead of answering our CONNECT"
    else:
        reason, says = "connector.failed", "closed the connection instead of answering our CONNECT"
    return Finding(reason=reason, summary=f"The proxy {attempt.endpoint} {says}.")
