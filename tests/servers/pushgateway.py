"""The real Pushgateway from the distribution."""

import pathlib

from tests.servers import programs
from tests.servers.process import HOST, Server
from tests.servers.process import start as start_process


def start(directory: pathlib.Path, *more: str) -> Server:
    """One that keeps everything in memory; `more` are further arguments."""
    program = programs.require("prometheus-pushgateway")
    return start_process(lambda port: [program, f"--web.listen-address={HOST}:{port}", *more], directory)
