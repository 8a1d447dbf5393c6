"""The connector's rule for the prober's certificate, in a real nginx: keys of test mode pass, and nothing else of it does."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.servers import process, programs
from tests.servers.client import ask
from tests.servers.material import Material, Pair, write_pair
from tests.servers.process import HOST, Server
from tests.servers.programs import ROOT

pytestmark = pytest.mark.server("nginx")
HERE = ROOT / "deploy" / "connector-acl"
_NGINX = """\
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log stderr info;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {here}/nginx-http.conf;
    server {{
        listen {host}:{port} ssl;
        ssl_certificate {server.certificate};
        ssl_certificate_key {server.private_key};
        ssl_client_certificate {trust};
        ssl_verify_client on;
        ssl_verify_depth 4;
        location / {{ include {here}/nginx-location.conf; try_files /nothing @stripe; }}
        location @stripe {{ return 200 "stripe\\n"; }}
        location = /healthz {{ return 200 "ok\\n"; }}
    }}
}}
"""


@pytest.fixture(scope="module")
def connector(pki: Material, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Set up as the README says."""
    directory = tmp_path_factory.mktemp("acl")

    def command(port: int) -> list[str | pathlib.Path]:
        text = _NGINX.format(directory=directory, here=HERE, host=HOST, port=port, server=pki.server, trust=pki.trust)
        (directory / "nginx.conf").write_text(text, encoding="utf-8")
        return [programs.require("nginx"), "-p", directory, "-c", directory / "nginx.conf", "-e", "stderr"]

    server = process.start(command, directory)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def prober(pki: Material, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The prober's own identity, with the subject that the chart asks for."""
    return write_pair(tmp_path_factory.mktemp("prober"), "prober", pki.issuing.issue("paypath"))


def status(connector: Server, pki: Material, pair: Pair, path: str, authorization: str | None) -> int:
    """Of the answer."""
    header = "" if authorization is None else f"Authorization: {authorization}\r\n"
    request = f"GET {path} HTTP/1.0\r\nHost: localhost\r\n{header}\r\n".encode()
    return int(ask(connector.port, trust=pki.trust, identity=pair, request=request).split()[1])


@pytest.mark.parametrize(
    ("authorization", "wanted"),
    [
        ("Bearer sk_test_51Abc", 200),
        ("Bearer rk_test_51Abc", 200),
        ("Bearer sk_live_51Abc", 403),
        ("Bearer rk_live_51Abc", 403),
        ("Bearer sk_live_51Abc sk_test_x", 403),
        ("bearer sk_live_51Abc", 403),
        ("Basic c2tfbGl2ZV94Og==", 403),
        ("", 403),
        (None, 403),
    ],
)
def test_the_prober(connector: Server, pki: Material, prober: Pair, authorization: str | None, wanted: int) -> None:
    """Keys of test mode go on to Stripe; a live key, another scheme, or none at all does not."""
    assert status(connector, pki, prober, "/v1/payment_intents", authorization) == wanted


def test_health_needs_no_key(connector: Server, pki: Material, prober: Pair) -> None:
    """`health_path` is the connector's own answer."""
    assert status(connector, pki, prober, "/healthz", None) == 200


@pytest.mark.parametrize("authorization", ["Bearer sk_live_51Abc", None])
def test_everybody_else(connector: Server, pki: Material, authorization: str | None) -> None:
    """The billing service's own requests are let through as before."""
    assert status(connector, pki, pki.clients["good"], "/v1/payment_intents", authorization) == 200
