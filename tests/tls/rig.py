"""Both ends of a TLS connection for tests: contexts from certificates made on the spot, servers on our own driver."""

import asyncio
import contextlib
import pathlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from probe.lab.pki import SERVER_AUTH, Authority, Issued
from probe.tls.evidence import Evidence, record_on
from probe.tls.stream import TlsStream

HOST = "127.0.0.1"


@dataclass
class Served:
    """A running server: where it listens, and how each of its connections went."""

    port: int
    evidence: list[Evidence] = field(default_factory=list)


async def greet(stream: TlsStream) -> None:
    """Answer one request with `hello`."""
    await stream.read()
    await stream.write(b"hello")


class Rig:
    """An authority that both sides trust, one that nobody trusts, and what is made from them."""

    def __init__(self, directory: pathlib.Path, now: datetime) -> None:
        """Write files below `directory`; `now` is the middle of the certificates' lives."""
        self.directory = directory
        self.now = now
        self.root = Authority.root("Test root", now=now)
        self.stranger = Authority.root("Stranger", now=now)
        self.server = self.root.issue("localhost", san=["localhost", HOST], usages=[SERVER_AUTH])
        self.good = self.root.issue("billing")
        self.unknown = self.stranger.issue("billing")
        self.expired = self.root.issue(
            "billing", not_before=now - timedelta(days=90), not_after=now - timedelta(hours=1)
        )

    def server_context(
        self,
        issued: Issued | None = None,
        *,
        crl: bytes = b"",
        version: ssl.TLSVersion | None = None,
        verify: bool = True,
    ) -> ssl.SSLContext:
        """A server that requires a client certificate of the test root."""
        context = self._context(ssl.PROTOCOL_TLS_SERVER, issued or self.server, version)
        if verify:
            context.verify_mode = ssl.CERT_REQUIRED
        trust = self.file("trust.pem", self.root.certificate_pem + crl)
        context.load_verify_locations(cafile=trust)
        if crl:
            context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
        return context

    def client_context(self, issued: Issued | None = None, *, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        """A client that trusts the test root."""
        context = self._context(ssl.PROTOCOL_TLS_CLIENT, issued, version)
        context.load_verify_locations(cadata=self.root.certificate_pem.decode())
        return context

    def file(self, name: str, content: bytes) -> pathlib.Path:
        """A file of its own with `content`."""
        folder = self.directory / str(len(list(self.directory.iterdir())))
        folder.mkdir()
        (folder / name).write_bytes(content)
        return folder / name

    def _context(self, protocol: int, issued: Issued | None, version: ssl.TLSVersion | None) -> ssl.SSLContext:
        context = ssl.SSLContext(protocol)
        if protocol == ssl.PROTOCOL_TLS_SERVER:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")  # a server may be as weak as a test wants
        if version is not None:
            context.minimum_version = context.maximum_version = version
        if issued is not None:
            context.load_cert_chain(self.file("tls.pem", issued.certificate_pem + issued.key_pem))
        record_on(context)
        return context

    @contextlib.asynccontextmanager
    async def serve(
        self, context: ssl.SSLContext, answer: Callable[[TlsStream], Awaitable[None]] = greet
    ) -> AsyncIterator[Served]:
        """Serve TLS on a free port; the evidence of every connection is kept."""
        evidence: list[Evidence] = []

        async def one(sock: socket.socket) -> None:
            stream = TlsStream(sock, context, server_side=True)
            evidence.append(stream.evidence)
            try:
                with contextlib.suppress(OSError):  # ssl.SSLError too: the evidence says what it was
                    await stream.handshake()
                    await answer(stream)
            finally:
                await stream.close()

        async with serve_raw(one) as port:
            yield Served(port, evidence)


@contextlib.asynccontextmanager
async def serve_raw(connection: Callable[[socket.socket], Awaitable[None]]) -> AsyncIterator[int]:
    """Accept TCP connections on a free port and hand each one, non-blocking, to `connection`, which closes it."""
    with socket.create_server((HOST, 0), backlog=256) as listener:
        listener.setblocking(False)  # noqa: FBT003 - socket's own signature

        async def handle(sock: socket.socket) -> None:
            await connection(sock)

        async def accept() -> None:
            async with asyncio.TaskGroup() as connections:
                while True:
                    sock, _ = await asyncio.get_running_loop().sock_accept(listener)
                    sock.setblocking(False)  # noqa: FBT003 - socket's own signature
                    connections.create_task(handle(sock))

        async with asyncio.TaskGroup() as group:
            accepting = group.create_task(accept())
            try:
                yield listener.getsockname()[1]
            finally:
                accepting.cancel()


class Silence:
    """A listener whose connections are never accepted: the kernel answers SYN, and nobody answers anything else."""

    def __enter__(self) -> Self:
        """Listen on a free port."""
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._listener.close()


async def dial(port: int) -> socket.socket:
    """A connected, non-blocking socket to a port on loopback."""
    sock = socket.socket()
    sock.setblocking(False)  # noqa: FBT003 - socket's own signature
    await asyncio.get_running_loop().sock_connect(sock, (HOST, port))
    return sock
