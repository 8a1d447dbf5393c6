"""Somebody who receives pages over HTTP, and may be gone for a while."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.e2e.processes import PATIENCE_S


class Receiver:
    """Keeps every page; while `away` it answers 503."""

    def __init__(self) -> None:
        """Nothing has come."""
        self.url = ""
        self.away = False
        self.pages: list[dict[str, Any]] = []
        self._changed = threading.Condition()

    def take(self, body: dict[str, Any]) -> int:
        """The status to answer."""
        with self._changed:
            if not self.away:
                self.pages.append(body)
                self._changed.notify_all()
            return 503 if self.away else 200

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """So many pages."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.pages) >= count, PATIENCE_S), self.pages
            return list(self.pages)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """On a port of its own."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(receiver.take(body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = "http://{}:{}/T0/B0/canary-of-the-webhook".format(*server.server_address[:2])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
