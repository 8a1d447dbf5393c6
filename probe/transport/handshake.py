"""The handshake probe: one fresh connection, verified, with all the evidence and one keyless question at its end."""

from typing import Final

from probe.model.certificate import Certificate, Source, SourceKind
from probe.model.clock import Clock
from probe.model.identity import LoadedIdentity
from probe.model.observation import HandshakeObservation
from probe.model.path import Connector, PhaseLimits
from probe.tls.certificate import certificates_from_ders
from probe.tls.contexts import ContextCache
from probe.tls.evidence import Evidence
from probe.transport.diagnosis import Diagnosis
from probe.transport.dial import Dialer
from probe.transport.missing import NO_ISSUER, missing
from probe.transport.passage import Passage, PassEndedError, Tunnels, open_context
from probe.transport.request import render_request

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
    ) -> None:
        """All may be shared with other probes; `diagnosis` looks a second time on paths that want it, `tunnels` are for proxies."""
        self._tunnels = tunnels
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
        passage = Passage(
            dialer=self._dialer, clock=self._clock, limits=limits, deadline=deadline, tunnels=self._tunnels
        )
        try:
            context = open_context(self._contexts, connector, identity, passage)
            await passage.reach(connector)
            await passage.shake_hands(context, connector.endpoint.server_name)
            await passage.be_accepted()
            if http_path is not None:
                await passage.ask(render_request(connector, "GET", http_path, traceparent=traceparent))
        except PassEndedError:
            pass  # the record says how
        finally:
            await passage.close()
        seen = observation_of(passage, connector, identity, http_path, span_id)
        if self._diagnosis is None:
            return seen
        return await self._diagnosis.completed(seen, connector, limits=limits, deadline=deadline)


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
    unlinked = stream is not None and passage.verify_code in NO_ISSUER
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
        completing=missing(stream, identity) if stream and unlinked else (),
        identity=None if identity is None else identity.facts,
        http=passage.answer,
        http_path=http_path if passage.asked else None,
        client_hello_sent=stream is not None and stream.bytes_sent > 0,
        bytes_sent=spoken.bytes_sent if spoken else 0,
        bytes_received=spoken.bytes_received if spoken else 0,
        first_bytes=spoken.first_bytes if spoken else b"",
        verify_code=passage.verify_code,
        local_error=passage.local_error,
        request_span_id=span_id if passage.asked else None,
        trust=None if connector.trust is None or connector.trust.is_dir() else str(connector.trust),
        crl=None if connector.verify.crl is None else str(connector.verify.crl),
        proxy=passage.proxy,
    )


def _chains(connector: Connector, seen: Evidence) -> tuple[tuple[Certificate, ...], tuple[Certificate, ...]]:
    """Both chains; what verification added of its own comes from our trust, and says so."""
    wire = Source(SourceKind.WIRE, str(connector.endpoint))
    trust = Source(SourceKind.FILE, _SYSTEM_TRUST if connector.trust is None else str(connector.trust))
    built: list[Certificate] = []
    for der in seen.built:
        built += certificates_from_ders([der], source=wire if der in seen.presented else trust)
    return certificates_from_ders(seen.presented, source=wire), tuple(built)
