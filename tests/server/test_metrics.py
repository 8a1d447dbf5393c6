"""The metrics listener over real HTTP."""

import asyncio
import resource
import socket
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from probe.server.listening import Listener, ListenError
from probe.server.metrics import metrics_routes


@dataclass(slots=True)
class Face:
    """A listener with what stands behind it."""

    url: str
    asked: list[str | None]
    ready: bool = False


@pytest_asyncio.fixture
async def face() -> AsyncIterator[Face]:
    """A listener on a free port, not ready yet."""
    asked: list[str | None] = []
    shown = Face("", asked)

    def render(accept: str | None) -> tuple[bytes, str]:
        asked.append(accept)
        assert threading.current_thread() is not threading.main_thread(), "rendered off the event loop"
        return b"paypath_up 1\n" * 1000, "text/plain; version=0.0.4; charset=utf-8"

    server = Listener("127.0.0.1", 0, metrics_routes(render, lambda: shown.ready))
    host, port = await server.start()
    shown.url = f"http://{host}:{port}"
    yield shown
    await server.stop()


async def get(url: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    """Status, text and headers (lower case) of a GET."""
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.text(), {key.lower(): value for key, value in response.headers.items()}


async def test_metrics(face: Face) -> None:
    """The page with its own content type, for the format that was asked for; compressed for who takes that."""
    status, text, headers = await get(f"{face.url}/metrics", Accept="application/openmetrics-text")
    assert (status, text) == (200, "paypath_up 1\n" * 1000)
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert headers["content-encoding"] == "gzip"
    assert face.asked == ["application/openmetrics-text"]
    _, plain, headers = await get(f"{face.url}/metrics", **{"Accept-Encoding": "identity"})
    assert plain == text
    assert "content-encoding" not in headers


async def test_healthz(face: Face) -> None:
    """Alive from the start, before the first round is done."""
    assert (await get(f"{face.url}/healthz"))[0] == 200


async def test_readyz_turns_after_the_first_round(face: Face) -> None:
    """503 until the first round is done, 200 from then on, whatever became of it."""
    status, text, _ = await get(f"{face.url}/readyz")
    assert (status, text) == (503, "the first round of scenarios is not done yet\n")
    face.ready = True
    assert (await get(f"{face.url}/readyz"))[0] == 200


@pytest.mark.parametrize("path", ["/", "/metricsx", "/status"])
async def test_elsewhere_is_an_index(face: Face, path: str) -> None:
    """404 with what there is, for people who look around."""
    status, text, _ = await get(face.url + path)
    assert status == 404
    assert all(known in text for known in ("/metrics", "/healthz", "/readyz"))


async def test_a_busy_port_is_one_clear_message() -> None:
    """The address, the reason, and the setting that mends it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = Listener("127.0.0.1", port, metrics_routes(lambda _: (b"", ""), lambda: True))
        with pytest.raises(ListenError) as caught:
            await server.start()
        await server.stop()
    assert str(caught.value).startswith(f"cannot listen on 127.0.0.1:{port}: another process listens there already")
    assert "`listen.metrics`" in str(caught.value)
    assert (caught.value.host, caught.value.port) == ("127.0.0.1", port)


async def test_an_address_of_another_machine_is_one_clear_message() -> None:
    """192.0.2.0/24 belongs to nobody (RFC 5737)."""
    server = Listener("192.0.2.1", 0, metrics_routes(lambda _: (b"", ""), lambda: True), setting="listen.admin")
    with pytest.raises(ListenError, match=r"192\.0\.2\.1:0: this machine has no such address.*`listen\.admin`"):
        await server.start()


async def test_without_a_file_descriptor_it_is_not_the_address() -> None:
    """No other address would be better: who starts it says what is lacking."""
    server = Listener("127.0.0.1", 0, metrics_routes(lambda _: (b"", ""), lambda: True))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))  # those that are open stay so
    try:
        with pytest.raises(OSError, match="Too many open files"):
            await server.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_stop_frees_the_port() -> None:
    """The same port can be listened on again at once; stopping twice does no harm."""
    first = Listener("127.0.0.1", 0, metrics_routes(lambda _: (b"", ""), lambda: True))
    host, port = await first.start()
    await first.stop()
    await first.stop()
    second = Listener(host, port, metrics_routes(lambda _: (b"", ""), lambda: True))
    assert await second.start() == (host, port)
    await second.stop()


async def test_more_routes_share_the_address() -> None:
    """The admin face stands on the same address by default, and its `/` comes before the index."""

    async def status(_request: web.Request) -> web.Response:
        return web.Response(text="status page")

    routes = [web.get("/", status), *metrics_routes(lambda _: (b"", "text/plain"), lambda: True)]
    server = Listener("127.0.0.1", 0, routes)
    host, port = await server.start()
    assert (await get(f"http://{host}:{port}/"))[1] == "status page"
    assert (await get(f"http://{host}:{port}/healthz"))[0] == 200
    await server.stop()


async def test_a_slow_page_keeps_nobody_waiting() -> None:
    """While a page is rendered, the event loop answers others."""
    rendering, go_on = threading.Event(), threading.Event()

    def render(_accept: str | None) -> tuple[bytes, str]:
        rendering.set()
        go_on.wait(60)
        return b"done", "text/plain"

    server = Listener("127.0.0.1", 0, metrics_routes(render, lambda: True))
    host, port = await server.start()
    async with asyncio.TaskGroup() as group:
        page = group.create_task(get(f"http://{host}:{port}/metrics"))
        await asyncio.to_thread(rendering.wait, 60)
        assert (await get(f"http://{host}:{port}/healthz"))[0] == 200
        assert not page.done()
        go_on.set()
    assert page.result()[1] == "done"
    await server.stop()
