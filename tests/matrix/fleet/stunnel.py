"""stunnel: TLS alone, in front of a plain HTTP server; it refuses with OpenSSL's alerts."""

from tests.matrix.fleet.door import Door, Room, Site, Words
from tests.servers import programs
from tests.servers.process import HOST

_MAIN = "foreground = yes\npid =\ndebug = notice\nsyslog = no\n"
_SERVICE = """
[{name}]
accept = {host}:{port}
connect = {host}:{upstream}
cert = {pair.certificate}
key = {pair.private_key}
CAfile = {accepted}
CRLfile = {crl}
verifyChain = yes
requireCert = yes
securityLevel = 0
sslVersion = TLSv{door.tls}
{more}
"""


def command(site: Site, *, upstream: int) -> Words:
    """Write the configuration; `upstream` is the port of the plain HTTP server."""
    text = _MAIN + "".join(_service(site, door, upstream) for door in site.ports)
    configuration = site.directory / "stunnel.conf"
    configuration.write_text(text, encoding="utf-8")
    return [programs.require("stunnel"), configuration]


def _service(site: Site, door: Door, upstream: int) -> str:
    return _SERVICE.format(
        name=f"on-{site.ports[door]}",
        host=HOST,
        port=site.ports[door],
        upstream=site.dead_port if door.room is Room.DOWN else upstream,
        pair=site.pair(door),
        accepted=site.accepted(door),
        crl=site.crl(door),
        door=door,
        more="curves = brainpoolP512r1" if door.room is Room.OTHER_GROUPS else "",
    )
