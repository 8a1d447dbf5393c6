"""haproxy with a required client certificate: it refuses with a TLS alert, under 1.3 after the client has finished."""

import pathlib

from tests.servers import process, programs
from tests.servers.material import Material, Pair
from tests.servers.process import HOST, Server

_CONFIGURATION = """\
global
    log stdout format raw local0 info
defaults
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend connector
    bind {host}:{port} ssl crt {both} ca-file {trust} verify required {crl} ssl-min-ver TLSv{tls} ssl-max-ver TLSv{tls} {ignoring}
    {refusal}
    {answer}
{gateway}
"""
_OK = "http-request return status 200 content-type text/plain string ok"
_REFUSAL = "http-request return status 403 content-type application/json lf-string '{words}' if {{ ssl_c_verify gt 0 }}"
_HANDS_ON = """\
http-request set-header X-SSL-Client-Verify %[ssl_c_verify]
    http-request set-header X-SSL-Client-S-DN %[ssl_c_s_dn]"""
_GATEWAY = """\
backend gateway
    server gateway {host}:{port} ssl verify none {shown}
"""


def start(
    directory: pathlib.Path,
    material: Material,
    *,
    tls: str = "1.3",
    crl: bool = False,
    accepted: pathlib.Path | None = None,
    server: Pair | None = None,
    discloses: str | None = None,
    upstream: tuple[int, Pair | None] | None = None,
) -> Server:
    """Start haproxy with one protocol version, `1.2` or `1.3`, checking client certificates against the CRL where asked.

    `discloses`: let every certificate through the handshake, and refuse it with HTTP 403 and these words (a log format string).
    `upstream`: let every certificate in, and pass requests on to this loopback port over TLS, with this identity if any; whose they are, and what
    was found of it, stands in headers.
    """
    program = programs.require("haproxy")

    def command(port: int) -> list[str | pathlib.Path]:
        configuration = directory / "haproxy.cfg"
        text = _CONFIGURATION.format(
            host=HOST,
            port=port,
            both=(server or material.server).both,
            trust=accepted or material.trust,
            crl=f"crl-file {material.crl}" if crl else "",
            tls=tls,
            ignoring="crt-ignore-err all ca-ignore-err all" if discloses or upstream else "",
            refusal=_REFUSAL.format(words=discloses) if discloses else _HANDS_ON if upstream else "",
            answer="default_backend gateway" if upstream else _OK,
            gateway=_gateway(*upstream) if upstream else "",
        )
        configuration.write_text(text, encoding="utf-8")
        return [program, "-db", "-f", configuration]

    return process.start(command, directory)


def _gateway(port: int, shown: Pair | None) -> str:
    return _GATEWAY.format(host=HOST, port=port, shown=f"crt {shown.both}" if shown else "")
