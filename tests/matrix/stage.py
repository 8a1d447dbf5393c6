"""An event loop in a thread of its own, for the servers that the tests are themselves: they outlive the loop of one test."""

import asyncio
import concurrent.futures
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Self, TypeVar

from tests.servers.process import HOST

T = TypeVar("T")
Connection = Callable[[socket.socket], Awaitable[None]]
"""Serves one accepted, non-blocking socket; the stage closes it afterwards."""


class Stage:
    """Servers in a thread, until the block ends."""

    def __enter__(self) -> Self:
        """Start the loop."""
        self._loop = asyncio.new_event_loop()
        self._stack = contextlib.ExitStack()
        self._datagrams: list[asyncio.DatagramTransport] = []
        self._thread = threading.Thread(target=self._loop.run_forever, name="stage", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End every connection and the loop."""
        self.call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._stack.close()
        self._loop.close()

    def call(self, work: Coroutine[object, object, T]) -> T:
        """Run something on the loop and wait for it."""
        done: concurrent.futures.Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result()

    def serve(self, connection: Connection, *, backlog: int = 512) -> int:
        """Serve on a free port; returns it."""
        listener = self._stack.enter_context(socket.create_server((HOST, 0), backlog=backlog))
        listener.setblocking(False)  # noqa: FBT003 - socket's own signature
        asyncio.run_coroutine_threadsafe(_accepting(listener, connection), self._loop)
        port: int = listener.getsockname()[1]
        return port

    def datagrams(self, protocol: Callable[[], asyncio.DatagramProtocol]) -> int:
        """Serve UDP on a free port; returns it."""
        transport, _ = self.call(self._bind(protocol))
        self._datagrams.append(transport)
        port: int = transport.get_extra_info("sockname")[1]
        return port

    async def _bind(
        self, protocol: Callable[[], asyncio.DatagramProtocol]
    ) -> tuple[asyncio.DatagramTransport, asyncio.DatagramProtocol]:
        return await self._loop.create_datagram_endpoint(protocol, local_addr=(HOST, 0))

    async def _end(self) -> None:
        for transport in self._datagrams:
            transport.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


async def _accepting(listener: socket.socket, connection: Connection) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        while True:
            sock, _ = await loop.sock_accept(listener)
            sock.setblocking(False)  # noqa: FBT003 - socket's own signature
            group.create_task(_one(sock, connection))


async def _one(sock: socket.socket, connection: Connection) -> None:
    """A client that goes away is no concern of the other connections."""
    with sock, contextlib.suppress(OSError, EOFError):
        await connection(sock)
