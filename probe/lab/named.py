"""What the lab calls itself in its answers: nobody need know which versions run there, also not who sends what is no HTTP."""

import asyncio
from typing import TYPE_CHECKING

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage, StreamWriter

if TYPE_CHECKING:
    from multidict import CIMultiDict  # aiohttp's own


async def _named(headers: "CIMultiDict[str]") -> None:
    headers["Server"] = "paypath-lab"


def name_itself(runner: web.AppRunner) -> None:
    """In every answer of `runner`, which is set up: no signal of the application sees those of aiohttp itself, only who writes them."""
    server = runner.server
    assert server is not None  # noqa: S101 - `setup` has made it
    make = server.request_factory

    def request(
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        _writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        writer = StreamWriter(protocol, asyncio.get_running_loop(), on_headers_sent=_named)
        return make(message, payload, protocol, writer, task)

    server.request_factory = request
