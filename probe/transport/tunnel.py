"""Through an HTTP proxy to the connector: a leg of its own, with an identity of its own, and a tunnel behind it."""

import asyncio
import base64
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import probe
from probe.model.clock import Clock
from probe.model.identity import LoadedIdentity
from probe.model.network import Ended
from probe.model.observation import HandshakeObservation
from probe.model.path import Connector, PhaseLimits, Proxy
from probe.tls.contexts import ContextCache
from probe.tls.evidence import recording
from probe.tls.stream import TlsStream
from probe.transport.dial import Dialer
from probe.transport.observed import observation_of
from probe.transport.passage import Passage, PassEndedError, ReadIdentity, open_context

_CHUNK: Final = 65536
_GOOD: Final = range(200, 300)


class ProxyTunnels:
    """Asks proxies to CONNECT; see `probe.transport.passage.Tunnels`."""

    def __init__(self, *, dialer: Dialer, contexts: ContextCache, clock: Clock, read: ReadIdentity) -> None:
        """All may be shared; `read` is for the identities that are shown to proxies."""
        self._dialer = dialer
        self._contexts = contexts
        self._clock = clock
        self._read = read

    async def dig(
        self,
        connector: Connector,
        *,
        limits: PhaseLimits,
        deadline: float,
        ways: contextlib.AsyncExitStack,
        identity: LoadedIdentity | None = None,
    ) -> tuple[socket.socket | None, HandshakeObservation]:
        """Reach the proxy, be accepted by it, and ask for the connector. Never raises for what the proxy or the network does."""
        if connector.proxy is None:
            raise ValueError(f"{connector.url} has no proxy")
        proxy = connector.proxy
        if identity is None and proxy.identity is not None and proxy.identity.private_key is not None:
            identity = await self._read(proxy.identity, proxy.verify.security_level)
        passage = Passage(dialer=self._dialer, clock=self._clock, limits=limits, deadline=deadline)
        ways.push_async_callback(passage.close)
        with contextlib.suppress(PassEndedError):  # the record says how
            await self._ask(passage, proxy, connector, identity)
        as_hop = Connector(url=proxy.url, endpoint=proxy.endpoint, trust=proxy.trust, verify=proxy.verify)
        leg = observation_of(passage, as_hop, identity, str(connector.endpoint), None)
        if proxy.is_connector:
            leg = replace(leg, tunnel_to=connector.endpoint)
        if leg.ended is not Ended.COMPLETED or leg.http is None or leg.http.status not in _GOOD:
            return None, leg
        if passage.stream is None:
            return passage.take(), leg
        return await ways.enter_async_context(_pumped(passage.stream, passage.rest)), leg

    async def _ask(self, passage: Passage, proxy: Proxy, connector: Connector, identity: LoadedIdentity | None) -> None:
        if proxy.tls:
            as_hop = Connector(url=proxy.url, endpoint=proxy.endpoint, trust=proxy.trust, verify=proxy.verify)
            context = await open_context(self._contexts, as_hop, identity, passage)
            await passage.connect(proxy.endpoint)
            with recording():  # one that is open around us is about the connector's TLS
                await passage.shake_hands(context, proxy.endpoint.server_name)
            await passage.be_accepted()
        else:
            await passage.connect(proxy.endpoint)
            passage.speak_openly()
        await passage.ask(_request(proxy, connector), "CONNECT")


def _request(proxy: Proxy, connector: Connector) -> bytes:
    """The target stands as `host:port` in line and `Host` (RFC 9112 3.2.3)."""
    target = str(connector.endpoint)
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", f"User-Agent: paypath/{probe.__version__}"]
    if proxy.credentials is not None:
        token = base64.b64encode(proxy.credentials.reveal().encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {token}")
    return "\r\n".join((*lines, "", "")).encode()


@contextlib.asynccontextmanager
async def _pumped(outer: TlsStream, rest: bytes) -> AsyncIterator[socket.socket]:
    """One end of a pair of sockets whose bytes go through `outer`, so that TLS to the connector is done as over any socket."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)  # noqa: FBT003 - socket's own signature
    theirs.setblocking(False)  # noqa: FBT003 - socket's own signature
    with theirs:
        async with asyncio.TaskGroup() as group:
            pumps = (group.create_task(_outward(theirs, outer)), group.create_task(_inward(outer, theirs, rest)))
            try:
                yield ours
            finally:
                for pump in pumps:
                    pump.cancel()


async def _outward(inner: socket.socket, outer: TlsStream) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):  # whoever reads the other end sees its end
        while data := await loop.sock_recv(inner, _CHUNK):
            await outer.write(data)


async def _inward(outer: TlsStream, inner: socket.socket, rest: bytes) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):  # an error of the proxy's leg is the end of the tunnel
        data = rest or await outer.read()
        while data:
            await loop.sock_sendall(inner, data)
            data = await outer.read()
    with contextlib.suppress(OSError):  # closed already
        inner.shutdown(socket.SHUT_WR)
