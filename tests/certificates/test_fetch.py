"""One page over HTTP: bounded, never redirected, and told in words that hold nothing of what was sent."""

import asyncio
import ssl

import pytest
from aiohttp import web

from probe.certificates import fetch as module
from probe.certificates.fetch import FetchError, fetch, shown
from probe.lab.pki import SERVER_AUTH, Authority
from probe.model.clock import SystemClock
from tests.support.pages import serving

TOKEN = "a-token-that-nobody-sees"
NOW = SystemClock().now()


async def failing(url: str, limit_s: float = 5.0, trust: ssl.SSLContext | None = None) -> str:
    """What `fetch` says of a page that it cannot have; the token is not in it, nor in what the error came from."""
    with pytest.raises(FetchError) as caught:
        await fetch(url, limit_s=limit_s, headers={"Authorization": f"Bearer {TOKEN}"}, trust=trust)
    assert TOKEN not in repr(caught.value) + repr(caught.value.__cause__)
    return str(caught.value)


async def test_a_page() -> None:
    """Status, headers in lower case and body; what is sent along arrives, and nothing packed is asked for."""
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.extend((request.headers["X-Asked"], request.headers["Accept-Encoding"]))
        return web.Response(status=404, text="none here", headers={"X-Kind": "a"})

    async with serving(answer) as url:
        page = await fetch(f"{url}/metrics", limit_s=5, headers={"X-Asked": "yes"})
    assert (page.status, page.body, page.headers["x-kind"]) == (404, b"none here", "a")
    assert seen == ["yes", "identity"]


async def test_a_redirection_is_not_followed() -> None:
    """Whatever was sent along goes nowhere else."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})

    async with serving(answer) as url:
        assert await failing(f"{url}/x?secret=1") == f"{url}/x answers 302 and leads elsewhere; name the final address"


async def test_what_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page longer than the limit is given up, and so is one that does not come in time."""
    monkeypatch.setattr(module, "LONGEST", 1 << 20)

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while request.query_string == "fast":
            await response.write(b"x" * 65536)
        await asyncio.Event().wait()
        return response

    async with serving(endless) as url:
        assert await failing(f"{url}/?fast") == f"{url}/ answers with more than 1 MiB"
        assert await failing(f"{url}/?slow", limit_s=0.05) == f"{url}/ gave no whole answer within 0.05 s"


async def test_addresses_that_do_not_answer(unused_tcp_port: int) -> None:
    """Refused, unknown, no address at all, no HTTP: each in its words."""
    nobody = f"http://127.0.0.1:{unused_tcp_port}/"
    assert await failing(nobody) == f"{nobody} cannot be reached: connection refused"
    assert "is not an address that can be asked" in await failing("nonsense")

    async def mute(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail\r\n")
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert "broke off" in await failing(f"http://127.0.0.1:{port}/")


async def test_over_tls() -> None:
    """The server is verified, against the given roots or the system's."""
    root = Authority.root("Page root", now=NOW)
    trust = ssl.create_default_context(cadata=root.certificate_pem.decode())

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    async with serving(answer, root.issue("page", san=("127.0.0.1",), usages=(SERVER_AUTH,))) as url:
        assert (await fetch(url, limit_s=5, trust=trust)).body == b"hello"
        assert "shows a certificate that cannot be verified: " in await failing(url)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://user:pass@host:8443/a/b?token=1#c", "https://host:8443/a/b"),
        ("http://host/metrics", "http://host/metrics"),
        ("nonsense", "the address"),
        ("http://[::1", "the address"),
    ],
)
def test_shown(url: str, text: str) -> None:
    """Neither credentials nor a query are for people's eyes."""
    assert shown(url) == text
