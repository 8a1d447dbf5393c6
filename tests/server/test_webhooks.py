"""The listener for webhooks over real HTTP: what it takes, what it refuses, and what it does about live mode."""

import asyncio
import io
import json
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
import pytest_asyncio

from probe.billing.inbox import Inbox
from probe.billing.signed import sign
from probe.model.clock import FakeClock, SystemClock
from probe.model.secret import Secret
from probe.server import webhooks
from probe.server.listening import ListenError
from probe.server.webhooks import MOST_BYTES, WebhookServer

SECRET = Secret("whsec_ours")
EVENT = {"id": "evt_1", "object": "event", "type": "charge.succeeded", "livemode": False}


@dataclass(slots=True)
class Post:
    """A listener for one path, and what it told."""

    url: str = ""
    inbox: Inbox = field(default_factory=Inbox)
    live: list[tuple[str, str]] = field(default_factory=list)
    counted: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, body: str, header: str | None, *, path: str = "billing", **headers: str) -> tuple[int, str]:
        """Status and text of one delivery."""
        if header is not None:
            headers["Stripe-Signature"] = header
        url = f"{self.url}/webhooks/{path}"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=io.BytesIO(body.encode()), headers=headers) as response,
        ):
            return response.status, await response.text()

    async def arrived(self) -> bool:
        """Whether anything was kept."""
        clock = FakeClock(SystemClock().now())
        return await self.inbox.arrival("billing", lambda _: True, clock=clock, deadline=0) is not None


def signed(event: dict[str, object], *, ago_s: int = 0) -> tuple[str, str]:
    """Body and header."""
    body = json.dumps(event)
    return body, sign(body, SECRET, at=int(SystemClock().now().timestamp()) - ago_s)


@pytest_asyncio.fixture
async def post() -> AsyncIterator[Post]:
    """A listener on a free port."""
    made = Post()
    server = WebhookServer(
        "127.0.0.1",
        0,
        secrets={"billing": SECRET},
        inbox=made.inbox,
        on_live=lambda path, event: made.live.append((path, event)),
        count=lambda path, outcome: made.counted.append((path, outcome)),
    )
    assert not made.inbox.listening
    made.url = "http://{}:{}".format(*await server.start())
    assert made.inbox.listening
    yield made
    await server.stop()
    assert not made.inbox.listening


async def test_what_stripe_signed_is_taken(post: Post) -> None:
    """And told to whoever waits."""
    assert await post.send(*signed(EVENT)) == (200, "taken\n")
    assert await post.arrived()
    assert (post.live, post.counted) == ([], [("billing", "taken")])


async def test_what_stripe_did_not_sign_changes_nothing(post: Post) -> None:
    """It is refused, counted, and neither kept nor believed, not even where it says live mode."""
    live = json.dumps(EVENT | {"livemode": True})
    assert await post.send(live, None) == (400, "refused: unsigned\n")
    assert await post.send(live, sign(live, Secret("whsec_theirs"), at=1)) == (400, "refused: forged\n")
    assert await post.send(*signed(EVENT | {"livemode": True}, ago_s=3600)) == (400, "refused: stale\n")
    assert await post.send(*signed({"object": "charge"})) == (400, "refused: malformed\n")
    assert not await post.arrived()
    assert post.live == []
    assert [outcome for _, outcome in post.counted] == ["unsigned", "forged", "stale", "malformed"]
    assert post.inbox.refused("billing") == {"unsigned": 1, "forged": 1, "stale": 1, "malformed": 1}


async def test_a_signature_that_is_not_ascii_is_forged(post: Post) -> None:
    """Not a fault of ours, to be answered with 500 and a traceback in the log at any stranger's will."""
    assert await post.send(json.dumps(EVENT), "t=1,v1=ü") == (400, "refused: forged\n")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_body_that_is_not_encoded_as_it_says(
    post: Post, encoding: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody has signed what cannot be read: refused, counted, no traceback in the log, and the next one is taken."""
    body, header = signed(EVENT)
    claims = {"Content-Encoding": encoding}
    assert await post.send(body, header, **claims) == (400, "refused: forged\n")
    assert await post.send(body, None, **claims) == (400, "refused: unsigned\n")
    assert (await post.send(body, header, path="other", **claims))[0] == 404
    assert await post.send(body, header) == (200, "taken\n")
    assert [outcome for _, outcome in post.counted] == ["forged", "unsigned", "taken"]
    assert _logged(caplog) == []


def _logged(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Without what threads of other tests, which still export to somebody that has gone, say meanwhile."""
    return [record for record in caplog.records if not record.name.startswith("opentelemetry.")]


async def test_a_body_that_stands_still(
    post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It holds no connection for ever; it is no delivery, so nothing is counted."""
    monkeypatch.setattr(webhooks, "IDLE_S", 0.1)
    _, _, place = post.url.rpartition("/")
    host, port = place.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /webhooks/billing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx")
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert (post.counted, _logged(caplog)) == ([], [])


async def test_who_leaves_in_the_middle_of_a_body(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """Is no fault of ours either: no line in the log, and nothing is counted."""
    _, _, place = post.url.rpartition("/")
    host, port = place.split(":")
    for _ in range(3):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /webhooks/billing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx")
        await writer.drain()
        assert (await post.send(json.dumps(EVENT), None))[0] == 400  # so the other one waits for its body by now
        writer.transport.abort()
        assert (await post.send(json.dumps(EVENT), None))[0] == 400
    assert [outcome for _, outcome in post.counted] == ["unsigned"] * 6
    assert _logged(caplog) == []


async def test_live_mode_is_told_at_once(post: Post) -> None:
    """Before anybody is woken by the delivery."""
    assert (await post.send(*signed(EVENT | {"data": {"object": {"livemode": True}}})))[0] == 200
    assert post.live == [("billing", "evt_1")]


async def test_nothing_else_is_here(post: Post) -> None:
    """Other paths, other methods, and what is too long to be an event."""
    assert (await post.send(*signed(EVENT), path="other"))[0] == 404
    assert (await post.send("x" * (MOST_BYTES + 1), "t=1,v1=0"))[0] == 413
    async with aiohttp.ClientSession() as session, session.get(f"{post.url}/webhooks/billing") as response:
        assert response.status == 405
    assert post.counted == []


async def test_an_address_that_is_taken() -> None:
    """The complaint names the key that chose it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = WebhookServer(
            *taken.getsockname(), secrets={}, inbox=Inbox(), on_live=lambda *_: None, count=lambda *_: None
        )
        with pytest.raises(ListenError, match="another process listens there already") as raised:
            await server.start()
        assert raised.value.setting == "listen.webhooks"
        await server.stop()
