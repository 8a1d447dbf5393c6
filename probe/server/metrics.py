"""What Prometheus and a kubelet reach. It says nothing that a stranger may not read."""

import gzip
from collections.abc import Callable
from typing import Final

from aiohttp import web

from probe.model.aside import aside

Render = Callable[[str | None], tuple[bytes, str]]
"""The metrics page and its content type, by an `Accept` header. May take long: it is called on another thread."""

_INDEX: Final = (
    "paypath\n"
    "  /metrics   Prometheus text, or OpenMetrics with exemplars where the Accept header asks for it\n"
    "  /healthz   200 while this process is alive\n"
    "  /readyz    200 once the first round of scenarios is done; says nothing about payments\n"
)
_FAST: Final = 1
"""Level of compression: labels repeat so much that more effort saves little."""
_REST: Final = 1.0
"""Of a page, in times of the work: runs go on meanwhile, and a scrape does not time out."""


def written(render: Render, accept: str | None, *, packed: bool) -> tuple[bytes, str]:
    """The page and its content type; `packed` with gzip."""
    body, content_type = render(accept)
    return (gzip.compress(body, _FAST) if packed else body), content_type


def metrics_routes(render: Render, ready: Callable[[], bool]) -> list[web.RouteDef]:
    """The routes. `ready` turns true when the first round is done, whatever became of it."""

    async def metrics(request: web.Request) -> web.Response:
        packed = "gzip" in request.headers.get("Accept-Encoding", "").lower()
        # Off the event loop: at a thousand paths the page takes longer than a handshake may wait.
        body, content_type = await aside(_REST, written, render, request.headers.get("Accept"), packed=packed)
        headers = {"Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
        return web.Response(body=body, headers=headers | ({"Content-Encoding": "gzip"} if packed else {}))

    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def readyz(_request: web.Request) -> web.Response:
        if ready():
            return web.Response(text="ready\n")
        return web.Response(status=503, text="the first round of scenarios is not done yet\n")

    async def elsewhere(_request: web.Request) -> web.Response:
        return web.Response(status=404, text=_INDEX)

    return [
        web.get("/metrics", metrics),
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/{anything:(?!-/).*}", elsewhere),
    ]
