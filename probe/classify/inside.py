"""What happens inside a tunnel: until a certificate has come, nobody knows whether the proxy speaks or what is behind it."""

import re
from dataclasses import replace
from typing import Final

from probe.classify.attempt import Attempt
from probe.classify.finding import Finding
from probe.model.failure import Blame, Confidence
from probe.model.network import Endpoint

_THE_WAY: Final = ("tcp.", "tls.")
_ELSEWHERE: Final = ("tls.client_cert.", "tls.client_key.", "tls.crl.", "tls.local_config", "tls.server_cert.")
"""Reasons of our own files and settings, and of certificates."""
_UNTRUSTED: Final = frozenset(
    {
        "tls.server_cert.incomplete_or_unknown_ca",
        "tls.server_cert.self_signed",
        "tls.server_cert.untrusted_root",
    }
)
_EITHER: Final = "No certificate had come yet: the proxy {proxy} may have done that after its HTTP 200, or the connector {endpoint} behind it."
_OPENED: Final = (
    "It came through the proxy {proxy}: one that opens TLS to look inside shows a certificate of its own CA, "
    "so compare it with what the connector {endpoint} itself shows."
)


def inside_the_tunnel(found: Finding, attempt: Attempt, proxy: Endpoint) -> Finding:
    """The finding on what came through the tunnel that `proxy` made, as far as it is known who sent it."""
    words = {"proxy": proxy, "endpoint": attempt.endpoint}
    if found.reason in _UNTRUSTED:
        return replace(found, summary=f"{found.summary} {_OPENED.format(**words)}", blame=Blame.UNKNOWN)
    known = attempt.presented or attempt.tls.established or found.blame is Blame.NETWORK
    if known or found.ours or not found.reason.startswith(_THE_WAY) or found.reason.startswith(_ELSEWHERE):
        return found
    summary = f"{_of_the_far_end(found.summary, attempt.endpoint)} {_EITHER.format(**words)}"
    return replace(found, summary=summary, blame=Blame.UNKNOWN, confidence=Confidence.INFERRED)


def _of_the_far_end(summary: str, endpoint: Endpoint) -> str:
    """The tables name the connector; here only the end of the tunnel is known."""
    named = re.escape(str(endpoint))
    return re.sub(
        rf"\b([Tt])he (?:connector(?: at)? {named}|port {named}|connector\b)", r"\1he far end of the tunnel", summary
    )
