"""The real Alertmanager from the distribution."""

import pathlib

from tests.servers import programs
from tests.servers.process import HOST, Server
from tests.servers.process import start as start_process

CONFIGURATION = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


def start(directory: pathlib.Path, configuration: str = CONFIGURATION) -> Server:
    """One that belongs to no cluster."""
    file = directory / "alertmanager.yaml"
    file.write_text(configuration, encoding="utf-8")
    program = programs.require("prometheus-alertmanager")
    return start_process(
        lambda port: [
            program,
            f"--config.file={file}",
            f"--storage.path={directory / 'data'}",
            f"--web.listen-address={HOST}:{port}",
            "--cluster.listen-address=",
        ],
        directory,
    )
