"""A socket without TLS, read so that nothing behind the head of an answer is taken: it belongs to whoever gets the tunnel."""

import asyncio
import re
import socket
from typing import Final

_CHUNK: Final = 4096
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_BEFORE: Final = 2
"""Bytes of the end of a head that may have come before: LF, CR."""


class ClearStream:
    """One connection in the clear; closing it is its socket's owner's."""

    def __init__(self, sock: socket.socket) -> None:
        """Use `sock` (connected, non-blocking)."""
        self._socket = sock
        self._last = b""
        self.bytes_sent = 0
        self.bytes_received = 0
        self.first_bytes = b""

    async def write(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""
        await asyncio.get_running_loop().sock_sendall(self._socket, data)
        self.bytes_sent += len(data)

    async def read(self) -> bytes:
        """The next bytes, none of them behind a blank line; b"" at the end. Raises OSError."""
        while True:
            try:
                seen = self._socket.recv(_CHUNK, socket.MSG_PEEK)
            except (BlockingIOError, InterruptedError):
                await self._readable()
                continue
            return self._taken(seen)

    def _taken(self, seen: bytes) -> bytes:
        end = _BLANK_LINE.search(self._last + seen)
        count = len(seen) if end is None else max(end.end() - len(self._last), 1 if seen else 0)
        taken = self._socket.recv(count) if count else b""
        self._last = b"" if end is not None else (self._last + taken)[-_BEFORE:]
        self.bytes_received += len(taken)
        self.first_bytes = self.first_bytes or taken[:64]
        return taken

    async def _readable(self) -> None:
        loop, readable = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._socket, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(self._socket)
