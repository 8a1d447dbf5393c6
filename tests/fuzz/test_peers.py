"""Peers that say anything at any stage: the probe always comes back with an observation, and the tables with a reason."""

import asyncio
import contextlib
import functools
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.model.network import Ended
from probe.model.path import PhaseLimits
from probe.tls.evidence import record_on
from probe.tls.stream import TlsStream
from tests.fuzz.material import server_context, spoken
from tests.fuzz.mutation import EDITS, Edit, near
from tests.fuzz.peer_targets import VERSIONS, judge, judge_call, judge_request, seeds
from tests.fuzz.peer_targets import http as http_target
from tests.fuzz.peer_targets import stripe as stripe_target
from tests.fuzz.probing import Probing
from tests.tls.rig import serve_raw

FEW = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
FLIGHTS = [flight for version in VERSIONS for flight in spoken(version).flights]
ANSWERS = [seed[1:] for seed in seeds()[http_target]]
BODIES = [seed[2:] for seed in seeds()[stripe_target]]
_CHUNK = 1 << 16
_MOST_SENT = 1 << 20
_TURN_S = 0.02
BRISK = PhaseLimits(default_s=30.0, by_phase=dict.fromkeys(("tls", "accept", "wait", "receive"), 0.1))
Seen = TypeVar("Seen")
Connection = Callable[[socket.socket], Awaitable[None]]


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """One loop for all examples of a test."""
    with asyncio.Runner() as runner:
        yield runner


async def meet(connection: Connection, ask: Callable[[int], Awaitable[Seen]]) -> Seen:
    """What the probe sees of a peer that treats its one connection so."""
    async with serve_raw(connection) as port:
        return await ask(port)


@given(flights=st.lists(near(FLIGHTS), min_size=1, max_size=4), early=st.booleans())
@FEW
def test_any_flights_in_place_of_a_handshake(
    probing: Probing,
    runner: asyncio.Runner,
    flights: Sequence[bytes],
    early: bool,  # noqa: FBT001 - drawn
) -> None:
    """Real flights of another handshake with a few edits, or noise, before the ClientHello or in turns with us."""
    seen = runner.run(meet(functools.partial(_say, flights=flights, early=early), probing.handshake))
    assert seen.ended is not Ended.COMPLETED
    assert seen.bytes_received <= sum(map(len, flights))
    judge(seen)


@given(version=st.sampled_from(VERSIONS), at=st.integers(0, 6), edit=EDITS)
@FEW
def test_a_live_handshake_with_an_edit(
    probing: Probing, runner: asyncio.Runner, version: ssl.TLSVersion, at: int, edit: Edit
) -> None:
    """Somebody between us and a sound server changes what the server says, once, anywhere up to the answer."""
    seen = runner.run(
        meet(
            functools.partial(_tampered, version=version, at=at, edit=edit),
            functools.partial(probing.handshake, limits=BRISK),
        )
    )
    assert seen.bytes_received < _MOST_SENT
    judge(seen)


@given(said=near(ANSWERS))
@FEW
def test_anything_after_the_handshake(probing: Probing, runner: asyncio.Runner, said: bytes) -> None:
    """A connector that lets us in and then says whatever it likes, to the handshake probe and to an HTTP step."""
    behave = functools.partial(_answer, said=said)
    judge(runner.run(meet(behave, probing.handshake)))
    judge_request(runner.run(meet(behave, probing.http)))


@given(said=near(ANSWERS))
@FEW
def test_anything_in_answer_to_the_sdk(probing: Probing, runner: asyncio.Runner, said: bytes) -> None:
    """What aiohttp and the SDK make of it never leaves the caller as an exception."""
    judge_call(runner.run(meet(functools.partial(_answer, said=said), probing.stripe)))


@given(body=near(BODIES), status=st.sampled_from([200, 201, 400, 401, 402, 404, 429, 500, 503]))
@FEW
def test_any_body_in_answer_to_the_sdk(probing: Probing, runner: asyncio.Runner, body: bytes, status: int) -> None:
    """JSON that is no object of Stripe's, or nearly one."""
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nRequest-Id: req_1\r\n\r\n"
    seen = runner.run(meet(functools.partial(_answer, said=head.encode() + body), probing.stripe))
    assert seen.ended is Ended.COMPLETED
    judge_call(seen)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b'{"error": ' + b'{"error":' * 900 + b"1" + b"}" * 901,
        b'{"amount": ' + b"9" * 5000 + b"}",
        b'{"object": "list", "data": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"object": "payment_intent", "id": "\\ud800", "livemode": NaN}',
        b'{"error": {"message": "\\ud800\\u001b[2J", "type": "api_error"}}',
    ],
)
@pytest.mark.parametrize("status", [200, 402])
async def test_json_at_its_limits(probing: Probing, body: bytes, status: int) -> None:
    """Depth, numbers and half characters that JSON readers accept or refuse in their own ways."""
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n"
    judge_call(await meet(functools.partial(_answer, said=head.encode() + body), probing.stripe))


async def _say(sock: socket.socket, *, flights: Sequence[bytes], early: bool) -> None:
    """Say one flight at the beginning, or each after we were heard, and close."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError), sock:
        for number, flight in enumerate(flights):
            if number or not early:
                with contextlib.suppress(TimeoutError):  # we may wait for more, and it then comes
                    async with asyncio.timeout(_TURN_S):
                        await loop.sock_recv(sock, _CHUNK)
            await loop.sock_sendall(sock, flight)


async def _answer(sock: socket.socket, *, said: bytes) -> None:
    """Shake hands, hear one request, say something, and close."""
    context = server_context()
    record_on(context)
    stream = TlsStream(sock, context, server_side=True)
    try:
        with contextlib.suppress(OSError):
            await stream.handshake()
            await stream.read()
            if said:
                await stream.write(said)
    finally:
        await stream.close(linger_s=0.0)


async def _tampered(sock: socket.socket, *, version: ssl.TLSVersion, at: int, edit: Edit) -> None:
    """A sound server, and somebody in between who edits chunk number `at` of what it says."""
    context = server_context(version)
    record_on(context)
    inside, outside = socket.socketpair()
    for end in (inside, outside):
        end.setblocking(False)  # noqa: FBT003 - socket's own signature
    stream = TlsStream(inside, context, server_side=True)
    with sock, outside:
        async with asyncio.TaskGroup() as group:
            group.create_task(_serve(stream))
            group.create_task(_pump(outside, sock, at=at, edit=edit))
            await _pump(sock, outside, at=-1, edit=edit)


async def _serve(stream: TlsStream) -> None:
    try:
        with contextlib.suppress(OSError):
            await stream.handshake()
            await stream.read()
            await stream.write(ANSWERS[0])
    finally:
        await stream.close(linger_s=0.0)


async def _pump(source: socket.socket, sink: socket.socket, *, at: int, edit: Edit) -> None:
    """Carry bytes from one socket to the other, and the end of them."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        number = 0
        while data := await loop.sock_recv(source, 512):
            await loop.sock_sendall(sink, edit(data) if number == at else data)
            number += 1
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
