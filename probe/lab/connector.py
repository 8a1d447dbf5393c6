"""The lab's billing connector: mTLS with faithful alerts in front of the Stripe simulator.

asyncio's TLS server sends no alert to a client that it refuses (measured: 0 of 100); the driver that the probe uses, on the
server's side, does (`probe.tls.stream`).
"""

import asyncio
import contextlib
import socket
import ssl
from typing import Final

from probe.lab.answers import Answers
from probe.lab.faults import Switches
from probe.lab.listening import Listening
from probe.tls.evidence import record_on
from probe.tls.stream import TlsStream

_CHUNK: Final = 65536
_LINGER_S: Final = 1.0
_NOT_TLS: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_BEFORE_TLS: Final = ("handshake-hang", "not-tls")


class LabConnector:
    """One listening address.

    Faults of connections are looked at for each connection, faults of answers for each request. A connection that a fault
    has taken hold of stays with it until the client leaves.
    """

    def __init__(
        self, *, context: ssl.SSLContext, answers: Answers, switches: Switches, handshake_limit_s: float = 30.0
    ) -> None:
        """`answers` gets what clients say inside TLS."""
        self._answers = answers
        self._switches = switches
        self._handshake_limit_s = handshake_limit_s
        self._listening = Listening(self._accepted)
        self._group: asyncio.TaskGroup | None = None
        self._era = 0
        self.use(context)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; the port stays the same when the connector goes down and comes back."""
        return self._listening.address

    def use(self, context: ssl.SSLContext) -> None:
        """Present another certificate from the next connection on."""
        record_on(context)
        self._context = context

    def outdate(self) -> None:
        """Close every connection that is open now in place of answering its next request: its client shall come anew."""
        self._era += 1

    def bind(self, host: str, port: int) -> None:
        """Take the address; connections queue until `serve`. Raises OSError where it is taken."""
        self._listening.bind(host, port)

    async def serve(self) -> None:
        """Take connections until cancelled; each is a task that ends with this call."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            self._listening.start()
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self._listening.stop()
                self._group = None

    def up(self) -> None:
        """Listen again; nothing happens where it does already. Raises OSError."""
        self._listening.up()

    def down(self) -> None:
        """Stop listening: from now on the kernel refuses connections."""
        self._listening.down()

    def close(self) -> None:
        """Give the address up."""
        self._listening.close()

    def _accepted(self, sock: socket.socket) -> None:
        if self._group is None:
            sock.close()
        else:
            self._group.create_task(self._connection(sock, self._era))

    async def _connection(self, sock: socket.socket, era: int) -> None:
        """One connection from its first byte to its last; whatever the peer does ends only this connection."""
        with sock, contextlib.suppress(OSError):  # ssl.SSLError and TimeoutError are OSErrors
            match self._switches.in_force(_BEFORE_TLS):
                case "handshake-hang":
                    await _ignore(sock)
                case "not-tls":
                    await _speak_plainly(sock)
                case _:
                    await self._shake_and_relay(sock, era)

    async def _shake_and_relay(self, sock: socket.socket, era: int) -> None:
        stream = TlsStream(sock, self._context, server_side=True)
        stopping = True
        try:
            with contextlib.suppress(OSError):
                await stream.handshake(asyncio.get_running_loop().time() + self._handshake_limit_s)
                await self._relay(stream, era)
            stopping = False
        finally:
            await stream.close(0.0 if stopping else _LINGER_S)

    async def _relay(self, stream: TlsStream, era: int) -> None:
        """Carry bytes both ways until the side that answers ends."""
        line = self._answers.line(lambda: era != self._era)
        ours, theirs = socket.socketpair()
        try:
            with ours:
                ours.settimeout(0)
                transport, _ = await asyncio.get_running_loop().connect_accepted_socket(lambda: line, theirs)
                try:
                    async with asyncio.TaskGroup() as group:
                        inwards = group.create_task(_inwards(stream, ours))
                        finishing = group.create_task(line.finish())
                        await _outwards(ours, stream)
                        inwards.cancel()
                        finishing.cancel()
                finally:
                    if not line.lost:
                        transport.abort()
        finally:
            self._answers.hung_up(line)


async def _inwards(stream: TlsStream, ours: socket.socket) -> None:
    """What the client says, and that it has said its last."""
    with contextlib.suppress(OSError):
        while data := await stream.read(_CHUNK):
            await asyncio.get_running_loop().sock_sendall(ours, data)
    with contextlib.suppress(OSError):  # the other side has ended by itself
        ours.shutdown(socket.SHUT_WR)


async def _outwards(ours: socket.socket, stream: TlsStream) -> None:
    """What is answered; ends with it, or when the client no longer takes it."""
    with contextlib.suppress(OSError):
        while data := await asyncio.get_running_loop().sock_recv(ours, _CHUNK):
            await stream.write(data)


async def _ignore(sock: socket.socket) -> None:
    while await asyncio.get_running_loop().sock_recv(sock, _CHUNK):
        pass


async def _speak_plainly(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_recv(sock, _CHUNK)
    await loop.sock_sendall(sock, _NOT_TLS)
    sock.shutdown(socket.SHUT_WR)
    await _ignore(sock)
