"""All servers of the matrix, started once: a port for every place that a cell names."""

import functools
import pathlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack

from tests.matrix.cell import Cell, Spot
from tests.matrix.fleet import apache, envoy, go, haproxy, nginx, prometheus, s_server, stunnel
from tests.matrix.fleet.door import Door, Site, Words, start_one
from tests.matrix.material import Material
from tests.matrix.servers import (
    APACHE,
    ENVOY,
    GO,
    HAPROXY,
    HAPROXY_IGNORING,
    NGINX,
    NGINX_PAGES,
    OLD_GO,
    PROGRAMS,
    PYTHON,
    S_SERVER,
    STUNNEL,
)
from tests.matrix.spots import open_spots
from tests.matrix.stage import Stage
from tests.matrix.tls_server import context, ok, serving
from tests.matrix.wire import read_some, send
from tests.servers import programs

_ALONE = (S_SERVER, OLD_GO)
"""Programs that know one door only."""

Places = Mapping[tuple[str, Door | Spot], int]


def open_places(cells: Iterable[Cell], material: Material, directory: pathlib.Path, running: ExitStack) -> Places:
    """Start whatever the cells need of what is installed; `running` ends it."""
    doors: dict[str, dict[Door, None]] = defaultdict(dict)
    for cell in cells:
        if isinstance(cell.at, Door):
            doors[cell.server][cell.at] = None
    stage = running.enter_context(Stage())
    commands = _commands(stage)
    places: dict[tuple[str, Door | Spot], int] = {}
    for server, wanted in doors.items():
        for group in [[door] for door in wanted] if server in _ALONE else [list(wanted)]:
            if server == PYTHON:
                ports = {door: stage.serve(serving(context(material, door), ok)) for door in group}
            elif programs.find(PROGRAMS[server]) and (server != OLD_GO or prometheus.is_of_old_go()):
                own = directory / f"{server}-{len(places)}".replace(" ", "-")
                own.mkdir()
                ports = start_one(commands[server], group, own, material, running)
            else:
                continue
            places |= {(server, door): port for door, port in ports.items()}
    for spot, port in open_spots(stage, material, running).items():
        for cell in cells:
            if cell.at == spot:
                places[cell.server, spot] = port
    return places


def _commands(stage: Stage) -> dict[str, Callable[[Site], Words]]:
    upstream = stage.serve(_plain)
    return {
        NGINX: functools.partial(nginx.command, pages=False),
        NGINX_PAGES: functools.partial(nginx.command, pages=True),
        HAPROXY: functools.partial(haproxy.command, ignoring=False),
        HAPROXY_IGNORING: functools.partial(haproxy.command, ignoring=True),
        ENVOY: envoy.command,
        STUNNEL: functools.partial(stunnel.command, upstream=upstream),
        APACHE: apache.command,
        S_SERVER: s_server.command,
        GO: go.command,
        OLD_GO: prometheus.command,
    }


async def _plain(sock) -> None:  # noqa: ANN001 - see tests.matrix.stage.Connection
    """A plain HTTP server: what stands behind stunnel."""
    await read_some(sock)
    await send(sock, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
