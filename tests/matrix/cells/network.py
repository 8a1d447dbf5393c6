"""Below TLS and in the middle of it: names, connections, silence and hang-ups at every stage."""

from collections.abc import Iterator
from dataclasses import replace

from tests.matrix.cell import Cell, Client, Expected, Kind, Spot
from tests.matrix.injector import How, When
from tests.matrix.name_server import ADDRESS, GARBAGE, SILENCE
from tests.matrix.namespace import ADDRESSES
from tests.matrix.servers import ANY, INJECTOR, NAMESPACE, RESOLVER, VERSIONS

SHORT_S = 0.5
"""How long a phase is waited for in which the other side will say nothing more."""
NAME = "connector.matrix.test"

DEAD_RESOLVER = Spot("nothing listens")
REFUSED = Spot("nothing listens on the port")
BACKLOG = Spot("accept queue full")
DRIP = "one byte at a time"

_CLOSED = Expected(reason="tls.closed_by_peer", confidence="proven")
_RESET = Expected(reason="tls.reset_by_peer", confidence="proven")
_SILENT = Expected(reason="tls.handshake_timeout", confidence="proven")

AT_ACCEPT = {
    How.EOF: Expected(reason="tls.closed_by_peer", or_else=frozenset({"tls.reset_by_peer", "tcp.reset"})),
    How.RESET: Expected(reason="tcp.reset", or_else=frozenset({"tls.reset_by_peer"})),
    How.SILENCE: _SILENT,
}
"""Whether the end overtakes our ClientHello is a race (RFC 1122 4.2.2.13: unread bytes turn a close into a reset)."""
IN_HANDSHAKE = {How.EOF: _CLOSED, How.RESET: _RESET, How.SILENCE: _SILENT}


def _own(tail: str, confidence: str) -> Expected:
    return Expected(reason=f"tls.client_cert.{tail}", confidence=confidence)


_UNANSWERED = Expected(reason="connector.timeout", confidence="proven")
AFTER_CERTIFICATE = {
    ("good", How.EOF): Expected(
        reason="tls.client_cert.rejected",
        confidence="inferred",
        general_because="a hang-up right after our certificate names no cause",
        knowable=False,
    ),
    ("good", How.RESET): _RESET,
    ("expired", How.EOF): _own("expired", "inferred"),
    ("expired", How.RESET): _own("expired", "inferred"),
    ("wrong-usage", How.EOF): _own("wrong_eku", "inferred"),
    ("wrong-usage", How.RESET): _RESET,
    (None, How.EOF): _own("missing", "inferred"),
    (None, How.RESET): _own("missing", "inferred"),
}
"""What an end without an alert means where it comes right after our certificate, or for want of it."""
_AFTER_GRACE = frozenset({"connector.closed_after_handshake"})
"""What it means under TLS 1.3 where a slow machine brings the end only when the grace is over, and a request was sent."""

NAMES = {
    "NXDOMAIN": "dns.nxdomain",
    "NODATA": "dns.nodata",
    "SERVFAIL": "dns.servfail",
    "REFUSED": "dns.refused",
    SILENCE: "dns.timeout",
    "FORMERR": "dns.failed",
    "NOTIMP": "dns.failed",
    GARBAGE: "dns.failed",
}
"""What the name server says -> the reason."""

ROUTES = {
    "SYN is dropped": "tcp.connect_timeout",
    "no route at all": "tcp.unreachable",
    "the host is unreachable": "tcp.unreachable",
    "a firewall forbids it": "tcp.unreachable",
}
"""Routes of the network namespace; see `tests.matrix.namespace`."""


def stage_spot(when: When, how: How, tls: str) -> Spot:
    """Where the relay ends a handshake."""
    return Spot(f"{when}: {how}", tls)


def cells() -> Iterator[Cell]:
    """All of the network."""
    for how, expected in AT_ACCEPT.items():
        yield _cell(f"{how} at accept", INJECTOR, ANY, Spot(f"{how} at accept"), expected)
    for how, expected in IN_HANDSHAKE.items():
        yield _cell(f"{how} after the ClientHello", INJECTOR, ANY, Spot(f"{how} after the ClientHello"), expected)
    for tls in VERSIONS:
        yield from _stages(tls)
    refused = Expected(reason="tcp.refused", confidence="proven")
    yield _cell(REFUSED.name, INJECTOR, ANY, REFUSED, refused)
    full = Expected(reason="tcp.connect_timeout", confidence="proven")
    yield _cell(BACKLOG.name, INJECTOR, ANY, BACKLOG, full, Client(limits={"tcp": SHORT_S}))
    yield from _names()
    for route, reason in ROUTES.items():
        expected = Expected(reason=reason, confidence="proven")
        yield _cell(
            route, NAMESPACE, ANY, Spot(route), expected, Client(host=ADDRESSES[route], limits={"tcp": SHORT_S})
        )


def _stages(tls: str) -> Iterator[Cell]:
    for when in When:
        if when is When.CLIENT_FLIGHT:
            continue
        for how, expected in IN_HANDSHAKE.items():
            yield _cell(f"{how} when {when}", INJECTOR, tls, stage_spot(when, how, tls), expected)
    for how in (How.EOF, How.RESET):
        fault, bare = f"{how} when {When.REQUEST}, and there is none", Client(identity=None)
        yield _cell(fault, INJECTOR, tls, stage_spot(When.REQUEST, how, tls), IN_HANDSHAKE[how], bare)
    yield _cell(DRIP, INJECTOR, tls, Spot(DRIP, tls), _SILENT)
    for (identity, how), expected in AFTER_CERTIFICATE.items():
        whose = {"good": "our certificate", None: "no certificate"}.get(identity, f"our {identity} certificate")
        spot = stage_spot(When.CLIENT_FLIGHT, how, tls)
        late = replace(expected, or_else=_AFTER_GRACE, confidence=None) if tls == "1.3" else expected
        yield _cell(f"{how} after {whose}", INJECTOR, tls, spot, late, Client(identity=identity))
    spot = stage_spot(When.CLIENT_FLIGHT, How.SILENCE, tls)
    silent, phase = (_SILENT, "tls") if tls == "1.2" else (_UNANSWERED, "wait")
    yield _cell("silence after our certificate", INJECTOR, tls, spot, silent, Client(limits={phase: SHORT_S}))


def _names() -> Iterator[Cell]:
    for says, reason in NAMES.items():
        vague = "a name server that cannot be understood has no reason of its own" if reason == "dns.failed" else None
        expected = Expected(reason=reason, confidence="proven", general_because=vague)
        client = Client(host=NAME, limits={"dns": SHORT_S} if says == SILENCE else {})
        yield _cell(says, RESOLVER, ANY, Spot(says), expected, client, kind=Kind.NAMES)
    dead = Expected(reason="dns.unreachable", confidence="proven")
    yield _cell("a dead name server", RESOLVER, ANY, DEAD_RESOLVER, dead, Client(host=NAME), kind=Kind.NAMES)
    found = Expected(reason="tcp.refused", confidence="proven")
    yield _cell("a name that leads nowhere", RESOLVER, ANY, Spot(ADDRESS), found, Client(host=NAME), kind=Kind.NAMES)


def _cell(
    fault: str,
    server: str,
    tls: str,
    at: Spot,
    expected: Expected,
    client: Client | None = None,
    *,
    kind: Kind = Kind.NETWORK,
) -> Cell:
    silent = expected is _SILENT
    usual = Client(limits={"tls": SHORT_S}) if silent else Client()
    return Cell(kind=kind, fault=fault, server=server, tls=tls, at=at, client=client or usual, expected=expected)
