"""A connector on loopback that answers as a test tells it, byte by byte."""

import asyncio
import contextlib
import json
import pathlib
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from probe.lab.pki import Authority
from probe.model.identity import LoadedIdentity
from probe.model.network import Endpoint
from probe.model.observation import StripeObservation
from probe.model.path import Connector, PaymentPath, StripeAccess, Verify
from probe.model.secret import Secret

KEY = "sk_test_hush0123456789"
CHARGE = {"amount": 100, "currency": "usd"}
INTENT = {"id": "pi_1", "object": "payment_intent", "amount": 100, "livemode": False, "status": "succeeded"}


@dataclass
class Request:
    """What the connector received."""

    line: str
    headers: Mapping[str, str]
    body: str


Behaviour = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


def answer(
    status: int, body: object, *, headers: Mapping[str, str] | None = None, length: int | None = None
) -> Behaviour:
    """Answer with a JSON object, or with bytes as they are; `length` may promise more than comes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def behave(_request: Request, writer: asyncio.StreamWriter) -> None:
        fields = {"Request-Id": "req_1", "Content-Length": str(len(content) if length is None else length)}
        head = "".join(f"{name}: {value}\r\n" for name, value in (fields | dict(headers or {})).items())
        writer.write(f"HTTP/1.1 {status} Any\r\n{head}\r\n".encode() + content)

    return behave


@dataclass
class FakeConnector:
    """Listens on loopback; behaves as `behaviour` says, and remembers what it received."""

    port: int = 0
    behaviour: Behaviour = field(default_factory=lambda: answer(200, {}))
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        self.connections += 1
        self.open.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = (await reader.readexactly(int(fields.get("content-length", 0)))).decode()
            self.requests.append(request := Request(head[0], fields, body))
            await self.behaviour(request, writer)
            await writer.drain()
        writer.close()
        self.open.discard(writer)

    def stop(self) -> None:
        """Drop every connection that a behaviour left hanging."""
        for writer in self.open:
            writer.transport.abort()


@dataclass
class Material:
    """Certificates of one test, and the contexts made of them."""

    authority: Authority
    trust: pathlib.Path
    server: ssl.SSLContext
    identity: LoadedIdentity


def path_to(
    port: int, trust: pathlib.Path | None = None, *, host: str = "127.0.0.1", server_name: str = "connector.test"
) -> PaymentPath:
    """A path to a connector on this machine."""
    endpoint = Endpoint(host=host, port=port, server_name=server_name)
    where = Connector(url=f"https://{host}:{port}", endpoint=endpoint, trust=trust, verify=Verify())
    return PaymentPath(name="billing", connector=where, stripe=StripeAccess(api_key=Secret(KEY)))


Ask = Callable[..., Awaitable[StripeObservation]]
"""Calls the connector with the real SDK; everything may be overridden by keyword."""


def kinds(observation: StripeObservation) -> list[str]:
    """The names of the causes, outermost first."""
    return [cause.kind for cause in observation.causes]


def error_body(**fields: object) -> dict[str, object]:
    """Stripe's error object."""
    return {"error": {"type": "invalid_request_error", "message": "No.", **fields}}


async def hang(_request: Request, writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await writer.wait_closed()
