"""What the pager's tests share: runs, pages, a slow sink, and a server that keeps what it is sent."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiohttp import web

from probe.model.failure import Failure
from probe.model.outcome import Failed, Outcome, Passed
from probe.model.paging import Page
from probe.model.run import Run
from probe.pager.sink import FakeSink, Receipt
from tests.verdict.pages import START

RANDOMNESS = random.Random(5023)


def run(
    number: int, what: Failure | Outcome | None = None, *, scenario: str = "handshake", path: str = "billing"
) -> Run:
    """The run that begins `number` times ten seconds after the start; passed unless told otherwise."""
    outcome = Passed() if what is None else Failed(what) if isinstance(what, Failure) else what
    return Run(
        run_id=f"{number:031x}{len(scenario) % 16:x}",
        span_id="b" * 16,
        scenario=scenario,
        path=path,
        environment="staging",
        location="here",
        started_at=START + timedelta(seconds=10 * number),
        duration_s=0.5,
        outcome=outcome,
    )


@dataclass(slots=True)
class Kept:
    """What a server was sent, and what it answers."""

    status: int = 202
    headers: dict[str, str] = field(default_factory=dict)
    bodies: list[Any] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Keep it."""
        self.bodies.append(json.loads(await request.text()))
        self.tokens.append(request.headers.get("Authorization"))
        return web.Response(status=self.status, headers=self.headers, text="a page of the sink's own")


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve on loopback; the base address."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def keeping(**options: Any) -> AsyncIterator[Kept]:  # noqa: ANN401 - the fields of Kept
    """A server that keeps every POST."""
    kept = Kept(**options)
    app = web.Application()
    app.router.add_post("/{anywhere:.*}", kept.answer)
    async with serving(app) as url:
        kept.url = url
        yield kept


class Waited(FakeSink):
    """Takes a page at once, and answers when it is told to."""

    def __init__(self, name: str) -> None:
        """It has not answered yet."""
        super().__init__(name)
        self.asked, self.answers = asyncio.Event(), asyncio.Event()

    async def send(self, page: Page) -> Receipt:
        """Take it, and let the other side wait."""
        receipt = await super().send(page)
        self.asked.set()
        await self.answers.wait()
        return receipt
