"""nginx with a required client certificate: it finishes the handshake whatever the client shows, and refuses in HTTP."""

import pathlib
from dataclasses import dataclass

from tests.servers import process, programs
from tests.servers.material import Material, Pair
from tests.servers.process import HOST, Server

_CONFIGURATION = """\
daemon off;
master_process off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log stderr info;
events {{ worker_connections 1024; }}
http {{
    access_log {directory}/access.log;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen {listen}:{port} ssl;
        {socket}
        ssl_certificate {certificate};
        ssl_certificate_key {private_key};
        ssl_protocols TLSv{tls};
        ssl_client_certificate {trust};
        ssl_verify_client {verify_client};
        ssl_verify_depth 4;
        {crl}
        {staple}
        {error_pages}
        {headers}
        {keeping}
        location / {{ {answer} }}
        location = /healthz {{ default_type text/plain; return 200 "ok\\n"; }}
    }}
}}
"""

_DISCLOSING_PAGES = """\
error_page 495 496 =400 @refused;
        location @refused { default_type application/json;
            return 400 '{"verify":"$ssl_client_verify","s_dn":"$ssl_client_s_dn","not_after":"$ssl_client_v_end"}'; }"""
"""What many operators add to see why: the answer then tells the verify result. (nginx: ngx_http_ssl_module, error 495, 496)"""

_TURN_AWAY = "if ($ssl_client_verify != SUCCESS) { return 495; } "


@dataclass(frozen=True, slots=True, kw_only=True)
class NginxOptions:
    """What differs between the nginx variants of the tests."""

    tls: str = "1.3"
    """The one protocol version spoken: `1.2` or `1.3`."""
    accepted: pathlib.Path | None = None
    """The authorities whose client certificates are accepted, and named; None: what both sides trust."""
    crl: bool = False
    """Check client certificates against the material's CRL."""
    disclosing_pages: bool = False
    """Answer 495 and 496 with the verify result instead of nginx's own page."""
    tells_verdict: bool = False
    """Show the verify result in a header of every answer, nginx's own pages among them."""
    tells_subject: bool = False
    """Show the subject of the client's certificate in a header of every answer."""
    tells_serial: bool = False
    """Answer with the serial number of the client's certificate, as the server has seen it."""
    upstream_port: int | None = None
    """Pass requests on to this loopback port over plain HTTP; `/healthz` stays nginx's own answer."""
    upstream: tuple[int, Pair | None] | None = None
    """Pass requests on to this loopback port over TLS, with this identity or none."""
    answer: str | None = None
    """What stands in the location of every request, instead of `return 200`."""
    server: Pair | None = None
    """Another server certificate than the material's good one."""
    listen: str = HOST
    """The address to listen at."""
    socket: pathlib.Path | None = None
    """Listen at this unix socket too."""
    verify_client: str = "on"
    """`on`, `optional` or `off`: whether a client certificate is required."""
    keeps_connections: bool = True
    """Keep a connection open for the next request; without it every answer says `Connection: close`."""
    turns_away: bool = False
    """Refuse by `return 495` whoever was not verified, where a certificate is `optional`."""
    refuses: str | None = None
    """Answer whom it refuses for his certificate with this JSON, as an application of one's own does."""
    refuses_with: int = 503
    """The HTTP status of that."""
    staple: pathlib.Path | None = None
    """An OCSP response (DER) to send along with the certificate."""


def start(directory: pathlib.Path, material: Material, options: NginxOptions) -> Server:
    """Start nginx; its configuration, log and temporary files stay in `directory`."""
    program = programs.require("nginx")

    def command(port: int) -> list[str | pathlib.Path]:
        configuration = directory / "nginx.conf"
        configuration.write_text(_configuration(directory, material, options, port), encoding="utf-8")
        return [program, "-p", directory, "-c", configuration, "-e", "stderr"]

    return process.start(command, directory)


def _refusing(words: str | None, status: int) -> str:
    if words is None:
        return ""
    page = f"location @refused {{ default_type application/json; return {status} '{words}'; }}"
    return f"error_page 495 496 ={status} @refused; {page}"


def _headers(options: NginxOptions) -> str:
    verdict = "add_header X-SSL-Client-Verify $ssl_client_verify always;" if options.tells_verdict else ""
    subject = "add_header X-SSL-Client-S-DN $ssl_client_s_dn always;" if options.tells_subject else ""
    return f"{verdict} {subject}"


def _configuration(directory: pathlib.Path, material: Material, options: NginxOptions, port: int) -> str:
    server = options.server or material.server
    words = "$ssl_client_serial" if options.tells_serial else "ok"
    answer = options.answer or f'default_type text/plain; return 200 "{words}\\n";'
    return _CONFIGURATION.format(
        directory=directory,
        verify_client=options.verify_client,
        listen=options.listen,
        port=port,
        socket=f"listen unix:{options.socket} ssl;" if options.socket else "",
        certificate=server.certificate,
        private_key=server.private_key,
        tls=options.tls,
        trust=options.accepted or material.trust,
        crl=f"ssl_crl {material.crl};" if options.crl else "",
        staple=f"ssl_stapling on; ssl_stapling_file {options.staple};" if options.staple else "",
        error_pages=_DISCLOSING_PAGES if options.disclosing_pages else _refusing(options.refuses, options.refuses_with),
        headers=_headers(options),
        keeping="" if options.keeps_connections else "keepalive_timeout 0;",
        answer=(_TURN_AWAY if options.turns_away else "") + (_upstream(options) or answer),
    )


def _upstream(options: NginxOptions) -> str:
    if options.upstream is not None:
        port, pair = options.upstream
        shown = (
            f"proxy_ssl_certificate {pair.certificate}; proxy_ssl_certificate_key {pair.private_key};" if pair else ""
        )
        return f"proxy_pass https://{HOST}:{port}; {shown}"
    if options.upstream_port is None:
        return ""
    return f"proxy_pass http://{HOST}:{options.upstream_port}; proxy_set_header Host $host;"
