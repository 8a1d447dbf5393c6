"""nginx: it finishes the handshake whatever the client shows, and refuses in HTTP."""

from tests.matrix.fleet.door import Door, Room, Site, Words
from tests.servers import programs
from tests.servers.process import HOST

_MAIN = """\
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log stderr info;
worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    ssl_verify_depth 4;
    {servers}
}}
"""
_SERVER = """
    server {{
        listen {host}:{port} ssl; server_name localhost;
        ssl_ciphers DEFAULT:@SECLEVEL=0;
        ssl_certificate {pair.certificate}; ssl_certificate_key {pair.private_key};
        ssl_client_certificate {accepted};
        ssl_protocols TLSv{door.tls}; ssl_verify_client {verify}; {crl}
        {pages}
        {more}
        location / {{ {answer} }}
    }}
"""
_PAGES = """error_page 495 496 =400 @refused;
        location @refused { default_type application/json;
            return 400 '{"verify":"$ssl_client_verify","s_dn":"$ssl_client_s_dn","not_after":"$ssl_client_v_end"}'; }"""
_ANSWERS = {
    Room.FORBIDDEN: "return 403;",
    Room.LENIENT: "if ($ssl_client_verify != SUCCESS) {{ return 403; }} return 200;",
    Room.DOWN: "proxy_pass http://{host}:{dead};",
}
_REJECT = (
    "    server {{ listen {host}:{port} ssl default_server; ssl_protocols TLSv{tls}; ssl_reject_handshake on; }}\n"
)


def command(site: Site, *, pages: bool) -> Words:
    """Write the configuration; `pages`: 495 and 496 are answered with the verify result."""
    servers = "".join(_server(site, door, pages=pages) for door in site.ports)
    configuration = site.directory / "nginx.conf"
    text = _MAIN.format(directory=site.directory, servers=servers)
    configuration.write_text(text, encoding="utf-8")
    return [programs.require("nginx"), "-p", site.directory, "-c", configuration, "-e", "stderr"]


def _server(site: Site, door: Door, *, pages: bool) -> str:
    port = site.ports[door]
    answer = _ANSWERS.get(door.room, 'default_type text/plain; return 200 "ok\\n";')
    server = _SERVER.format(
        host=HOST,
        port=port,
        door=door,
        pair=site.pair(door),
        accepted=site.accepted(door),
        verify="optional" if door.room is Room.LENIENT else "on",
        crl=site.with_crl(door, "ssl_crl {crl};"),
        pages=_PAGES if pages else "",
        more="ssl_ecdh_curve brainpoolP512r1;" if door.room is Room.OTHER_GROUPS else "",
        answer=answer.format(host=HOST, dead=site.dead_port),
    )
    return server + (_REJECT.format(host=HOST, port=port, tls=door.tls) if door.room is Room.NAMED else "")
