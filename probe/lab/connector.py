"""The lab's billing connector: mTLS with faithful alerts in front of the Stripe simulator.

asyncio's TLS server sends no alert to a client that it refuses (measured: 0 of 100); the driver that the probe uses, on the
server's side, does (`probe.tls.stream`).
"""

import asyncio
import contextlib
import pathlib
import socket
import ssl
from collections.abc import Set as AbstractSet
from typing import Final

from probe.tls.evidence import record_on
from probe.tls.stream import TlsStream

HEALTH_PATH: Final = "/healthz"
_CHUNK: Final = 65536
_MOST_HEAD: Final = 32768
_HANDSHAKE_LIMIT_S: Final = 30.0
_BACKLOG: Final = 128
_NOT_TLS: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def _answer(status: str, content_type: str, body: bytes, *, missing: int = 0) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body) + missing}\r\n"
    return head.encode() + b"Server: paypath-lab\r\nConnection: close\r\n\r\n" + body


_HEALTHY: Final = _answer("200 OK", "application/json", b'{"status":"ok"}')
_INSTEAD: Final = {
    "connector-502": _answer("502 Bad Gateway", "text/html", b"<html><h1>502 Bad Gateway</h1></html>"),
    "connector-html": _answer("200 OK", "text/html", b"<html><h1>Welcome to the billing connector</h1></html>"),
    "connector-truncated": _answer("200 OK", "application/json", b'{"object": "bala', missing=400),
}
"""What is answered in place of Stripe's answer while the fault is on."""


class LabConnector:
    """One listening address; `faults` is looked at anew for each connection."""

    def __init__(self, *, context: ssl.SSLContext, upstream: pathlib.Path, faults: AbstractSet[str]) -> None:
        """`upstream` is the unix socket of the simulator; `faults` is shared with the switches."""
        self._upstream = upstream
        self._faults = faults
        self._group: asyncio.TaskGroup | None = None
        self._acceptor: asyncio.Task[None] | None = None
        self._listener: socket.socket | None = None
        self._address: tuple[str, int] = ("127.0.0.1", 0)
        self.use(context)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; the port stays the same when the connector goes down and comes back."""
        return self._address

    def use(self, context: ssl.SSLContext) -> None:
        """Present another certificate from the next connection on."""
        record_on(context)
        self._context = context

    def bind(self, host: str, port: int) -> None:
        """Take the address; connections queue until `serve`. Raises OSError where it is taken."""
        self._address = (host, port)
        self.up()

    async def serve(self) -> None:
        """Take connections until cancelled; each is a task that ends with this call."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            if self._listener is not None:
                self._acceptor = group.create_task(self._accept(self._listener))
            await asyncio.get_running_loop().create_future()

    def up(self) -> None:
        """Listen again; nothing happens where it does already."""
        if self._listener is not None:
            return
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.settimeout(0)
        try:
            listener.bind(self._address)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
        self._listener = listener
        self._address = listener.getsockname()[:2]
        if self._group is not None:
            self._acceptor = self._group.create_task(self._accept(listener))

    def down(self) -> None:
        """Stop listening: from now on the kernel refuses connections."""
        if self._acceptor is not None:
            self._acceptor.cancel()
        if self._listener is not None:
            self._listener.close()
        self._acceptor = self._listener = None

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while self._group is not None:
            sock, _ = await loop.sock_accept(listener)
            sock.settimeout(0)
            self._group.create_task(self._connection(sock))

    async def _connection(self, sock: socket.socket) -> None:
        """One connection from its first byte to its last; whatever the peer does ends only this connection."""
        with sock, contextlib.suppress(OSError, ssl.SSLError):  # TimeoutError is an OSError
            if "handshake-hang" in self._faults:
                await _ignore(sock)
            elif "not-tls" in self._faults:
                await _speak_plainly(sock)
            else:
                await self._shake_and_serve(sock)

    async def _shake_and_serve(self, sock: socket.socket) -> None:
        stream = TlsStream(sock, self._context, server_side=True)
        try:
            await stream.handshake(asyncio.get_running_loop().time() + _HANDSHAKE_LIMIT_S)
            await self._serve(stream)
        finally:
            await stream.close()

    async def _serve(self, stream: TlsStream) -> None:
        head = await _head(stream)
        if not head or "connector-close" in self._faults:
            return
        if "connector-hang" in self._faults:
            while await stream.read(_CHUNK):
                pass
            return
        fault = next((name for name in _INSTEAD if name in self._faults), None)
        if fault is not None:
            await stream.write(_INSTEAD[fault])
        elif head.startswith(f"GET {HEALTH_PATH} ".encode()):
            await stream.write(_HEALTHY)
        else:
            await self._relay(stream, head)

    async def _relay(self, stream: TlsStream, head: bytes) -> None:
        """Carry bytes both ways until Stripe's side ends."""
        reader, writer = await asyncio.open_unix_connection(self._upstream)
        writer.write(head)
        async with asyncio.TaskGroup() as group:
            upwards = group.create_task(_copy_up(stream, writer))
            while data := await reader.read(_CHUNK):
                await stream.write(data)
            upwards.cancel()
        writer.close()


async def _head(stream: TlsStream) -> bytes:
    """The request's first bytes, up to the end of its headers; b"" where none came."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _MOST_HEAD:
        data = await stream.read(_CHUNK)
        if not data:
            break
        head += data
    return head


async def _copy_up(stream: TlsStream, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        while data := await stream.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _ignore(sock: socket.socket) -> None:
    while await asyncio.get_running_loop().sock_recv(sock, _CHUNK):
        pass


async def _speak_plainly(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_recv(sock, _CHUNK)
    await loop.sock_sendall(sock, _NOT_TLS)
    sock.shutdown(socket.SHUT_WR)
    await _ignore(sock)
