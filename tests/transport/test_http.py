"""One arbitrary request on a connection of its own."""

import time

import pytest

from probe.model.clock import SystemClock
from probe.model.failure import Phase
from probe.model.network import Ended
from probe.model.observation import HttpObservation
from probe.model.path import PhaseLimits
from probe.model.scenario import HttpAction
from probe.tls.stream import TlsStream
from probe.transport.dial import NetworkDialer
from probe.transport.http import HttpProbe
from tests.tls.rig import Rig
from tests.transport.hop import TRACEPARENT, Hop


async def send(hop: Hop, rig: Rig, port: int, action: HttpAction) -> HttpObservation:
    """Send `action` to a server on loopback."""
    probe = HttpProbe(dialer=NetworkDialer(), contexts=hop.contexts, clock=SystemClock())
    return await probe.observe(
        hop.connector(port, trust=rig.file("ca.pem", rig.root.certificate_pem)),
        action,
        identity=None,
        limits=PhaseLimits(default_s=30.0),
        deadline=time.monotonic() + 60,
        traceparent=TRACEPARENT,
        span_id="b7ad6b7169203331",
    )


async def test_a_post_with_its_answer(hop: Hop, rig: Rig) -> None:
    """Method, path, headers and body go out as declared, and the answer comes back."""
    heard: list[bytes] = []

    async def answer(stream: TlsStream) -> None:
        heard.append(await stream.read())
        await stream.write(b"HTTP/1.1 201 Created\r\nLocation: /x\r\nContent-Length: 2\r\n\r\n{}")

    action = HttpAction(
        method="POST", path="/v1/a b?c=d", headers={"X-Tenant": "canary", "User-Agent": "mine"}, body="ü"
    )
    async with rig.serve(rig.server_context(verify=False), answer) as served:
        seen = await send(hop, rig, served.port, action)
    head, body = heard[0].split(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/a%20b?c=d HTTP/1.1\r\n")
    assert b"\r\nx-tenant: canary" in head
    assert b"\r\nuser-agent: mine" in head
    assert b"\r\ncontent-length: 2" in head
    assert body == "ü".encode()
    assert (seen.phase, seen.ended) == (Phase.RECEIVE, Ended.COMPLETED)
    assert seen.answer is not None
    assert (seen.answer.status, seen.answer.headers["location"], seen.answer.body) == (201, "/x", "{}")
    assert seen.request_span_id == "b7ad6b7169203331"


async def test_a_connection_that_fails(hop: Hop, rig: Rig) -> None:
    """Without an answer the observation says where it ended, and that nothing was asked."""
    async with rig.serve(rig.server_context()) as served:
        seen = await send(hop, rig, served.port, HttpAction(method="GET", path="/"))
    assert (seen.phase, seen.ended) == (Phase.ACCEPT, Ended.ERROR)
    assert seen.answer is None
    assert seen.request_span_id is None


@pytest.mark.parametrize(
    "action",
    [
        HttpAction(method="GET", path="/", headers={"X": "a\r\nY: b"}),
        HttpAction(method="GET", path="/", headers={"X Y": "a"}),
        HttpAction(method="GET /", path="/"),
    ],
)
async def test_what_would_break_out_of_its_line(hop: Hop, rig: Rig, action: HttpAction) -> None:
    """A request that is none is refused before anything is sent."""
    with pytest.raises(ValueError, match="HTTP"):
        await send(hop, rig, 1, action)
