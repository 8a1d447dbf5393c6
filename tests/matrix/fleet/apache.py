"""Apache: it refuses with OpenSSL's alerts where the whole server requires a client certificate."""

import os

from tests.matrix.fleet.door import Door, Room, Site, Words
from tests.servers import programs
from tests.servers.process import HOST

MODULES = "/usr/lib/apache2/modules"
_MAIN = """\
ServerRoot {directory}
ServerName localhost
PidFile {directory}/apache.pid
DefaultRuntimeDir {directory}
ErrorLog {directory}/log
LogLevel info
Mutex posixsem
{user}
{modules}
ProxyPreserveHost on
SSLSessionCache none
SSLCipherSuite DEFAULT:@SECLEVEL=0
"""
_HOST = """
Listen {host}:{port}
<VirtualHost {host}:{port}>
    SSLEngine on
    SSLProtocol -all +TLSv{door.tls}
    SSLCertificateFile {pair.certificate}
    SSLCertificateKeyFile {pair.private_key}
    SSLCACertificateFile {accepted}
    SSLCARevocationFile {crl}
    SSLCARevocationCheck chain
    SSLVerifyClient {verify}
    SSLVerifyDepth {depth}
    {more}
</VirtualHost>
"""
_OPEN = "RewriteEngine on\n    RewriteRule ^ - [R=200,L]"
_LOADED = ("mpm_event", "authz_core", "rewrite", "proxy", "proxy_http", "ssl", "socache_shmcb")


def command(site: Site) -> Words:
    """Write the configuration: a virtual host for each door."""
    text = _MAIN.format(
        directory=site.directory,
        user="User nobody\nGroup nogroup" if os.geteuid() == 0 else "",
        modules="\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in _LOADED),
    )
    text += "".join(_host(site, door) for door in site.ports)
    configuration = site.directory / "apache.conf"
    configuration.write_text(text, encoding="utf-8")
    return [programs.require("apache2"), "-D", "FOREGROUND", "-f", configuration]


def _host(site: Site, door: Door) -> str:
    more = {
        Room.LENIENT: f"<Location />\n    Require ssl-verify-client\n    Options FollowSymLinks\n    {_OPEN}\n    </Location>",
        Room.FORBIDDEN: "<Location />\n    Require all denied\n    </Location>",
        Room.DOWN: f"ProxyPass / http://{HOST}:{site.dead_port}/",
        Room.LATE: f"<Location />\n    SSLVerifyClient require\n    Options FollowSymLinks\n    {_OPEN}\n    </Location>",
        Room.OTHER_GROUPS: f"SSLOpenSSLConfCmd Curves brainpoolP512r1\n    {_OPEN}",
    }
    return _HOST.format(
        host=HOST,
        port=site.ports[door],
        door=door,
        pair=site.pair(door),
        accepted=site.accepted(door),
        crl=site.crl(door),
        verify={Room.LATE: "none", Room.LENIENT: "optional"}.get(door.room, "require"),
        depth=1 if door.room is Room.SHALLOW else 4,
        more=more.get(door.room, _OPEN),
    )
