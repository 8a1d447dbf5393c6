"""What a connector has behind it: the Stripe simulator over plain HTTP, which keeps the headers that reach it."""

import asyncio
import pathlib
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from probe.lab.stripe.app import create_app
from probe.lab.stripe.faults import StripeFaults
from probe.lab.stripe.state import SimulatorState
from probe.model.clock import SystemClock
from tests.e2e.processes import PATIENCE_S

KEY = "sk_test_upstream0123456789"


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came out of the connector."""

    method: str
    path: str
    headers: dict[str, str]
    """By lower-case name."""


@dataclass(slots=True)
class Upstream:
    """The simulator behind a connector."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    blabs: str | None = None
    """Answer every request with 500, with this and with all that came with it, as a framework's debug page does."""

    def write_key(self, directory: pathlib.Path) -> str:
        """A file with a key that the simulator takes."""
        file = directory / "stripe_test_key"
        file.write_text(KEY, encoding="utf-8")
        return str(file)


@contextmanager
def listening() -> Iterator[Upstream]:
    """Run it on a free loopback port, on a thread of its own, for as long as the block lasts."""
    upstream, ready, stop = Upstream(), threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve(listener: socket.socket) -> None:
        runner = web.AppRunner(_app(upstream), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        loops.append(asyncio.get_running_loop())
        ready.set()
        await stop.wait()
        await runner.cleanup()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        upstream.port = listener.getsockname()[1]
        thread = threading.Thread(target=lambda: asyncio.run(serve(listener)), daemon=True)
        thread.start()
        assert ready.wait(PATIENCE_S), "the upstream did not start"
        try:
            yield upstream
        finally:
            loops[0].call_soon_threadsafe(stop.set)
            thread.join(PATIENCE_S)


def _app(upstream: Upstream) -> web.Application:
    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        upstream.received.append(Received(request.method, request.path, headers))
        if upstream.blabs is not None:
            told = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
            return web.Response(status=500, text=f"{upstream.blabs}\n{told}\n{await request.text()}")
        return await handler(request)

    app = create_app(SimulatorState(SystemClock(), random.Random(0)), faults=StripeFaults())
    app.middlewares.append(keep)
    return app
