"""Bytes on a raw socket: TLS records, resets, and the ends of connections."""

import asyncio
import contextlib
import socket
import struct
from typing import Final

CHANGE_CIPHER_SPEC: Final = 20
ALERT: Final = 21
HANDSHAKE: Final = 22
APPLICATION: Final = 23
WARNING: Final = 1
FATAL: Final = 2
HEADER: Final = 5


async def read_some(sock: socket.socket) -> bytes:
    """What has come; raises EOFError at the end."""
    data = await asyncio.get_running_loop().sock_recv(sock, 65536)
    if not data:
        raise EOFError("the peer has closed")
    return data


async def read_exactly(sock: socket.socket, count: int) -> bytes:
    """`count` bytes; raises EOFError where the peer closes before."""
    data = b""
    while len(data) < count:
        more = await asyncio.get_running_loop().sock_recv(sock, count - len(data))
        if not more:
            raise EOFError("the peer has closed")
        data += more
    return data


async def read_record(sock: socket.socket) -> bytes:
    """One TLS record, header included."""
    header = await read_exactly(sock, HEADER)
    return header + await read_exactly(sock, int.from_bytes(header[3:], "big"))


async def send(sock: socket.socket, data: bytes) -> None:
    """All of it."""
    await asyncio.get_running_loop().sock_sendall(sock, data)


def record(kind: int, content: bytes) -> bytes:
    """A TLS record in plain text (RFC 8446 5.1)."""
    return struct.pack("!BHH", kind, 0x0303, len(content)) + content


def alert(number: int, level: int = FATAL) -> bytes:
    """An alert in plain text."""
    return record(ALERT, bytes([level, number]))


def reset(sock: socket.socket) -> None:
    """Close with RST, whatever is still on its way."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


async def hang_up(sock: socket.socket) -> None:
    """Close with FIN, and never with RST: wait until the client has closed too."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
    await drain(sock)


async def drain(sock: socket.socket) -> None:
    """Read until the client goes away; saying nothing meanwhile."""
    with contextlib.suppress(OSError, EOFError):
        while True:
            await read_some(sock)
