"""The connector's connections: carried both ways, held by faults, and never the end of the others."""

import asyncio
import pathlib
import random
import socket

import pytest
from aiohttp import web

from tests.lab.visitor import HEALTH, PATIENCE_S, Rig, connector_for, dialled, get

MEBIBYTE = 1024 * 1024


def echo() -> web.Application:
    """Answers a POST with its own body, `/big` with 8 MiB, and `/slow` when `app["go on"]` is set."""
    app = web.Application(client_max_size=32 * MEBIBYTE)

    async def say(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    async def big(_: web.Request) -> web.Response:
        return web.Response(body=b"b" * (8 * MEBIBYTE))

    async def slow(request: web.Request) -> web.Response:
        request.app[ARRIVED].set()
        await request.app[GO_ON].wait()
        return web.Response(text="at last")

    app[ARRIVED], app[GO_ON] = asyncio.Event(), asyncio.Event()
    app.add_routes([web.post("/echo", say), web.get("/big", big), web.get("/slow", slow), web.get("/", say)])
    return app


ARRIVED = web.AppKey("arrived", asyncio.Event)
GO_ON = web.AppKey("go on", asyncio.Event)


def post(body: bytes) -> bytes:
    """A request with a body."""
    return b"POST /echo HTTP/1.1\r\nHost: lab\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def healthy(rig: Rig) -> bool:
    """Whether somebody else is still answered."""
    return (await rig.visitor.ask(HEALTH)).status == 200


async def test_large_bodies_both_ways(tmp_path: pathlib.Path) -> None:
    """8 MiB up and down, while both sides wait for each other, arrive byte by byte."""
    body = random.Random(2).randbytes(8 * MEBIBYTE)
    async with connector_for(echo(), tmp_path) as rig, rig.visitor.connection() as connection:
        async with asyncio.TaskGroup() as group:
            answer = group.create_task(connection.answer())
            await connection.stream.write(post(body))
        assert answer.result().body == body


async def test_a_connection_is_kept_alive(tmp_path: pathlib.Path) -> None:
    """Several requests on one connection, each answered, a chunked one and two at once among them."""
    chunked = b"POST /echo HTTP/1.1\r\nHost: lab\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    async with connector_for(echo(), tmp_path) as rig, rig.visitor.connection() as connection:
        assert (await connection.ask(post(b"first"))).body == b"first"
        assert (await connection.ask(chunked)).body == b"abc"
        await connection.stream.write(get("/") + get("/"))
        assert [(await connection.answer()).status for _ in range(2)] == [200, 200]


async def test_a_request_in_small_pieces(tmp_path: pathlib.Path) -> None:
    """Byte by byte, each in a TLS record of its own, is the same request."""
    async with connector_for(echo(), tmp_path) as rig, rig.visitor.connection() as connection:
        for byte in post(b"slowly"):
            await connection.stream.write(bytes([byte]))
        assert (await connection.answer()).body == b"slowly"


@pytest.mark.parametrize("request_bytes", [get("/"), get("/big"), post(b"body")], ids=["get", "big", "post"])
async def test_a_client_that_has_said_all(tmp_path: pathlib.Path, request_bytes: bytes) -> None:
    """Who closes only the sending side of TLS after a request still gets the whole answer, and then the end."""
    async with connector_for(echo(), tmp_path) as rig, rig.visitor.connection() as connection:
        await connection.stream.write(request_bytes)
        connection.stream._goodbye()
        reply = await connection.answer()
        assert (reply.status, len(reply.body)) == (200, reply.promised)
        assert await connection.ended()


async def test_a_half_closed_client_waits_for_a_slow_answer(tmp_path: pathlib.Path) -> None:
    """The answer that is under way when the client closes its side is still given."""
    app = echo()
    async with connector_for(app, tmp_path) as rig, rig.visitor.connection() as connection:
        await connection.stream.write(get("/slow"))
        await app[ARRIVED].wait()
        connection.stream._goodbye()
        (line,) = rig.answers._lines.values()
        await line.left.wait()
        app[GO_ON].set()
        assert (await connection.answer()).body == b"at last"


async def test_an_end_without_close_notify(tmp_path: pathlib.Path) -> None:
    """A bare FIN after a request cuts TLS off: the connection ends, and nobody waits for anything."""
    async with connector_for(echo(), tmp_path) as rig, rig.visitor.connection() as connection:
        await connection.stream.write(get("/"))
        connection.sock.shutdown(socket.SHUT_WR)
        async with asyncio.timeout(PATIENCE_S):
            while await asyncio.get_running_loop().sock_recv(connection.sock, MEBIBYTE):
                pass


async def test_a_client_that_leaves_before_it_asks(tmp_path: pathlib.Path) -> None:
    """Nothing was asked: the connection ends."""
    async with connector_for(echo(), tmp_path) as rig, rig.visitor.connection() as connection:
        connection.sock.shutdown(socket.SHUT_WR)
        assert await connection.ended()


async def test_a_client_that_is_gone_does_not_end_the_others(tmp_path: pathlib.Path) -> None:
    """A reset before, in and after a request, and in the middle of a large answer, ends that connection alone."""
    for said in (b"", b"GET / HT", post(b"x" * 100)[:-50], get("/"), get("/big")):
        async with connector_for(echo(), tmp_path) as rig:
            async with rig.visitor.connection() as connection:
                if said:
                    await connection.stream.write(said)
                connection.reset()
            assert await healthy(rig)


async def test_the_answer_to_somebody_gone_is_dropped(tmp_path: pathlib.Path) -> None:
    """The client reads the beginning of a large answer and resets: writing the rest fails for it alone."""
    async with connector_for(echo(), tmp_path) as rig:
        async with rig.visitor.connection() as connection:
            await connection.stream.write(get("/big"))
            assert await connection.stream.read(100)
            connection.reset()
        assert await healthy(rig)


async def test_whoever_asks_nothing_is_closed(tmp_path: pathlib.Path) -> None:
    """A client that shakes hands and then says nothing, or only half a request, is not kept for ever."""
    async with connector_for(echo(), tmp_path, kept_alive_s=0.05) as rig:
        for said in (b"", b"GET / HTTP/1.1\r\n"):
            async with rig.visitor.connection() as connection:
                if said:
                    await connection.stream.write(said)
                assert await connection.ended()


async def test_whoever_does_not_shake_hands_is_closed(tmp_path: pathlib.Path) -> None:
    """A client that connects and says nothing sees the end."""
    async with connector_for(echo(), tmp_path, handshake_limit_s=0.05) as rig:
        with await dialled(rig.visitor.port) as sock:
            async with asyncio.timeout(PATIENCE_S):
                assert await asyncio.get_running_loop().sock_recv(sock, 1) == b""
        # The limit is too short for a slow machine's handshakes: that nobody is answered here says nothing.


async def test_noise(tmp_path: pathlib.Path) -> None:
    """Whatever bytes come in place of a ClientHello, the others are still answered."""
    dice = random.Random(7)
    async with connector_for(echo(), tmp_path) as rig:
        for _ in range(40):
            noise = dice.choice((b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n")) + dice.randbytes(dice.randrange(300))
            with await dialled(rig.visitor.port) as sock:
                await asyncio.get_running_loop().sock_sendall(sock, noise)
        assert await healthy(rig)


async def test_noise_inside_tls(tmp_path: pathlib.Path) -> None:
    """What is not HTTP is answered 400."""
    async with connector_for(echo(), tmp_path) as rig:
        assert (await rig.visitor.ask(b"\0\1\2 nonsense\r\n\r\n")).status == 400
        assert await healthy(rig)


async def test_a_hanging_handshake_stays_so(tmp_path: pathlib.Path) -> None:
    """Not a byte comes back, also after the fault has ended; whoever comes after its end is served."""
    async with connector_for(echo(), tmp_path) as rig:
        rig.switches.set("handshake-hang", on=True)
        with await dialled(rig.visitor.port) as first, await dialled(rig.visitor.port) as second:
            assert await _said_to_noise(second) == b""  # and so the first one has been accepted too
            rig.switches.set("handshake-hang", on=False)
            assert await healthy(rig)
            assert await _said_to_noise(first) == b""


async def _said_to_noise(sock: socket.socket) -> bytes:
    """What comes back to bytes that are no ClientHello: an alert, where TLS is spoken."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, b"\x16\x03\x01\0\x05hello")
    sock.shutdown(socket.SHUT_WR)
    async with asyncio.timeout(PATIENCE_S):
        return await loop.sock_recv(sock, 100)


async def test_not_tls(tmp_path: pathlib.Path) -> None:
    """Plain HTTP is what comes back to a ClientHello, and then the end."""
    async with connector_for(echo(), tmp_path) as rig:
        rig.switches.set("not-tls", on=True)
        with await dialled(rig.visitor.port) as sock:
            assert (await _said_to_noise(sock)).startswith(b"HTTP/1.1 400 ")
        rig.switches.set("not-tls", on=False)
        assert await healthy(rig)


async def test_the_later_of_two_connection_faults_is_in_force(tmp_path: pathlib.Path) -> None:
    """With both on, the one that was switched on last; when it ends, the other one."""
    async with connector_for(echo(), tmp_path) as rig:
        rig.switches.set("not-tls", on=True)
        rig.switches.set("handshake-hang", on=True)
        rig.switches.set("not-tls", on=False)
        rig.switches.set("not-tls", on=True)
        with await dialled(rig.visitor.port) as sock:
            assert (await _said_to_noise(sock)).startswith(b"HTTP/1.1 400 ")


async def test_outdated_connections_are_closed_unanswered(tmp_path: pathlib.Path) -> None:
    """After a fault of connections, one that was kept alive is closed at its next request; a new one is served."""
    async with connector_for(echo(), tmp_path) as rig, rig.visitor.connection() as connection:
        assert (await connection.ask(get("/"))).status == 200
        rig.connector.outdate()
        assert (await connection.ask(get("/"))).head == ""
        assert await healthy(rig)


async def test_an_answer_under_way_is_given_also_when_outdated(tmp_path: pathlib.Path) -> None:
    """A switch does not cut what was asked before it."""
    app = echo()
    async with connector_for(app, tmp_path) as rig, rig.visitor.connection() as connection:
        await connection.stream.write(get("/slow"))
        await app[ARRIVED].wait()
        rig.connector.outdate()
        app[GO_ON].set()
        assert (await connection.answer()).body == b"at last"


async def test_stopping_is_quick_whatever_is_open(tmp_path: pathlib.Path) -> None:
    """Silent, hanging, idle and relaying connections, and an answer held back for somebody gone: no task is left."""
    app = echo()
    async with connector_for(app, tmp_path) as rig:
        visitor = rig.visitor
        with await dialled(visitor.port):
            async with visitor.connection() as idle, visitor.connection() as slow, visitor.connection() as hanging:
                await idle.ask(get("/"))
                await slow.stream.write(get("/slow"))
                await app[ARRIVED].wait()
                async with visitor.connection() as gone:
                    await gone.stream.write(get("/slow"))
                    gone.reset()
                rig.switches.set("connector-hang", on=True)
                await hanging.stream.write(get("/"))
                began = asyncio.get_running_loop().time()
                async with asyncio.timeout(PATIENCE_S):
                    await _stop(rig)
                assert asyncio.get_running_loop().time() - began < 5, "something was waited for"
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def _stop(rig: Rig) -> None:
    """Cancel what serves, as the lab does, and wait until only the test itself and its group are left."""
    rig.connector.close()
    (serving,) = (task for task in asyncio.all_tasks() if "LabConnector.serve" in repr(task.get_coro()))
    serving.cancel()
    await asyncio.wait({serving})
    await rig.answers.stop()
