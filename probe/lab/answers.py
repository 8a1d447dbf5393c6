"""What the connector does with requests: what a fault makes of one, the health path by itself, and all else by Stripe."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from probe.lab.faults import Switches
from probe.transport.http_server import Runner

HEALTH_PATH: Final = "/healthz"
SERVER: Final = "paypath-lab"
"""What the lab calls itself in its answers, wherever it listens."""
_KEPT_ALIVE_S: Final = 75.0
"""How long a connection may wait for a request; nginx's default."""
_LAST_ANSWER_S: Final = 60.0
"""How long an answer may take whose client has already closed its own side."""
_SHUTDOWN_S: Final = 0.1


class Line(asyncio.Protocol):
    """aiohttp's side of one connection.

    aiohttp drops its answer when the client closes its sending side (measured with 3.14); this one lets it finish.
    """

    def __init__(self, http: web.RequestHandler, outdated: Callable[[], bool]) -> None:
        """`outdated` says whether a fault of connections was switched on since this one was opened."""
        self.http = http
        self.outdated = outdated
        self.left = asyncio.Event()
        """The client has closed its sending side, or is gone."""
        self.lost = False
        """The connection is no more. Its transport may not even be aborted then: asyncio raises AttributeError, where it had
        something left to write when it was closed (Python 3.11, measured with clients that were killed)."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.http.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Pass on."""
        self.http.data_received(data)

    def eof_received(self) -> bool:
        """Keep the way back open; `finish` closes it."""
        self.left.set()
        return True

    def pause_writing(self) -> None:
        """Pass on."""
        self.http.pause_writing()

    def resume_writing(self) -> None:
        """Pass on."""
        self.http.resume_writing()

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        self.lost = True
        self.left.set()
        self.http.connection_lost(exc)

    async def finish(self) -> None:
        """After the client's last byte: let the answer that is under way be given, then close."""
        await self.left.wait()
        self.http.close()
        await self.http.shutdown(_LAST_ANSWER_S)


class Answers:
    """Answers the requests of all connections, with Stripe's simulator behind it."""

    def __init__(self, stripe: web.Application, switches: Switches, *, kept_alive_s: float = _KEPT_ALIVE_S) -> None:
        """Take over `stripe`, which must not run yet; the switches are looked at for each request."""
        self._switches = switches
        self._lines: dict[object, Line] = {}
        self._answering: set[asyncio.Task[object]] = set()
        stripe.middlewares.append(self._answer)
        self._runner = Runner(stripe, server=SERVER, shutdown_timeout=_SHUTDOWN_S, keepalive_timeout=kept_alive_s)

    async def start(self) -> None:
        """From now on `line` works."""
        await self._runner.setup()

    async def stop(self) -> None:
        """Give up what is not answered yet, at once: also what the simulator holds back for a client that has left."""
        for task in self._answering:
            task.cancel()
        await self._runner.cleanup()

    def line(self, outdated: Callable[[], bool]) -> Line:
        """The protocol for a new connection."""
        if self._runner.server is None:
            raise RuntimeError("not started")
        line = Line(self._runner.server(), outdated)
        self._lines[line.http] = line
        return line

    def hung_up(self, line: Line) -> None:
        """Forget a connection."""
        self._lines.pop(line.http, None)

    @web.middleware
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer one request, in a task of its own that `stop` may cancel."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("aiohttp answers in tasks")
        self._answering.add(task)
        try:
            return await self._answer_or_fail(request, handler)
        except (
            ConnectionError
        ):  # the client left in the middle of its request: no reason for aiohttp to log a traceback
            return _hang_up(request)
        finally:
            self._answering.discard(task)

    async def _answer_or_fail(self, request: web.Request, stripe: Handler) -> web.StreamResponse:
        line = self._lines.get(request.protocol)
        if line is None or line.outdated():
            return _hang_up(request)
        fault = self._switches.in_force(_INSTEAD)
        if fault is not None:
            return await _INSTEAD[fault](request, line)
        if request.path == HEALTH_PATH and request.method in ("GET", "HEAD"):
            return _last(web.json_response({"status": "ok"}))
        return await stripe(request)


def _hang_up(request: web.Request) -> web.StreamResponse:
    """Close the connection; the response that aiohttp wants goes nowhere."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _last(response: web.StreamResponse) -> web.StreamResponse:
    """The connection ends with this answer."""
    response.force_close()
    return response


async def _hang(request: web.Request, line: Line) -> web.StreamResponse:
    await line.left.wait()
    return _hang_up(request)


async def _close(request: web.Request, _line: Line) -> web.StreamResponse:
    return _hang_up(request)


async def _bad_gateway(_request: web.Request, _line: Line) -> web.StreamResponse:
    text = "<html><h1>502 Bad Gateway</h1></html>"
    return _last(web.Response(status=502, text=text, content_type="text/html"))


async def _page(_request: web.Request, _line: Line) -> web.StreamResponse:
    text = "<html><h1>Welcome to the billing connector</h1></html>"
    return _last(web.Response(text=text, content_type="text/html"))


async def _break_off(request: web.Request, _line: Line) -> web.StreamResponse:
    """The beginning of an answer, and the end of the connection in place of the rest."""
    begun = b'{"object": "bala'
    headers = {"Content-Type": "application/json", "Content-Length": str(len(begun) + 400)}
    response = _last(web.StreamResponse(headers=headers))
    await response.prepare(request)
    await response.write(begun)
    return response


_INSTEAD: Final[Mapping[str, Callable[[web.Request, Line], Awaitable[web.StreamResponse]]]] = {
    "connector-hang": _hang,
    "connector-close": _close,
    "connector-502": _bad_gateway,
    "connector-html": _page,
    "connector-truncated": _break_off,
}
"""What is done in place of asking Stripe while the fault is in force."""
