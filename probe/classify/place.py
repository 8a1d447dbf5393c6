"""Where it happened: the tables speak of the connector, and on other legs of the path somebody else is meant.

On the leg to a proxy it is the proxy. Where the connector is itself a proxy, or what stands behind it is probed too, the far
end of the second hop is its upstream: Stripe, or what leads there.
"""

import re
from dataclasses import dataclass
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.attempt import Attempt
from probe.model.failure import Blame, Hop
from probe.model.network import Endpoint

PROXYS_WORD: Final = "connector.proxy_"
"""What the reasons begin with that only proxies give: their sentences tell the proxy from the connector by themselves."""
CANNOT_CONNECT: Final = "connector.proxy_cannot_connect"
BEHIND: Final = "Behind the connector: "
"""How a sentence about the second hop begins."""

_CONNECTOR: Final = re.compile(r"\b([Tt])he connector\b")
_IDENTITY: Final = ("tls.client_cert.", "tls.client_key.", "certificate.")
_OUR: Final = (
    ("Our client certificate", "The connector's client certificate"),
    ("Our certificate", "The connector's certificate"),
    ("The client certificate", "The connector's client certificate"),
    ("our file", "its file"),
    ("our own files", "its own files"),
    ("has written that, of ours,", "has written that, of the connector's,"),
    ("wants ours", "wants the connector's"),
)
"""On the second hop the identity is the connector's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How a finding is told where it belongs. None takes the catalogue's own."""

    summary: str
    blame: Blame | None = None
    hop: Hop | None = None
    proxy: str | None = None


def placed(reason: str, summary: str, blame: Blame | None, attempt: Attempt, catalogue: Catalogue) -> Place:
    """The finding as it is told of this attempt."""
    known = blame or catalogue.entry(reason).blame
    if attempt.tunnel_to is not None and attempt.is_connector:
        return _at_a_tunnelling_connector(reason, summary, known, attempt, attempt.tunnel_to)
    if attempt.tunnel_to is not None:
        return Place(
            summary=_told_there(reason, summary, attempt, attempt.tunnel_to),
            blame=_blamed_there(known, reason),
            proxy=str(attempt.endpoint),
        )
    if attempt.hop is Hop.CONNECTOR_STRIPE:
        return Place(summary=_behind(summary), blame=_blamed_behind(reason, known), hop=attempt.hop)
    return Place(summary=summary, blame=blame)


def of_the_proxy(summary: str, target: Endpoint) -> str:
    """The tables speak of the connector; on the leg to a proxy, who did it is the proxy, and the connector was not reached."""
    return f"{_to_the_proxy(summary).rstrip('.')}. The connector {target} was not reached."


def _to_the_proxy(summary: str) -> str:
    said = _CONNECTOR.sub(r"\1he proxy", summary)
    return f"On the way through the proxy: {said}"


def _told_there(reason: str, summary: str, attempt: Attempt, target: Endpoint) -> str:
    """The sentence about the leg to a proxy."""
    if reason.startswith(PROXYS_WORD):
        return f"{summary.rstrip('.')}. The connector {target} was not reached."
    return _to_the_proxy(summary) if attempt.let_through else of_the_proxy(summary, target)


def _blamed_there(blame: Blame, reason: str) -> Blame:
    """What is the connector's fault on the hop is, on the leg to a proxy, that of whoever runs the proxy."""
    theirs = blame is Blame.CONNECTOR and not reason.startswith(PROXYS_WORD)
    return Blame.NETWORK if theirs else blame


def _at_a_tunnelling_connector(reason: str, summary: str, blame: Blame, attempt: Attempt, target: Endpoint) -> Place:
    """The connector is the proxy. That it cannot connect onwards is the second hop's; what only proxies refuse, it refuses."""
    onwards = reason == CANNOT_CONNECT
    said = summary if attempt.let_through else f"{summary.rstrip('.')}. {target} was not reached."
    if onwards and blame is Blame.CONNECTOR:
        blame = Blame.STRIPE
    elif not onwards and blame is Blame.NETWORK and reason.startswith(PROXYS_WORD):
        blame = Blame.CONNECTOR
    return Place(summary=said, blame=blame, hop=Hop.CONNECTOR_STRIPE if onwards else None)


def _behind(summary: str) -> str:
    said = _CONNECTOR.sub(r"\1he upstream", summary)
    for ours, theirs in _OUR:
        said = said.replace(ours, theirs)
    return f"{BEHIND}{said[:1].lower()}{said[1:]}" if said.startswith("The ") else f"{BEHIND}{said}"


def _blamed_behind(reason: str, blame: Blame) -> Blame:
    """One further on: its identity is the connector's to renew, and what the connector would be blamed for is its upstream's."""
    if blame is Blame.OURS and reason.startswith(_IDENTITY):
        return Blame.CONNECTOR
    return Blame.STRIPE if blame is Blame.CONNECTOR else blame
