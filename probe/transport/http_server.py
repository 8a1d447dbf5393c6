"""Our own HTTP servers as aiohttp runs them: what it answers by itself, outside of any route, is said in words of ours, under a name of ours."""

import asyncio
import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage, StreamWriter
from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    from multidict import CIMultiDict  # aiohttp's own

UNREADABLE: Final = "this request cannot be read: it is no HTTP, or longer or encoded otherwise than is taken here\n"
UNEXPECTED: Final = "of `Expect`, 100-continue alone is known here\n"


def _of_ours(record: logging.LogRecord) -> bool:
    """Whether it is about a fault of ours: what a stranger sends that is no HTTP, or not encoded as it says, is no line of our log."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError | web.RequestPayloadError))


logging.getLogger("aiohttp.server").addFilter(_of_ours)


class Limits(TypedDict, total=False):
    """What one request and one connection may take; seconds, bytes, and a number of headers. Without one, aiohttp's own."""

    shutdown_timeout: float
    keepalive_timeout: float
    lingering_time: float
    max_line_size: int
    max_field_size: int
    max_headers: int


class Runner(web.AppRunner):
    """Runs an application. A stranger learns no versions, his bytes are not repeated, and what cannot be read is 400."""

    def __init__(
        self,
        app: web.Application,
        *,
        server: str,
        headers: Mapping[str, str] = MappingProxyType({}),
        **limits: Unpack[Limits],
    ) -> None:
        """`server` names itself in every answer; the other `headers` are those of every answer that has not its own."""
        super().__init__(app, access_log=None, **limits)
        self._server_name, self._headers = server, headers

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            _answering(made.request_handler), request_factory=self._dressing(made.request_factory), **self._kwargs
        )

    def _dressing(self, make: Any) -> Any:  # noqa: ANN401 - aiohttp's types of it are its own
        """No route and no signal of the application sees an answer to what cannot be parsed, only who writes it."""

        def request(
            message: RawRequestMessage,
            payload: StreamReader,
            protocol: web.RequestHandler,
            _writer: AbstractStreamWriter,
            task: "asyncio.Task[None]",
        ) -> web.BaseRequest:
            writer = StreamWriter(protocol, asyncio.get_running_loop(), on_headers_sent=self._dress)
            made: web.BaseRequest = make(message, payload, protocol, writer, task)
            return made

        return request

    async def _dress(self, headers: "CIMultiDict[str]") -> None:
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        headers["Server"] = self._server_name


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


def _answering(answer: Any) -> Any:  # noqa: ANN401 - aiohttp's types of it are its own
    """An `Expect` that aiohttp does not know it refuses before any route or middleware, and quotes it; a false `Content-Encoding` is a 500 to it."""

    async def answered(request: web.BaseRequest) -> web.StreamResponse:
        try:
            given: web.StreamResponse = await answer(request)
        except web.HTTPExpectationFailed:
            return web.Response(status=web.HTTPExpectationFailed.status_code, text=UNEXPECTED)
        except web.RequestPayloadError:
            return web.Response(status=web.HTTPBadRequest.status_code, text=UNREADABLE)
        return given

    return answered


async def whole_body(request: web.Request, *, within_s: float) -> bytes | None:
    """What was posted; None where it did not come whole in time, or who sent it has left. Raises `web.RequestPayloadError` where it is not encoded as it says."""
    try:
        async with asyncio.timeout(within_s):
            return await request.read()
    except (TimeoutError, ConnectionError):
        return None


def not_whole() -> web.Response:
    """The answer to a body that did not come whole: the last one of its connection."""
    response = web.Response(status=web.HTTPRequestTimeout.status_code, text="the rest of the body did not come\n")
    response.force_close()
    return response
