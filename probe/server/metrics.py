"""The metrics listener: what Prometheus and a kubelet reach. It says nothing that a stranger may not read."""

import asyncio
import errno
import gzip
from collections.abc import Callable, Iterable
from typing import Final

from aiohttp import web

Render = Callable[[str | None], tuple[bytes, str]]
"""The metrics page and its content type, by an `Accept` header. May take long: it is called on another thread."""

_INDEX: Final = (
    "paypath\n"
    "  /metrics   Prometheus text, or OpenMetrics with exemplars where the Accept header asks for it\n"
    "  /healthz   200 while this process is alive\n"
    "  /readyz    200 once the first round of scenarios is done; says nothing about payments\n"
)
_STOP_WITHIN_S: Final = 1.0
_FAST: Final = 1
"""Level of compression: labels repeat so much that more effort saves little."""


class ListenError(Exception):
    """Nothing can listen on an address that the operator chose."""

    def __init__(self, message: str, *, host: str, port: int, setting: str) -> None:
        """`message` says why and how to mend it; `setting` is the key that chose the address."""
        super().__init__(message)
        self.host = host
        self.port = port
        self.setting = setting


class MetricsServer:
    """Listens on one address from `start` to `stop`."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        render: Render,
        ready: Callable[[], bool],
        more_routes: Iterable[web.AbstractRouteDef] = (),
        setting: str = "listen.metrics",
    ) -> None:
        """Port 0 takes a free one. `ready` turns true when the first round is done, whatever became of it.

        `more_routes` come before ours: that is how the admin face shares the address by default.
        """
        self._host = host
        self._port = port
        self._setting = setting
        self._runner: web.AppRunner | None = None
        self._app = web.Application()
        more = list(more_routes)
        self._app.add_routes([*more, *_routes(render, ready)])

    async def start(self) -> tuple[str, int]:
        """Listen, and say where. Raises `ListenError`."""
        runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=_STOP_WITHIN_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError as error:
            await runner.cleanup()
            raise self._refused(error) from error
        self._runner = runner
        host, port = runner.addresses[0][:2]
        return str(host), int(port)

    async def stop(self) -> None:
        """Stop listening; requests under way get a second to end. Does nothing where it is not started."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def _refused(self, error: OSError) -> ListenError:
        where = f"[{self._host}]:{self._port}" if ":" in self._host else f"{self._host}:{self._port}"
        match error.errno:
            case errno.EADDRINUSE:
                why = "another process listens there already; stop it, or"
            case errno.EACCES | errno.EPERM:
                why = "this user may not use that port;"
            case errno.EADDRNOTAVAIL | None:  # from Python 3.13 on asyncio raises it without its number
                why = "this machine has no such address;"
            case _:
                why = f"{error.strerror or error};"
        mend = f"choose another address with `{self._setting}` in the configuration (port 0 takes a free one)"
        return ListenError(
            f"cannot listen on {where}: {why} {mend}", host=self._host, port=self._port, setting=self._setting
        )


def _page(render: Render, accept: str | None, *, packed: bool) -> tuple[bytes, str]:
    body, content_type = render(accept)
    return (gzip.compress(body, _FAST) if packed else body), content_type


def _routes(render: Render, ready: Callable[[], bool]) -> list[web.RouteDef]:
    async def metrics(request: web.Request) -> web.Response:
        packed = "gzip" in request.headers.get("Accept-Encoding", "").lower()
        # Off the event loop: at a thousand paths the page takes longer than a handshake may wait.
        body, content_type = await asyncio.to_thread(_page, render, request.headers.get("Accept"), packed=packed)
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
        web.get("/{anything:.*}", elsewhere),
    ]
