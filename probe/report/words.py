"""How this project says things to people: reasons as phrases, durations, moments, who has to act."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Final

from probe.catalogue.catalogue import load
from probe.model.failure import Blame, Confidence, Failure, Hop
from probe.redact.leaving import leaving

ACTS: Final = {
    Blame.OURS: "we do",
    Blame.CONNECTOR: "the connector's operators",
    Blame.STRIPE: "Stripe",
    Blame.NETWORK: "whoever runs the network in between",
    Blame.UNKNOWN: "not known yet",
}

SURE: Final = {
    Confidence.PROVEN: "proven",
    Confidence.PEER_ALERT: "by the peer's TLS alert",
    Confidence.PEER_HTTP: "by the peer's HTTP answer",
    Confidence.INFERRED: "inferred",
}

HOPS: Final = {
    Hop.PROBE_CONNECTOR: "probe → connector",
    Hop.CONNECTOR_STRIPE: "connector → Stripe",
    Hop.NONE: "no hop",
}

NO_STATE: Final = "no_state"
CAUSES: Final = {
    "overlap": "its last run is still under way",
    NO_STATE: "it writes to Stripe, and there is no writable state directory; set state.directory",
    "latched": "the path is latched shut after an answer from live mode; see docs/runbooks",
    "no_health_path": "the path has no health path; set paths.NAME.connector.health_path",
    "no_webhook": "webhooks cannot be delivered or sent for this path; see docs/webhooks.md",
    "no_canary": "the path has no canary tenant; set paths.NAME.connector.canary",
    "not_ours": "it is left to another replica; see replicas.shard and replicas.charges (--shard, --charges)",
    "no_stripe": "the path has no Stripe access; set paths.NAME.stripe",
}
"""Why a run was not begun, for people."""

_CONNECTOR: Final = re.compile(r"\bconnector\b")
_PROXY: Final = re.compile(r"\bproxy\b")
_ANY_HOP: Final = ("dns.", "tcp.", "tls.", "connector.")
_ONE_HOP: Final = ("connector.proxy_", "connector.identity_refused")
"""Reasons that say by themselves on which hop it was."""
_ANY_WAY: Final = ("tcp.", "tls.")
_CERTIFICATES: Final = ("tls.client_", "tls.server_cert.", "tls.crl.")
_IDENTITY: Final = ("tls.client_cert.", "tls.client_key.")
_CLIENT: Final = re.compile(r"^client\b")
_THEIRS: Final = re.compile(r"\bour\b")

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def phrase(reason: str) -> str:
    """The catalogue's headline, `client certificate expired`: what every title leads with."""
    catalogue = load()
    return catalogue.entry(reason).headline if reason in catalogue else reason.replace(".", " ").replace("_", " ")


def headline(failure: Failure) -> str:
    """The phrase of its reason, which says the proxy where it was the proxy: `proxy refuses connections`; and the second hop."""
    words = phrase(failure.reason)
    if is_of_either(failure):
        words = _CONNECTOR.sub("proxy or connector", words)
    if is_behind(failure):
        return f"behind the connector: {of_the_upstream(words, failure)}"
    if failure.proxy is None or _PROXY.search(words):
        return words
    told = of_the_proxy(words)
    return told if told != words else f"proxy: {words}"


def of_the_proxy(text: str) -> str:
    """The catalogue speaks of the connector; what its words are about on the leg to a proxy is the proxy."""
    return _CONNECTOR.sub("proxy", text)


def is_of_either(failure: Failure) -> bool:
    """It happened in a tunnel before a certificate came: the proxy may have done it, or the connector behind it."""
    unsure = failure.blame is Blame.UNKNOWN and failure.confidence is Confidence.INFERRED
    return unsure and failure.reason.startswith(_ANY_WAY) and not failure.reason.startswith(_CERTIFICATES)


def is_behind(failure: Failure) -> bool:
    """It happened on the second hop, and the catalogue's words are about the first."""
    return (
        failure.hop is Hop.CONNECTOR_STRIPE
        and failure.reason.startswith(_ANY_HOP)
        and not failure.reason.startswith(_ONE_HOP)
    )


def of_the_upstream(text: str, failure: Failure) -> str:
    """The same on the second hop: there the connector is the client, with an identity of its own."""
    told = _CONNECTOR.sub("upstream", text)
    if not failure.reason.startswith(_IDENTITY):
        return told
    return _THEIRS.sub("the connector's", _CLIENT.sub("the connector's client", told))


def acts(failure: Failure) -> str:
    """Who has to act, in words."""
    who = ACTS[failure.blame]
    if failure.proxy is not None and failure.blame is Blame.NETWORK:
        who = "whoever runs the proxy, or the network around it"
    elif failure.blame is Blame.STRIPE and is_behind(failure):
        who = "Stripe, or whoever stands behind the connector"
    return who + (", or it passes by itself" if failure.retryable else "")


def hop(failure: Failure) -> str:
    """The network segment, in words, which ends at the proxy where it was the proxy."""
    where = (
        HOPS[failure.hop] if failure.proxy is None else f"probe → proxy {failure.proxy}, on the way to the connector"
    )
    return where + (f", in phase {failure.phase.value}" if failure.phase else "")


def first_steps(reason: str) -> tuple[str, ...]:
    """What the catalogue says to do first; nothing for a reason that it does not know."""
    catalogue = load()
    return catalogue.entry(reason).first_steps if reason in catalogue else ()


def printable(text: str) -> str:
    """The text on one line without control characters: what a peer wrote must not steer a terminal."""
    spaced = " ".join(leaving(text).split())
    return "".join("�" if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else char for char in spaced)


def moment(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: `2026-01-15T14:28:03.120Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def spoken_moment(at: datetime) -> str:
    """A moment for people: `2026-01-15 14:28:03 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def took(seconds: float) -> str:
    """A duration of a step or phase: `0.4 ms`, `41 ms`, `2.10 s`."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    milliseconds = seconds * 1000
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"  # noqa: PLR2004 - two digits


def span(length: timedelta) -> str:
    """A length of time in its one or two largest units: `12 minutes`, `3 hours 5 minutes`, `364 days`."""
    seconds = abs(round(length.total_seconds()))
    if seconds < _MINUTE:
        return _count(seconds, "second")
    if seconds < _HOUR:
        return _count(seconds // _MINUTE, "minute")
    if seconds < 2 * _DAY:
        minutes = seconds % _HOUR // _MINUTE
        return _count(seconds // _HOUR, "hour") + (f" {_count(minutes, 'minute')}" if minutes else "")
    return _count(seconds // _DAY, "day")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def distance(at: datetime, now: datetime) -> str:
    """How far `at` lies from `now`: `12 minutes ago`, `in 20 days`."""
    return f"{span(now - at)} ago" if at <= now else f"in {span(at - now)}"
