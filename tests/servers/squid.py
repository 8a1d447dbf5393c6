"""Squid as a proxy for CONNECT: in the clear, with credentials, or behind mutual TLS (`squid-openssl`, `https_port`)."""

import pathlib

from tests.servers import process, programs
from tests.servers.material import Material, Pair
from tests.servers.process import HOST, Server

CREDENTIALS = "us:hush"
DENIED = "denied.test"
"""A host that its rules do not allow."""

_CONFIGURATION = """\
{port}
pid_filename none
coredump_dir {directory}
cache_log /dev/stderr
access_log none
cache deny all
pinger_enable off
shutdown_lifetime 0 seconds
visible_hostname localhost
# A name is unknown at once, whatever resolver this machine has: none is asked but one that is not there.
dns_nameservers {host}
dns_timeout 1 second
{credentials}
acl denied dstdomain {denied}
http_access deny denied
http_access allow {whom}
http_access deny all
"""

_HTTPS = "https_port {host}:{port} tls-cert={certificate} tls-key={key} clientca={trust} tls-cafile={trust} {versions}"
_VERSIONS = {
    "1.2": "tls-min-version=1.2 options=NO_TLSv1_3",
    "1.3": "tls-min-version=1.3",
}
# A helper answers each line `NAME PASSWORD` with OK or ERR; it must not need files, since squid starts it as another user.
_CREDENTIALS = """\
auth_param basic program /bin/sed -u -e s/^us.hush$/OK/ -e t -e s/.*/ERR/
auth_param basic children 1
acl known proxy_auth REQUIRED
"""


def start(
    directory: pathlib.Path,
    material: Material,
    *,
    tls: str | None = None,
    server: Pair | None = None,
    credentials: bool = False,
) -> Server:
    """Start squid: in the clear unless `tls` says `1.2` or `1.3`, then with a required client certificate."""
    program = programs.require("squid")
    pair = server or material.server

    def command(port: int) -> list[str | pathlib.Path]:
        configuration = directory / "squid.conf"
        listening = f"http_port {HOST}:{port}"
        if tls is not None:
            listening = _HTTPS.format(
                host=HOST,
                port=port,
                certificate=pair.certificate,
                key=pair.private_key,
                trust=material.trust,
                versions=_VERSIONS[tls],
            )
        text = _CONFIGURATION.format(
            host=HOST,
            port=listening,
            directory=directory,
            denied=DENIED,
            credentials=_CREDENTIALS if credentials else "",
            whom="known" if credentials else "all",
        )
        configuration.write_text(text, encoding="utf-8")
        return [program, "-N", "-f", configuration]

    return process.start(command, directory)
