"""What aiohttp answers by itself, without any route of ours: dressed like every other answer, and in words of ours."""

import asyncio
from typing import TYPE_CHECKING, Any, Final

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage, StreamWriter

from probe.server.guard import HEADERS

if TYPE_CHECKING:
    from multidict import CIMultiDict  # aiohttp's own

UNREADABLE: Final = "this request cannot be read: it is no HTTP, or longer or encoded otherwise than is taken here\n"
UNEXPECTED: Final = "of `Expect`, 100-continue alone is known here\n"


class Runner(web.AppRunner):
    """An application as aiohttp runs it, but for what is answered outside of it: a stranger learns no versions, and his bytes are not repeated."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            _expecting(made.request_handler), request_factory=_dressing(made.request_factory), **self._kwargs
        )


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        """The protocol of one connection."""
        return _Protocol(self, loop=asyncio.get_running_loop(), **self._kwargs)


class _Protocol(web.RequestHandler):
    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """A `message` is the parser's, and quotes what it could not read."""
        return super().handle_error(request, status, exc, None if message is None else UNREADABLE)


def _expecting(answer: Any) -> Any:  # noqa: ANN401 - aiohttp's types of it are its own
    """An `Expect` that aiohttp does not know it refuses before any route or middleware, and quotes it."""

    async def answered(request: web.BaseRequest) -> web.StreamResponse:
        try:
            given: web.StreamResponse = await answer(request)
        except web.HTTPExpectationFailed:
            return web.Response(status=web.HTTPExpectationFailed.status_code, text=UNEXPECTED)
        return given

    return answered


async def _dress(headers: "CIMultiDict[str]") -> None:
    """Whatever is answered, by whichever route or by none; and a stranger need not know which versions run here."""
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers["Server"] = "paypath"


def _dressing(make: Any) -> Any:  # noqa: ANN401 - aiohttp's types of it are its own
    """No route and no signal of the application sees an answer to what cannot be parsed, only who writes it."""

    def request(
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        _writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        writer = StreamWriter(protocol, asyncio.get_running_loop(), on_headers_sent=_dress)
        made: web.BaseRequest = make(message, payload, protocol, writer, task)
        return made

    return request
