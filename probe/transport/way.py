"""The way to a connector for others to do TLS on: what the Stripe SDK's connection is made over."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from probe.model.clock import Clock
from probe.model.path import Connector, PhaseLimits
from probe.transport.dial import Dialer
from probe.transport.passage import Passage, PassEndedError, Tunnels


class SocketWays:
    """Opens sockets to connectors by the very way that handshakes take."""

    def __init__(self, *, dialer: Dialer, clock: Clock, tunnels: Tunnels | None = None) -> None:
        """All may be shared with probes; `tunnels` are for proxies."""
        self._tunnels = tunnels
        self._dialer = dialer
        self._clock = clock

    @asynccontextmanager
    async def reach(self, connector: Connector, *, limits: PhaseLimits, deadline: float) -> AsyncIterator[Passage]:
        """As far as a connected socket, which may be taken; the way lasts as long as the block. The record says how it went."""
        passage = Passage(
            dialer=self._dialer, clock=self._clock, limits=limits, deadline=deadline, tunnels=self._tunnels
        )
        try:
            with suppress(PassEndedError):  # the record says how
                await passage.reach(connector)
            yield passage
        finally:
            await passage.close()
