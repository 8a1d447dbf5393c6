"""tinyproxy for CONNECT, in the clear: it answers 500 where it cannot connect, and 403 for ports that it does not allow."""

import pathlib

from tests.servers import process, programs
from tests.servers.material import Material
from tests.servers.process import Server
from tests.servers.squid import CREDENTIALS

_CONFIGURATION = """\
Port {port}
Listen 127.0.0.1
Timeout 30
MaxClients 20
LogLevel Info
{more}
"""


def start(
    directory: pathlib.Path,
    _material: Material,
    *,
    allowed_port: int | None = None,
    credentials: bool = False,
) -> Server:
    """Start tinyproxy, which connects to any port, or to one alone."""
    program = programs.require("tinyproxy")
    name, _, password = CREDENTIALS.partition(":")
    more = [f"ConnectPort {allowed_port}"] if allowed_port else []
    more += [f"BasicAuth {name} {password}"] if credentials else []

    def command(port: int) -> list[str | pathlib.Path]:
        configuration = directory / "tinyproxy.conf"
        configuration.write_text(_CONFIGURATION.format(port=port, more="\n".join(more)), encoding="utf-8")
        return [program, "-d", "-c", configuration]

    return process.start(command, directory)
