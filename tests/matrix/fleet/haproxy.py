"""haproxy: it refuses with a TLS alert; with `crt-ignore-err` it lets everybody in and says in HTTP what it thought."""

from tests.matrix.fleet.door import Door, Room, Site, Words
from tests.servers import programs
from tests.servers.process import HOST

CANNOT_SHOW = {"weak-key", "weak-signature", "weak-expired-and-wrong-name", "everything-and-unknown-ca"}
"""Server certificates that haproxy refuses to load at OpenSSL's usual security level, before it reads a cipher list."""

_MAIN = """\
global
    log stdout format raw local0 info
    maxconn 1000
defaults
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client 30s
    timeout server 30s
backend nobody
    server dead {host}:{dead}
"""
_FRONTEND = """
frontend {name}
    bind {host}:{port} ssl crt {pair.both} ca-file {accepted} verify {verify} {crl} ssl-min-ver TLSv{door.tls} ssl-max-ver TLSv{door.tls} {more}
    {rules}
"""
_OPEN = "http-request return status 200 content-type text/plain string ok"
_RULES = {
    Room.FORBIDDEN: "http-request deny deny_status 403",
    Room.LENIENT: f"http-request deny deny_status 403 unless {{ ssl_c_used }}\n    {_OPEN}",
    Room.DOWN: "default_backend nobody",
}
_MORE = {
    Room.NAMED: "strict-sni",
    Room.H2_ONLY: "alpn h2",
    Room.OTHER_GROUPS: "curves brainpoolP512r1",
}
_DISCLOSE = (
    "http-request return status 403 content-type text/plain "
    'lf-string "verify=%[ssl_c_verify] s_dn=%{+Q}[ssl_c_s_dn]" if { ssl_c_verify gt 0 } || !{ ssl_c_used }'
)


def command(site: Site, *, ignoring: bool) -> Words:
    """Write the configuration; `ignoring`: with `crt-ignore-err all`, and the verify result in the answer."""
    text = _MAIN.format(host=HOST, dead=site.dead_port)
    text += "".join(_frontend(site, door, ignoring=ignoring) for door in site.ports)
    configuration = site.directory / "haproxy.cfg"
    configuration.write_text(text, encoding="utf-8")
    return [programs.require("haproxy"), "-db", "-f", configuration]


def _frontend(site: Site, door: Door, *, ignoring: bool) -> str:
    rules = _RULES.get(door.room, _OPEN)
    more = _MORE.get(door.room, "")
    return _FRONTEND.format(
        name=f"on-{site.ports[door]}",
        host=HOST,
        port=site.ports[door],
        door=door,
        pair=site.pair(door),
        accepted=site.accepted(door),
        verify="optional" if door.room is Room.LENIENT else "required",
        crl=site.with_crl(door, "crl-file {crl}"),
        more=f"{more} ca-ignore-err all crt-ignore-err all" if ignoring else more,
        rules=f"{_DISCLOSE}\n    {rules}" if ignoring else rules,
    )
