"""A client of the lab's connector that can be as rude as a test wants: on our own driver, one connection at a time."""

import asyncio
import contextlib
import pathlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from aiohttp import web

from probe.lab.answers import Answers
from probe.lab.connector import LabConnector
from probe.lab.faults import Switches
from probe.lab.material import Material
from probe.model.clock import SystemClock
from probe.tls.evidence import record_on
from probe.tls.stream import TlsStream

PATIENCE_S = 20.0
"""How long an answer may take before a test gives up: generous, for slow machines."""
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: lab\r\n\r\n"


def get(path: str) -> bytes:
    """A request without a body."""
    return f"GET {path} HTTP/1.1\r\nHost: lab\r\n\r\n".encode()


async def until(true: Callable[[], object]) -> None:
    """Let the loop go round until something has become true that nobody announces."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110 - what is looked at has no event, and needs none but here
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer, as far as it came."""

    head: str
    body: bytes

    @property
    def status(self) -> int:
        """From the status line."""
        return int(self.head.split()[1])

    @property
    def promised(self) -> int:
        """The length that the header promises."""
        lines = (line.split(":", 1) for line in self.head.splitlines()[1:])
        return int(next(value for name, value in lines if name.lower() == "content-length"))

    @property
    def last(self) -> bool:
        """Whether the connection ends with it."""
        return "connection: close" in self.head.lower()


class Connection:
    """One TLS connection to the connector."""

    def __init__(self, stream: TlsStream, sock: socket.socket) -> None:
        """Both are this object's own."""
        self.stream = stream
        self.sock = sock
        self._early = b""

    async def ask(self, request: bytes) -> Reply:
        """Send it and read one answer; what is missing of it is missing in the reply."""
        await self.stream.write(request)
        return await self.answer()

    async def answer(self) -> Reply:
        """One answer, or as much of it as comes before the end. An empty head is no answer at all."""
        async with asyncio.timeout(PATIENCE_S):
            got, self._early = self._early, b""
            while b"\r\n\r\n" not in got:
                if not (data := await self.stream.read()):
                    return Reply(got.decode(), b"")
                got += data
            head, _, body = got.partition(b"\r\n\r\n")
            reply = Reply(head.decode(), body)
            while len(body) < reply.promised and (data := await self.stream.read()):
                body += data
            self._early = body[reply.promised :]
            return Reply(reply.head, body[: reply.promised])

    async def ended(self) -> bool:
        """Wait for the other side's end; False where it said something before that."""
        async with asyncio.timeout(PATIENCE_S):
            return not await self.stream.read()

    def reset(self) -> None:
        """Leave at once, as a killed process with unread bytes does."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.sock.close()


async def dialled(port: int) -> socket.socket:
    """A connected, non-blocking socket."""
    sock = socket.socket()
    sock.settimeout(0)
    try:
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    except OSError:
        sock.close()
        raise
    return sock


class Visitor:
    """Opens connections with the lab's own identity."""

    def __init__(self, directory: pathlib.Path, port: int) -> None:
        """`directory` holds `ca.pem` and `identity/`."""
        self._directory = directory
        self.port = port

    def context(self) -> ssl.SSLContext:
        """Trusts the lab, and shows the identity as it is on disk now."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self._directory / "ca.pem")
        context.load_cert_chain(self._directory / "identity" / "tls.crt", self._directory / "identity" / "tls.key")
        record_on(context)
        return context

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """One connection, after its handshake; closed with the block."""
        sock = await dialled(self.port)
        stream = TlsStream(sock, self.context(), server_hostname="localhost")
        try:
            await stream.handshake(asyncio.get_running_loop().time() + PATIENCE_S)
            yield Connection(stream, sock)
        finally:
            await stream.close()

    async def ask(self, request: bytes) -> Reply:
        """One request on a connection of its own."""
        async with self.connection() as connection:
            return await connection.ask(request)


@dataclass(frozen=True, slots=True)
class Rig:
    """A connector in front of an application of the test's own."""

    visitor: Visitor
    connector: LabConnector
    switches: Switches
    answers: Answers


@contextlib.asynccontextmanager
async def connector_for(
    app: web.Application, directory: pathlib.Path, *, kept_alive_s: float = 75.0, handshake_limit_s: float = 30.0
) -> AsyncIterator[Rig]:
    """A running connector with `app` in Stripe's place."""
    material = Material(directory, now=SystemClock().now())
    switches = Switches()
    answers = Answers(app, switches, kept_alive_s=kept_alive_s)
    await answers.start()
    connector = LabConnector(
        context=material.server_context(None), answers=answers, switches=switches, handshake_limit_s=handshake_limit_s
    )
    connector.bind("127.0.0.1", 0)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(connector.serve())
        try:
            yield Rig(Visitor(directory, connector.address[1]), connector, switches, answers)
        finally:
            serving.cancel()
            connector.close()
            await answers.stop()
