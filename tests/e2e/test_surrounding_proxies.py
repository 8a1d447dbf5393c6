"""A proxy that the environment names, as collectors and pagers are reached by: no live key gets there, and its password comes back in no output."""

import base64
import pathlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.e2e.processes import Lab, paypath

PASSWORD = "hunter2secretpw"
BASIC = base64.b64encode(f"u:{PASSWORD}".encode()).decode()
COLLECTOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example:4318", "NO_PROXY": "127.0.0.1,localhost"}


class Proxy:
    """Lets nobody through, and repeats what it was told."""

    def __init__(self) -> None:
        """Nobody has come."""
        self.address = ""
        self.seen: list[str] = []


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """On a port of its own."""
    proxy = Proxy()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            proxy.seen.append(self.headers.get("Proxy-Authorization", ""))
            said = f"bad {PASSWORD} {proxy.seen[-1]}"
            self.send_response(407, said)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said.encode())

        do_CONNECT = do_POST  # noqa: N815 - as the server calls it

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.address = "{}:{}".format(*server.server_address[:2])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def lab(tmp_path: pathlib.Path) -> Iterator[Lab]:
    """A lab of its own."""
    lab = Lab(tmp_path)
    yield lab
    lab.process.stop()


def test_a_proxys_live_key_is_refused_and_its_password_is_masked(lab: Lab, proxy: Proxy) -> None:
    """Status 2 with the variable's name from every command, before anything is sent; a good password is sent, and shown nowhere."""
    config = ("--config", str(lab.config))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        env = {**COLLECTOR, name: f"http://u:sk_live_51CanaryCanary@{proxy.address}"}
        for words in (("validate",), ("check", "mtls-handshake"), ("run",), ("sweep",)):
            refused = paypath(*words, *config, env=env)
            assert refused.status == 2, (words, refused)
            assert refused.err.startswith(f"{name}: a live-mode Stripe key stands here; remove it"), (words, refused)
            assert "Canary" not in refused.out + refused.err
    assert not proxy.seen

    done = paypath(
        "check", "mtls-handshake", *config, env={**COLLECTOR, "HTTP_PROXY": f"http://u:{PASSWORD}@{proxy.address}"}
    )
    assert done.status == 0, done
    assert f"Basic {BASIC}" in proxy.seen
    assert "407" in done.err
    assert PASSWORD not in done.out + done.err
    assert BASIC.rstrip("=") not in done.out + done.err
