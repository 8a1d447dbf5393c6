"""One listening address: bounded requests, bounded waiting, and one clear message where it cannot listen."""

import errno
import os
import socket
import ssl
from collections.abc import Iterable
from typing import Final, NoReturn

from aiohttp import web

from probe.model.lack import lacking
from probe.server.guard import HEADERS, SERVER
from probe.transport.http_server import Runner

_STOP_WITHIN_S: Final = 1.0
IDLE_S: Final = 15.0
"""For a whole request to come, and between requests: who sends slower than that is cut off."""
MOST_BODY: Final = 65_536
"""Bytes; no request of the faces has a body."""
_MOST_LINE: Final = 8_190
"""Bytes of the request line, and of each header."""
_MOST_HEADERS: Final = 64


class ListenError(Exception):
    """Nothing can listen on an address that the operator chose."""

    def __init__(self, message: str, *, host: str, port: int, setting: str) -> None:
        """`message` says why and how to mend it; `setting` is the key that chose the address."""
        super().__init__(message)
        self.host = host
        self.port = port
        self.setting = setting


class Listener:
    """Listens on one address from `start` to `stop`."""

    def __init__(
        self,
        host: str,
        port: int,
        routes: Iterable[web.AbstractRouteDef],
        *,
        setting: str = "listen.metrics",
        tls: ssl.SSLContext | None = None,
        most_body: int = MOST_BODY,
    ) -> None:
        """Port 0 takes a free one. Of routes that fit a request, the first one answers. `most_body` in bytes."""
        self._host, self._port, self._setting, self._tls = host, port, setting, tls
        self._runner: web.AppRunner | None = None
        self._app = web.Application(client_max_size=most_body)
        self._app.add_routes(list(routes))

    async def start(self) -> tuple[str, int]:
        """Listen, and say where. Raises `ListenError`, and OSError where the process has no file descriptor left."""
        runner = Runner(
            self._app,
            server=SERVER,
            headers=HEADERS,
            shutdown_timeout=_STOP_WITHIN_S,
            keepalive_timeout=IDLE_S,
            lingering_time=_STOP_WITHIN_S,
            max_line_size=_MOST_LINE,
            max_field_size=_MOST_LINE,
            max_headers=_MOST_HEADERS,
        )
        await runner.setup()
        try:
            await self._listen(runner)
        except OSError as error:
            await runner.cleanup()
            if lacking(error) is not None:  # another address were no better
                raise
            raise self._refused(error) from error
        self._runner = runner
        host, port = runner.addresses[0][:2]
        return str(host), int(port)

    async def _listen(self, runner: web.AppRunner) -> None:
        """Listen, or raise the system's own OSError: asyncio gives none, or from Python 3.13 on one without a number."""
        try:
            await web.TCPSite(runner, self._host, self._port, ssl_context=self._tls).start()
        except OSError as error:
            if error.errno is not None:
                raise
        if not runner.addresses:
            self._why_not()

    def _why_not(self) -> NoReturn:
        """Raise what asyncio has taken for a family of addresses that is not to be had: want of a file descriptor, too."""
        socket.socket(socket.AF_INET6 if ":" in self._host else socket.AF_INET).close()
        raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))

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
            case errno.EADDRNOTAVAIL:
                why = "this machine has no such address;"
            case _:
                why = f"{error.strerror or error};"
        mend = f"choose another address with `{self._setting}` in the configuration (port 0 takes a free one)"
        return ListenError(
            f"cannot listen on {where}: {why} {mend}", host=self._host, port=self._port, setting=self._setting
        )
