"""A billing API of the company's own, behind mutual TLS, on a thread of its own: it charges a tenant, and says what it is told to."""

import asyncio
import contextlib
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

_PATIENCE_S = 30.0


@dataclass
class BillingApi:
    """What it answers, and what it was asked."""

    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    """`METHOD /path` -> status and JSON; status 0: it hangs up without an answer."""
    port: int = 0
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and body of each request."""
    headers: dict[str, str] = field(default_factory=dict)
    """Of every answer, besides the usual ones."""

    @property
    def written(self) -> list[str]:
        """The bodies of the requests that write."""
        return [body for method, _, body in self.asked if method != "GET"]

    async def answer(self, request: web.Request) -> web.Response:
        """One request."""
        self.asked.append((request.method, request.path, await request.text()))
        if self.answers.get(f"{request.method} {request.path}", (1, None))[0] == 0 and request.transport is not None:
            request.transport.close()
        status, body = self.answers.get(f"{request.method} {request.path}", (404, {"fault": {"number": 0}}))
        return web.Response(
            status=status or 500, text=json.dumps(body), content_type="application/json", headers=self.headers
        )


@contextlib.contextmanager
def billing_api(tls: ssl.SSLContext, **answers: tuple[int, Any]) -> Iterator[BillingApi]:
    """Run it on a free loopback port for as long as the block lasts; `answers` by `METHOD /path`."""
    api, ready, stop = BillingApi(dict(answers)), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", api.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        api.port = runner.addresses[0][1]
        ready.set()
        await stop.wait()
        await runner.cleanup()

    def work() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert ready.wait(_PATIENCE_S), "the billing API did not start"
    try:
        yield api
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(_PATIENCE_S)
