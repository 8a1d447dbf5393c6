"""A socket that was made elsewhere, for one call of the Stripe SDK: unix sockets, other addresses and proxies."""

import socket
import ssl
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.tracing import Trace

from probe.model.failure import Phase
from probe.model.network import Cause, Ended, PhaseTiming
from probe.model.observation import HandshakeObservation
from probe.model.path import Connector, PhaseLimits
from probe.settings.addresses import split_url


class Reached(Protocol):
    """How far a way came."""

    @property
    def ended(self) -> Ended:
        """`COMPLETED` where there is a connected socket to take."""

    @property
    def phase(self) -> Phase:
        """The phase that it came to."""

    @property
    def timings(self) -> list[PhaseTiming]:
        """When each phase ran."""

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Why there is no socket."""

    @property
    def proxy(self) -> HandshakeObservation | None:
        """The leg to the proxy, where there is one."""

    def take(self) -> socket.socket:
        """The connected, non-blocking socket, which is the caller's from now on."""


class Ways(Protocol):
    """Opens the way to a connector that is not simply its URL's host."""

    def reach(
        self, connector: Connector, *, limits: PhaseLimits, deadline: float
    ) -> AbstractAsyncContextManager[Reached]:
        """The way lasts as long as the block. Never raises for what the network does."""


def straight(connector: Connector) -> bool:
    """Whether the SDK's own connection leads where the probe's handshakes do."""
    return connector.proxy is None and (connector.endpoint.host, connector.endpoint.port) == split_url(connector.url)


class OneSocket(aiohttp.BaseConnector):
    """Connects once, over a socket that is there already.

    `BaseConnector._create_connection` is what every connector of aiohttp's implements; it has no public name.
    """

    def __init__(self, take: Callable[[], socket.socket], context: ssl.SSLContext, server_name: str) -> None:
        """`take` gives the socket; `server_name` is sent as SNI and verified."""
        super().__init__(force_close=True)
        self._take = take
        self._context = context
        self._server_name = server_name

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,  # noqa: ARG002 - the interface
        traces: list[Trace],  # noqa: ARG002 - the interface
        timeout: aiohttp.ClientTimeout,  # noqa: ARG002, ASYNC109 - the interface
    ) -> ResponseHandler:
        sock = self._take()
        try:
            _, protocol = await self._loop.create_connection(
                self._factory, sock=sock, ssl=self._context, server_hostname=self._server_name
            )
        except BaseException:
            sock.close()  # asyncio leaves it open where TLS could not begin
            raise
        return protocol
