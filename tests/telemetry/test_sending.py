"""One request, and everything that may become of it, against a real server."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from probe.telemetry.sending import Sending, send_http


@pytest.fixture
def server() -> Iterator[tuple[str, list[str | None]]]:
    """Answers with the status that stands in the path; the address, and the `Authorization` of each request."""
    seen: list[str | None] = []

    class Answering(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            seen.append(self.headers["Authorization"])
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(int(self.path.strip("/")))
            self.send_header("Location", "/200")
            self.end_headers()
            self.wfile.write(b"no\n such   key")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Nothing."""

    listening = HTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}", seen
    listening.shutdown()
    listening.server_close()


def _put(url: str, credentials: str | None = None) -> Sending:
    return Sending(method="PUT", url=url, body=b"x", headers={}, credentials=credentials)


async def test_an_answer_is_taken_or_told(server: tuple[str, list[str | None]]) -> None:
    """2xx is fine; anything else is told with what the other side said. A redirect is not followed: it would carry the password."""
    address, seen = server
    assert await send_http(_put(f"{address}/200", "me:geheim")) is None
    assert seen == [f"Basic {base64.b64encode(b'me:geheim').decode()}"]
    assert await send_http(_put(f"{address}/401")) == "HTTP 401: no such key"
    assert await send_http(_put(f"{address}/302")) == "HTTP 302: no such key"
    assert len(seen) == 3


async def test_nobody_there_is_told() -> None:
    """As a sentence, not an exception."""
    told = await send_http(_put("http://127.0.0.1:9/"))
    assert told is not None
    assert told.startswith("ClientConnectorError")
