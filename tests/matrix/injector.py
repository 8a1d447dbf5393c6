"""The fault injector: raw sockets, and a relay that cuts between records, for what no server program does on request."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tests.matrix.stage import Connection
from tests.matrix.wire import (
    APPLICATION,
    CHANGE_CIPHER_SPEC,
    alert,
    drain,
    hang_up,
    read_exactly,
    read_record,
    read_some,
    record,
    reset,
    send,
)
from tests.servers.process import HOST

DRIP_S: Final = 0.05


class How(StrEnum):
    """What the injector does instead of going on."""

    EOF = "eof"
    RESET = "reset"
    SILENCE = "silence"
    DRIP = "drip"


class When(StrEnum):
    """How far the handshake goes before that; `_rows` of the relay."""

    SERVER_HELLO_HALF = "half of the ServerHello was sent"
    SERVER_HELLO = "the ServerHello was sent"
    SERVER_FLIGHT_PART = "a part of the server's flight was sent"
    REQUEST = "our certificate was asked for, and the server's flight is not over"
    CLIENT_FLIGHT = "our certificate was sent"


_FORWARDED: Final = {When.SERVER_HELLO: 1, When.SERVER_FLIGHT_PART: 3, When.REQUEST: 4}
"""Whole records that the relay lets through before it stops."""
_HALF: Final = 20
_REST_S: Final = 0.1
"""For the third message of a flight that may have only two; nothing is said in that time that could be lost."""

FOREIGN: Final[Mapping[str, bytes]] = {
    "plain HTTP": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "an SSH server": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a mail server": b"220 mail.internal ESMTP\r\n",
    "a database": b"J\x00\x00\x00\x0a8.0.36\x00\x01\x02\x03\x04\x05\x06\x07\x08\x00",
    "Redis": b"-ERR unknown command\r\n",
    "garbage": bytes(range(128, 256)),
    "zeros": bytes(64),
}
"""What other services say to a ClientHello, or before it."""

BROKEN: Final[Mapping[str, bytes]] = {
    "a handshake record of garbage": record(22, b"\xff" * 40),
    "a record longer than TLS allows": b"\x16\x03\x03\xff\xff" + b"\x00" * 200,
    "application data at once": record(23, b"x" * 40),
    "a ServerHello that ends too soon": record(22, b"\x02\x00\x00\x04\x03\x03\x00\x00"),
}
"""What begins like TLS and is none."""


async def at_accept(sock: socket.socket, how: How) -> None:
    """Before anything was read."""
    if how is How.RESET:
        reset(sock)
    elif how is How.SILENCE:
        await drain(sock)


async def after_hello(sock: socket.socket, how: How) -> None:
    """After the whole ClientHello was read."""
    await read_record(sock)
    await end(sock, how)


async def end(sock: socket.socket, how: How) -> None:
    """Do what the fault says, and nothing more."""
    match how:
        case How.RESET:
            reset(sock)
        case How.EOF:
            await hang_up(sock)
        case _:
            await drain(sock)


async def speak(sock: socket.socket, words: bytes, *, first: bool = False) -> None:
    """Say something that is no TLS; `first`: without having heard the client."""
    if not first:
        await read_record(sock)
    await send(sock, words)
    await hang_up(sock)


async def alert_at_hello(sock: socket.socket, number: int) -> None:
    """Answer the ClientHello with an alert."""
    await read_record(sock)
    await send(sock, alert(number))
    await hang_up(sock)


@dataclass(frozen=True, slots=True)
class Relay:
    """Stands before a real TLS server, and ends what goes through it at one moment of the handshake."""

    upstream: int
    when: When
    then: Callable[[socket.socket], Awaitable[None]]

    async def __call__(self, client: socket.socket) -> None:
        """Serve one connection."""
        with socket.socket() as server:
            server.setblocking(False)  # noqa: FBT003 - socket's own signature
            await asyncio.get_running_loop().sock_connect(server, (HOST, self.upstream))
            await send(server, await read_record(client))
            if self.when is When.CLIENT_FLIGHT:
                await self._through_client_flight(client, server)
            else:
                await self._part_of_server_flight(client, server)
            await self.then(client)

    async def _part_of_server_flight(self, client: socket.socket, server: socket.socket) -> None:
        if self.when is When.SERVER_HELLO_HALF:
            await send(client, await read_exactly(server, _HALF))
            return
        for _ in range(_FORWARDED[self.when]):
            await send(client, await read_record(server))

    @staticmethod
    async def _through_client_flight(client: socket.socket, server: socket.socket) -> None:
        """Pass the server's first flight on, and take all of the client's answer; the server never sees it."""
        async with asyncio.TaskGroup() as group:
            forwarding = group.create_task(_forward(server, client))
            await _client_flight(client)
            forwarding.cancel()


@dataclass(frozen=True, slots=True)
class Prefaced:
    """Says something before a real TLS server's first word, and lets everything else through."""

    upstream: int
    words: bytes

    async def __call__(self, client: socket.socket) -> None:
        """Serve one connection, until the client goes away."""
        with socket.socket() as server:
            server.setblocking(False)  # noqa: FBT003 - socket's own signature
            await asyncio.get_running_loop().sock_connect(server, (HOST, self.upstream))
            await send(server, await read_record(client))
            await send(client, self.words)
            back = asyncio.ensure_future(_forward(server, client))  # noqa: TID251 - ended below, with this connection
            try:
                await _forward(client, server)
            finally:
                back.cancel()
                await asyncio.gather(back, return_exceptions=True)


async def _forward(source: socket.socket, target: socket.socket) -> None:
    while True:
        await send(target, await read_some(source))


async def _client_flight(client: socket.socket) -> None:
    """Read the client's second flight whole: after its ChangeCipherSpec come the encrypted messages."""
    while (await read_record(client))[0] != CHANGE_CIPHER_SPEC:
        pass
    kind = (await read_record(client))[0]
    if kind == APPLICATION:  # TLS 1.3: Certificate, CertificateVerify if there is a certificate, and Finished
        await read_record(client)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_REST_S):
                await read_record(client)


def dripping(upstream: int) -> Connection:
    """A relay that lets the server's bytes through one at a time, too slowly for any handshake."""

    async def connection(client: socket.socket) -> None:
        with socket.socket() as server:
            server.setblocking(False)  # noqa: FBT003 - socket's own signature
            await asyncio.get_running_loop().sock_connect(server, (HOST, upstream))
            await send(server, await read_record(client))
            while True:
                await send(client, await read_exactly(server, 1))
                await asyncio.sleep(DRIP_S)

    return connection
