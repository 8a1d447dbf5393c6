"""Whatever a peer answers and whatever a path is called, nobody is asked but the host of the configuration."""

import http.server
import pathlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from probe.lab.pki import Authority
from probe.model.clock import SystemClock
from tests.e2e.processes import paypath
from tests.servers.process import HOST


class _Seen(http.server.ThreadingHTTPServer):
    """Writes down what it is asked for, and answers with a redirect to wherever it is told."""

    def __init__(self, location: str = "") -> None:
        """Listen on a free port of the loopback."""
        super().__init__((HOST, 0), _Redirecting)
        self.location = location
        self.asked: list[str] = []


class _Redirecting(http.server.BaseHTTPRequestHandler):
    """One answer to everything."""

    server: _Seen

    def do_GET(self) -> None:
        """Elsewhere it is."""
        self.server.asked.append(f"{self.headers['Host']} {self.requestline.split()[1]}")
        self.send_response(307)
        self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        """Keep the test's output quiet."""


@contextmanager
def _serving(server: _Seen) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


SCENARIO = """\
name: walk
every: 5m
deadline: 10s
steps:
  - http: {path: "%s"}
    expect: {status: 307}
  - stripe: v1.balance.retrieve
"""


@pytest.mark.parametrize("path", ["/healthz", "//{trap}/x", "/@{trap}/?to=https://{trap}/"])
def test_nobody_else_is_asked(tmp_path: pathlib.Path, path: str) -> None:
    """Redirects of a health path, an `http` step and Stripe's own answers are not followed; a path that looks like a host is a path."""
    authority = Authority.root("Root", now=SystemClock().now())
    leaf = authority.issue("localhost", san=["localhost"], usages=[ExtendedKeyUsageOID.SERVER_AUTH])
    leaf.write(tmp_path / "tls.crt", tmp_path / "tls.key")
    (tmp_path / "ca.pem").write_bytes(authority.certificate_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
    trap, connector = _Seen(), _Seen()
    connector.socket = context.wrap_socket(connector.socket, server_side=True)
    with _serving(trap) as elsewhere, _serving(connector) as address:
        connector.location = f"http://{elsewhere}/stolen"
        asked_for = path.format(trap=elsewhere)
        (tmp_path / "scenarios").mkdir()
        (tmp_path / "scenarios" / "walk.yaml").write_text(SCENARIO % asked_for)
        (tmp_path / "paypath.yaml").write_text(
            "environment: staging\nscenarios: {directory: scenarios}\nstate: {directory: state}\npaths:\n  billing:\n"
            f"    connector: {{url: 'https://localhost:{connector.server_port}', trust: ca.pem, health_path: '{asked_for}'}}\n"
            "    stripe: {api_key: rk_test_0123456789}\n"
        )
        walked = paypath("check", "walk", "--format", "json", cwd=tmp_path)
        shaken = paypath("diagnose", "--path", "billing", "--format", "json", cwd=tmp_path)
    assert walked.status != 0
    assert shaken.status != 0, address
    assert trap.asked == []
    host = f"localhost:{connector.server_port}"
    assert set(connector.asked) == {f"{host} {asked_for}", f"{host} /v1/balance"}
