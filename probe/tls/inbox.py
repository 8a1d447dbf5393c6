"""What arrives at a non-blocking socket, taken by the event loop itself: one registration for the life of a connection.

`loop.sock_recv` loses what it has taken where a timeout falls into the same turn of the loop: on a busy machine an alert at the
end of the grace was gone (measured, 500 handshakes at once). Here it is handed on before anybody who waits can be disturbed.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

_CHUNK: Final = 65536


class Inbox:
    """Hands on what a socket has, one chunk in a turn of the loop, for as long as somebody waits for it."""

    def __init__(self, sock: socket.socket, deliver: Callable[[bytes], None]) -> None:
        """`deliver` is given each chunk, and b"" at the end of them; it must not raise, but for want of memory."""
        self._socket = sock
        # By number: of a socket that it does not know, asyncio's selector makes the `repr`, with two system calls.
        self._descriptor = sock.fileno()
        self._deliver = deliver
        self._waiting: list[asyncio.Future[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def arrival(self) -> None:
        """Return when something has been delivered. Raises OSError, and MemoryError: what had come may be lost then."""
        loop = asyncio.get_running_loop()
        if self._loop is None:
            loop.add_reader(self._descriptor, self._readable)
            self._loop = loop
        told = loop.create_future()
        self._waiting.append(told)
        await told

    def close(self) -> None:
        """Let go of the loop; the socket stays open."""
        if self._loop is not None:
            self._loop.remove_reader(self._descriptor)
            self._loop = None

    def _readable(self) -> None:
        waiting = [told for told in self._waiting if not told.done()]  # those that gave up are cancelled
        if not waiting:
            self._waiting.clear()
            self.close()  # nothing is taken that nobody asked for
            return
        try:
            self._deliver(self._socket.recv(_CHUNK))
        except (BlockingIOError, InterruptedError):
            return
        except (
            OSError,
            MemoryError,
        ) as error:  # left to the loop, the latter would come again at once, until memory does
            for told in waiting:
                told.set_exception(error)
        else:
            for told in waiting:
                told.set_result(None)
        self._waiting.clear()
