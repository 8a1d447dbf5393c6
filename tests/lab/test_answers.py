"""What the connector does with requests: the health path, the faults of answers, and the rest by Stripe."""

import asyncio
import pathlib
import socket

import pytest
from aiohttp import web

from tests.lab.visitor import HEALTH, PATIENCE_S, Connection, Rig, connector_for, get, until

MEBIBYTE = 1024 * 1024
STRIPE = get("/v1/balance")
INSTEAD = ("connector-502", "connector-html", "connector-truncated", "connector-close", "connector-hang")


def stripe() -> web.Application:
    """Says `stripe` to whatever is asked."""
    app = web.Application()

    async def say(_: web.Request) -> web.Response:
        return web.json_response("stripe")

    app.router.add_route("*", "/{anything:.*}", say)
    return app


async def sees(fault: str, rig: Rig, connection: Connection, request: bytes) -> bool:
    """Whether the fault is what a request meets."""
    if fault == "connector-hang":
        return await hangs(rig, connection, request)
    reply = await connection.ask(request)
    match fault:
        case "connector-502":
            return reply.status == 502 and reply.last
        case "connector-html":
            return reply.status == 200 and "text/html" in reply.head and reply.body.startswith(b"<html>")
        case "connector-truncated":
            return reply.status == 200 and 0 < len(reply.body) < reply.promised
        case _:
            return reply.head == ""


async def hangs(rig: Rig, connection: Connection, request: bytes) -> bool:
    """Whether the request has arrived, and is not answered."""
    await connection.stream.write(request)
    await until(lambda: rig.answers._answering)
    return True


@pytest.mark.parametrize("request_", [HEALTH, STRIPE, get("/v1/charges"), b"nonsense\r\n\r\n"])
async def test_every_answer_names_the_lab_and_no_versions(tmp_path: pathlib.Path, request_: bytes) -> None:
    """Whoever answers: the connector, Stripe, or aiohttp to what is no HTTP."""
    async with connector_for(stripe(), tmp_path) as rig:
        head = (await rig.visitor.ask(request_)).head
        assert "server: paypath-lab" in head.lower()
        assert "aiohttp" not in head


async def test_the_health_path(tmp_path: pathlib.Path) -> None:
    """GET and HEAD are answered by the connector itself, whatever the query says, and the connection ends with it."""
    async with connector_for(stripe(), tmp_path) as rig:
        reply = await rig.visitor.ask(HEALTH)
        assert (reply.status, reply.body, reply.last) == (200, b'{"status": "ok"}', True)
        assert (await rig.visitor.ask(get("/healthz?deep=1"))).body == reply.body
        async with rig.visitor.connection() as connection:
            await connection.stream.write(HEALTH.replace(b"GET", b"HEAD"))
            assert b"200 OK" in await connection.stream.read()
        assert (await rig.visitor.ask(HEALTH.replace(b"GET", b"POST"))).body == b'"stripe"'


async def test_everything_else_is_stripes(tmp_path: pathlib.Path) -> None:
    """And the connection goes on."""
    async with connector_for(stripe(), tmp_path) as rig:
        reply = await rig.visitor.ask(STRIPE)
        assert (reply.status, reply.body, reply.last) == (200, b'"stripe"', False)


@pytest.mark.parametrize("fault", INSTEAD)
@pytest.mark.parametrize("request_bytes", [HEALTH, STRIPE], ids=["health", "stripe"])
async def test_each_fault_meets_every_request(tmp_path: pathlib.Path, fault: str, request_bytes: bytes) -> None:
    """The health path too; and after its end all is well."""
    async with connector_for(stripe(), tmp_path) as rig:
        rig.switches.set(fault, on=True)
        async with rig.visitor.connection() as connection:
            assert await sees(fault, rig, connection, request_bytes)
        rig.switches.set(fault, on=False)
        assert (await rig.visitor.ask(request_bytes)).status == 200


@pytest.mark.parametrize("fault", INSTEAD)
async def test_a_fault_meets_the_next_request_of_an_open_connection(tmp_path: pathlib.Path, fault: str) -> None:
    """A connection that was kept alive is no way past it."""
    async with connector_for(stripe(), tmp_path) as rig, rig.visitor.connection() as connection:
        assert (await connection.ask(STRIPE)).status == 200
        rig.switches.set(fault, on=True)
        assert await sees(fault, rig, connection, STRIPE)


async def test_the_later_fault_is_in_force(tmp_path: pathlib.Path) -> None:
    """Of several at once the one that was switched on last; when it ends, the one before it."""
    async with connector_for(stripe(), tmp_path) as rig:
        for fault in ("connector-html", "connector-502", "connector-truncated"):
            rig.switches.set(fault, on=True)
        for fault in ("connector-truncated", "connector-502", "connector-html"):
            async with rig.visitor.connection() as connection:
                assert await sees(fault, rig, connection, STRIPE)
            rig.switches.set(fault, on=False)
        assert (await rig.visitor.ask(STRIPE)).body == b'"stripe"'


async def test_a_hanging_request_ends_with_its_client(tmp_path: pathlib.Path) -> None:
    """Nothing piles up while probes give up one after the other; whoever still waits waits after the fault's end too."""
    async with connector_for(stripe(), tmp_path) as rig:
        rig.switches.set("connector-hang", on=True)
        async with rig.visitor.connection() as connection:
            await hangs(rig, connection, STRIPE)
            (hanging,) = rig.answers._answering
            rig.switches.set("connector-hang", on=False)
            assert (await rig.visitor.ask(STRIPE)).status == 200
            assert not hanging.done()
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait({hanging})


async def test_nothing_is_kept_of_closed_connections(tmp_path: pathlib.Path) -> None:
    """Every connection is forgotten when it ends."""
    async with connector_for(stripe(), tmp_path) as rig:
        for _ in range(3):
            async with rig.visitor.connection() as connection:
                assert (await connection.ask(HEALTH)).last
                assert await connection.ended()
        await until(lambda: not rig.answers._lines)


async def test_a_line_knows_that_its_connection_is_lost(tmp_path: pathlib.Path) -> None:
    """Closed while something was still to be written, and written then: from there on asyncio cannot abort its transport."""
    async with connector_for(stripe(), tmp_path) as rig:
        line = rig.answers.line(lambda: False)
        near, far = socket.socketpair()
        with far:
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(lambda: line, near)
            transport.write(b"x" * MEBIBYTE)
            transport.close()
            assert not line.lost
            await asyncio.to_thread(_drain, far)
            await until(lambda: line.lost)


def _drain(sock: socket.socket) -> None:
    while sock.recv(MEBIBYTE):
        pass
