"""What our own HTTP servers answer outside of any route, and what they make of bodies that are not what they say, or do not come."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from probe.transport.http_server import UNEXPECTED, UNREADABLE, Runner, not_whole, whole_body

_HEAD = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
_FALSE = b"Content-Encoding: gzip\r\nContent-Length: 7\r\n\r\nneither"


@dataclass
class Served:
    """A server with one route that reads a body, `/read`, and one that does not, `/left`."""

    port: int
    bodies: list[bytes | None] = field(default_factory=list)
    """As they were read."""
    read: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, sent: bytes) -> tuple[bytes, bytes]:
        """Head and body of the answer; returns when the other side has closed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        return head, body


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """On a free port."""

    async def read(request: web.Request) -> web.Response:
        try:
            made.bodies.append(await whole_body(request, within_s=0.2))
        finally:
            made.read.set()
        return not_whole() if made.bodies[-1] is None else web.Response(text="read", headers={"Cache-Control": "a day"})

    async def left(_request: web.Request) -> web.Response:
        return web.Response(text="left")

    app = web.Application()
    app.add_routes([web.post("/read", read), web.post("/left", left)])
    runner = Runner(app, server="ours", headers={"Cache-Control": "no-store"}, keepalive_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made = Served(runner.addresses[0][1])
    yield made
    await runner.cleanup()


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        (b"POST /read" + _HEAD + b"Content-Length: 2\r\n\r\nok", 200, "read"),
        (b"POST /nowhere" + _HEAD + b"\r\n", 404, "404: Not Found"),
        (b"POST /read" + _HEAD + _FALSE, 400, UNREADABLE),
        (b"POST /left" + _HEAD + _FALSE, 200, "left"),
        (b"sk_test_1\r\n\r\n", 400, UNREADABLE),
        (b"POST /read" + _HEAD + b"Expect: sk_test_1\r\n\r\n", 417, UNEXPECTED),
    ],
)
async def test_every_answer(
    served: Served, sent: bytes, status: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Names us and nobody else, has the headers that all have, repeats nothing, and no stranger writes into our log."""
    head, body = await served.ask(sent)
    assert head.startswith((b"HTTP/1.1 %d " % status, b"HTTP/1.0 %d " % status))
    assert body.decode() == said
    assert head.count(b"Server: ") == 1
    assert b"\r\nServer: ours" in head
    assert (b"\r\nCache-Control: " + (b"a day" if status == 200 and said == "read" else b"no-store")) in head
    assert caplog.records == []


async def test_a_body_that_does_not_come(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """It holds the connection for so long and no longer."""
    head, body = await served.ask(b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert body == b"the rest of the body did not come\n"
    assert (served.bodies, caplog.records) == ([None], [])


async def test_who_leaves_in_the_middle_of_a_body(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """Is no fault of ours either."""
    _, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx")
    await writer.drain()
    writer.transport.abort()
    await served.read.wait()
    assert (served.bodies, caplog.records) == ([None], [])
