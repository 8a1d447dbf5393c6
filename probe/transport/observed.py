"""The record of a pass as plain values."""

import functools
from typing import Final

from probe.classify.server_certificate import UNTOLD
from probe.classify.strength import DEFAULT_LEVEL
from probe.model.certificate import Certificate, Source, SourceKind
from probe.model.identity import LoadedIdentity
from probe.model.observation import HandshakeObservation
from probe.model.path import Connector
from probe.model.tls import VerifyError
from probe.tls.certificate import certificates_from_ders
from probe.tls.evidence import Evidence
from probe.tls.refused import refused
from probe.tls.revocation import lists_of
from probe.tls.stream import TlsStream
from probe.tls.strictness import strict_objection
from probe.transport.missing import NO_ISSUER, WEAK_LEAF, missing, unlinked
from probe.transport.passage import Passage

_KEPT_BYTES: Final = 16 * 1024
"""Longer chains are read each time: a peer must not fill the memory with them."""
_SYSTEM_TRUST: Final = "the system's trust store"


def observation_of(
    passage: Passage,
    connector: Connector,
    identity: LoadedIdentity | None,
    http_path: str | None,
    span_id: str | None,
) -> HandshakeObservation:
    """What was seen of the connector; `http_path` is what was to be asked for, `span_id` that of the request."""
    stream = passage.stream
    spoken = stream or passage.clear
    presented, built = _chains(connector, stream.evidence) if stream else ((), ())
    early = passage.verify_code == WEAK_LEAF and connector.trust is not None
    loose = stream is not None and early and unlinked(stream)
    return HandshakeObservation(
        endpoint=connector.endpoint,
        started_at=passage.started_at,
        phase=passage.phase,
        ended=passage.ended,
        timings=tuple(passage.timings),
        causes=passage.causes,
        peer_address=passage.peer_address,
        tls=passage.tls,
        presented=presented,
        built=built,
        completing=missing(stream, identity) if stream and (loose or passage.verify_code in NO_ISSUER) else (),
        identity=None if identity is None else identity.facts,
        http=passage.answer,
        http_path=http_path if passage.asked else None,
        client_hello_sent=stream is not None and stream.bytes_sent > 0,
        bytes_sent=spoken.bytes_sent if spoken else 0,
        bytes_received=spoken.bytes_received if spoken else 0,
        first_bytes=spoken.first_bytes if spoken else b"",
        tcp=passage.tcp,
        verify_code=passage.verify_code,
        refused=_refused(connector, stream, passage.verify_code) if stream and passage.verify_code in UNTOLD else None,
        listed=_listed(connector, stream, passage) if stream else (),
        security_level=DEFAULT_LEVEL if connector.verify.security_level is None else connector.verify.security_level,
        unlinked=loose,
        strict_objection=_strictly(connector, stream.evidence) if stream else None,
        local_error=passage.local_error,
        request_span_id=span_id if passage.asked else None,
        trust=None if connector.trust is None or connector.trust.is_dir() else str(connector.trust),
        crl=None if connector.verify.crl is None else str(connector.verify.crl),
        proxy=passage.proxy,
        hop=connector.hop,
    )


def _chains(connector: Connector, seen: Evidence) -> tuple[tuple[Certificate, ...], tuple[Certificate, ...]]:
    """Both chains; what verification added of its own comes from our trust, and says so."""
    trust = _SYSTEM_TRUST if connector.trust is None else str(connector.trust)
    small = sum(map(len, seen.presented)) + sum(map(len, seen.built)) <= _KEPT_BYTES
    parse = _known_chains if small else _parsed_chains
    return parse(seen.presented, seen.built, str(connector.endpoint), trust)


def _parsed_chains(
    presented: tuple[bytes, ...], built: tuple[bytes, ...], peer: str, trust: str
) -> tuple[tuple[Certificate, ...], tuple[Certificate, ...]]:
    wire, ours = Source(SourceKind.WIRE, peer), Source(SourceKind.FILE, trust)
    verified: list[Certificate] = []
    for der in built:
        verified += certificates_from_ders([der], source=wire if der in presented else ours)
    return certificates_from_ders(presented, source=wire), tuple(verified)


_known_chains: Final = functools.lru_cache(maxsize=1024)(_parsed_chains)
"""A server shows the same in every handshake, until its certificates are renewed."""


def _strictly(connector: Connector, seen: Evidence) -> VerifyError | None:
    """What a strict verifier has against a chain that ours has accepted; None where ours is strict itself."""
    if connector.verify.strict or not seen.established or not seen.built:
        return None
    found = strict_objection(seen.built)
    if found is None:
        return None
    return VerifyError(code=found.code, depth=0, certificate=_read(connector, found.der), text=found.text)


def _refused(connector: Connector, stream: TlsStream, code: int) -> VerifyError | None:
    """Which certificate of the chain OpenSSL refused."""
    context = stream.tls.context
    trusted = context.get_ca_certs(binary_form=True)
    found = refused(code, stream.evidence.presented, trusted, int(context.verify_flags))
    if found is None:
        return None
    return VerifyError(code=code, depth=found.depth, certificate=_read(connector, found.der), text=found.text)


def _listed(connector: Connector, stream: TlsStream, passage: Passage) -> tuple[VerifyError, ...]:
    """What our CRL file says of the chain that was built."""
    lists = lists_of(stream.tls.context)
    if lists is None:
        return ()
    return tuple(
        VerifyError(code=said.code, depth=said.depth, certificate=_read(connector, said.der))
        for said in lists.said_of(stream.evidence.built, passage.started_at)
    )


def _read(connector: Connector, der: bytes) -> Certificate | None:
    """A certificate of the chain; None where only OpenSSL reads it."""
    source = Source(SourceKind.WIRE, str(connector.endpoint))
    return next(iter(certificates_from_ders([der], source=source)), None)
