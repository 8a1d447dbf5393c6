"""The handshake probe: one fresh connection, verified, with all the evidence and one keyless question at its end."""

import asyncio
from dataclasses import replace

from probe.model.clock import Clock
from probe.model.failure import Phase
from probe.model.identity import LoadedIdentity
from probe.model.observation import HandshakeObservation
from probe.model.path import Connector, ConnectorKind, PhaseLimits
from probe.tls.contexts import ContextCache
from probe.transport.diagnosis import Diagnosis
from probe.transport.dial import Dialer
from probe.transport.every_address import EveryAddress, Pass, went_well
from probe.transport.observed import observation_of
from probe.transport.passage import Passage, PassEndedError, ReadIdentity, Tunnels, open_context
from probe.transport.request import render_request


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
