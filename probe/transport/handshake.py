"""The handshake probe: one fresh connection, verified, with all the evidence and one keyless question at its end."""

import asyncio
import functools
from dataclasses import replace
from typing import Final

from probe.classify.server_certificate import UNTOLD
from probe.classify.strength import DEFAULT_LEVEL
from probe.model.certificate import Certificate, Source, SourceKind
from probe.model.clock import Clock
from probe.model.failure import Phase
from probe.model.identity import LoadedIdentity
from probe.model.observation import HandshakeObservation
from probe.model.path import Connector, ConnectorKind, PhaseLimits
from probe.model.tls import VerifyError
from probe.tls.certificate import certificates_from_ders
from probe.tls.contexts import ContextCache
from probe.tls.evidence import Evidence
from probe.tls.refused import refused
from probe.tls.revocation import lists_of
from probe.tls.stream import TlsStream
from probe.tls.strictness import strict_objection
from probe.transport.diagnosis import Diagnosis
from probe.transport.dial import Dialer
from probe.transport.every_address import EveryAddress, Pass, went_well
from probe.transport.missing import NO_ISSUER, WEAK_LEAF, missing, unlinked
from probe.transport.passage import Passage, PassEndedError, ReadIdentity, Tunnels, open_context
from probe.transport.request import render_request

_KEPT_BYTES: Final = 16 * 1024
"""Longer chains are read each time: a peer must not fill the memory with them."""
_SYSTEM_TRUST: Final = "the system's trust store"


class HandshakeProbe:
    """Observes hops. Holds no connection between observations: a kept or resumed one would hide an expiry."""

    def __init__(
        self,
        *,
        dialer: Dialer,
        contexts: ContextCache,
        clock: Clock,
        diagnosis: Diagnosis | None = None,
        tunnels: Tunnels | None = None,
        read: ReadIdentity | None = None,
    ) -> None:
        """All may be shared with other probes; `diagnosis` looks a second time on paths that want it, `tunnels` are for proxies.

        `read` is for the identities that connectors show to what stands behind them; without it none is shown there.
        """
        self._tunnels = tunnels
        self._read = read
        self._dialer = dialer
        self._contexts = contexts
        self._clock = clock
        self._diagnosis = diagnosis

    async def observe(
        self,
        connector: Connector,
        *,
        identity: LoadedIdentity | None,
        http_path: str | None,
        limits: PhaseLimits,
        deadline: float,
        traceparent: str | None = None,
        span_id: str | None = None,
    ) -> HandshakeObservation:
        """Make one pass and say all that was seen. Never raises for what the peer or the network does.

        An identity that cannot be used is not offered: the handshake is made without it, for the evidence. `deadline`
        is a moment of the clock's `monotonic`; it cuts the wait of whatever phase it falls in.
        """

        async def one(connector: Connector) -> HandshakeObservation:
            return await self._pass(connector, identity, http_path, limits, deadline, traceparent, span_id)

        async def first_hop() -> HandshakeObservation:
            if connector.all_addresses:
                return await self._every(connector, one, limits, deadline)
            return await one(connector)

        if connector.upstream is None or connector.kind is ConnectorKind.PROXY:
            seen = await first_hop()
        else:
            async with asyncio.TaskGroup() as group:
                behind = group.create_task(self._behind(connector.upstream, limits, deadline))
                seen = await first_hop()
            seen = replace(seen, upstream=behind.result())
        if self._diagnosis is None:
            return seen
        at = connector if seen.endpoint is connector.endpoint else replace(connector, endpoint=seen.endpoint)
        return await self._diagnosis.completed(seen, at, limits=limits, deadline=deadline)

    async def _behind(self, upstream: Connector, limits: PhaseLimits, deadline: float) -> HandshakeObservation:
        """The second hop as the connector goes it, straight from here and with the connector's own identity."""
        identity = None
        if upstream.identity is not None and self._read is not None:
            identity = await self._read(upstream.identity, upstream.verify.security_level)
        return await self._pass(upstream, identity, upstream.health_path, limits, deadline, None, None)

    async def _every(
        self, connector: Connector, one: Pass, limits: PhaseLimits, deadline: float
    ) -> HandshakeObservation:
        within_s = min(limits.limit_s(Phase.DNS), deadline - self._clock.monotonic())
        every = EveryAddress(connector=connector, one=one, dialer=self._dialer, clock=self._clock, within_s=within_s)
        return await every.observed()

    async def _pass(
        self,
        connector: Connector,
        identity: LoadedIdentity | None,
        http_path: str | None,
        limits: PhaseLimits,
        deadline: float,
        traceparent: str | None,
        span_id: str | None,
    ) -> HandshakeObservation:
        """One connection, or of a connector that is a proxy one and the tunnel through it."""
        if connector.kind is ConnectorKind.PROXY and connector.upstream is not None:
            return await self._tunnelled(connector, identity, http_path, limits, deadline, traceparent, span_id)
        passage = Passage(
            dialer=self._dialer, clock=self._clock, limits=limits, deadline=deadline, tunnels=self._tunnels
        )
        try:
            context = await open_context(self._contexts, connector, identity, passage)
            await passage.reach(connector)
            await passage.shake_hands(context, connector.endpoint.server_name)
            await passage.be_accepted()
            if http_path is not None:
                await passage.ask(_request(connector, http_path, traceparent))
        except PassEndedError:
            pass  # the record says how
        finally:
            await passage.close()
        return observation_of(passage, connector, identity, http_path, span_id)

    async def _tunnelled(
        self,
        connector: Connector,
        identity: LoadedIdentity | None,
        http_path: str | None,
        limits: PhaseLimits,
        deadline: float,
        traceparent: str | None,
        span_id: str | None,
    ) -> HandshakeObservation:
        """Both hops of a connector that is a proxy: its own, up to its answer to CONNECT, and `upstream` in the tunnel."""
        upstream = connector.requested
        asked = http_path or upstream.health_path
        passage = Passage(
            dialer=self._dialer, clock=self._clock, limits=limits, deadline=deadline, tunnels=self._tunnels
        )
        try:
            await passage.reach(upstream, identity)
            context = await open_context(self._contexts, upstream, None, passage)
            await passage.shake_hands(context, upstream.endpoint.server_name)
            await passage.be_accepted()
            if asked is not None:
                await passage.ask(_request(upstream, asked, traceparent))
        except PassEndedError:
            pass  # the record says how
        finally:
            await passage.close()
        there = observation_of(passage, upstream, None, asked, span_id)
        if there.proxy is None:
            raise RuntimeError(f"{connector.url} was not even tried")
        own = tuple(timing for timing in there.timings if timing.phase is not Phase.TCP)
        beyond = replace(there, proxy=None, timings=own) if went_well(there.proxy) else None
        return replace(there.proxy, upstream=beyond, request_span_id=there.request_span_id)


def _request(connector: Connector, path: str, traceparent: str | None) -> bytes:
    """The connection may stay open: then who closes it all the same (nginx, after a refused certificate) can be told from who passes on."""
    return render_request(connector, "GET", path, headers={"connection": "keep-alive"}, traceparent=traceparent)


def observation_of(
    passage: Passage,
    connector: Connector,
    identity: LoadedIdentity | None,
    http_path: str | None,
    span_id: str | None,
) -> HandshakeObservation:
    """The record of a pass as plain values."""
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
