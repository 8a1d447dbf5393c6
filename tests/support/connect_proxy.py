"""An HTTP proxy for CONNECT on loopback, in the clear or behind TLS of its own, in a thread of its own."""

import asyncio
import base64
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class ConnectProxy:
    """What it is told to do, and what it saw."""

    tls: ssl.SSLContext | None = None
    credentials: str | None = None
    """`NAME:PASSWORD` that it wants; None: it wants none."""
    answer: bytes | None = None
    """Said to every CONNECT instead of making a tunnel; empty: it hangs up."""
    tunnels: int | None = None
    """How many it makes before it refuses; None: any number."""
    resets: bool = False
    """It resets the connection instead of answering, or at the end of `inside`."""
    inside: bytes | None = None
    """Answered to the first words in a tunnel that leads nowhere, before it ends."""
    silent: bool = False
    """It never answers, or says no more after `inside`."""
    port: int = 0
    heads: list[str] = field(default_factory=list)
    clients: list[object] = field(default_factory=list)
    """Subjects of the client certificates that it was shown."""
    seen: bytearray = field(default_factory=bytearray)
    """What went through its tunnels towards the connectors."""

    open: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.open.append(writer)
        with contextlib.suppress(OSError, EOFError):
            shown = (writer.get_extra_info("peercert") or {}).get("subject")
            self.clients += [shown] if shown else []
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            await self._answer(head, reader, writer)
        if (
            not writer.is_closing()
        ):  # closed twice, a TLS transport of Python 3.11.2 (Debian 12) cannot be aborted any more
            writer.close()

    async def _answer(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.inside is not None:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await reader.read(65536)
            writer.write(self.inside)
            await writer.drain()
            if self.silent:
                await reader.read()
            elif self.resets:
                _reset(writer)
        elif self.silent:
            await reader.read()
        elif self.resets:
            _reset(writer)
        elif self.answer is not None:
            writer.write(self.answer)
            await writer.drain()
        elif self.credentials and base64.b64encode(self.credentials.encode()).decode() not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n\r\n")
        elif self.tunnels is not None and len(self.heads) > self.tunnels:
            writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        else:
            await self._tunnel(head.split()[1], reader, writer)

    async def _tunnel(self, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = target.rpartition(":")
        try:
            there, back = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError:
            writer.write(b"HTTP/1.1 503 Service Unavailable\r\nX-Smokescreen-Error: dial failed\r\n\r\n")
            return
        self.open.append(back)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        async with asyncio.TaskGroup() as group:
            group.create_task(_relay(reader, back, self.seen))
            group.create_task(_relay(there, writer, bytearray()))


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _relay(source: asyncio.StreamReader, sink: asyncio.StreamWriter, seen: bytearray) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            seen += data
            sink.write(data)
            await sink.drain()
    sink.close()


@contextlib.contextmanager
def proxying(**options: object) -> Iterator[ConnectProxy]:
    """Run a proxy on a free port for as long as the block lasts."""
    proxy = ConnectProxy(**options)  # type: ignore[arg-type]  # the caller's keywords
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, ssl=proxy.tls)
        proxy.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
        for writer in proxy.open:
            with contextlib.suppress(
                AttributeError
            ):  # Python 3.11.2 (Debian 12): a TLS transport that was closed twice
                writer.transport.abort()
        await asyncio.sleep(0)  # the sockets are closed in the loop's next turn

    def work() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(run())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    ready.wait()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
