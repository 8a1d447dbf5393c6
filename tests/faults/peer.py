"""Somebody on the other side (a collector, a receiver of pages) who answers, or refuses, hangs, dawdles or fails as told."""

import enum
import gzip
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Self

_UNPACKED: Final = {"gzip": gzip.decompress, "deflate": zlib.decompress}


class Mood(enum.StrEnum):
    """What it does with a request."""

    WELL = "well"
    FAILING = "failing"
    """Answers 500."""
    SLOW = "slow"
    """Answers long after anybody waits."""
    HANGING = "hanging"
    """Takes connections and requests, and never answers: a black hole behind a load balancer."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that was answered with 200."""

    path: str
    body: bytes


class Peer:
    """An HTTP server on a port that it keeps. Use it in a `with` block."""

    def __init__(self, slow_s: float = 3.0) -> None:
        """It takes everything until told otherwise; `slow_s` is how long a slow answer takes."""
        self.mood, self._slow_s = Mood.WELL, slow_s
        self._taken: list[Taken] = []
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    def __enter__(self) -> Self:
        """Listen."""
        self._listen()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Let go of everybody who waits, and of the port."""
        self._over.set()
        self._close()

    @property
    def url(self) -> str:
        """Without a path."""
        return f"http://127.0.0.1:{self._port}"

    def taken(self) -> list[Taken]:
        """What it has taken so far."""
        with self._lock:
            return list(self._taken)

    @contextmanager
    def being(self, mood: Mood) -> Iterator[None]:
        """Behave so for as long as the block lasts."""
        self.mood = mood
        try:
            yield
        finally:
            self.mood = Mood.WELL

    @contextmanager
    def gone(self) -> Iterator[None]:
        """Connections are refused for as long as the block lasts."""
        self._close()
        try:
            yield
        finally:
            self._listen()

    def _listen(self) -> None:
        self._server = _Server(("127.0.0.1", self._port), self._handler())
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def _close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                status = peer._answer(self.path, _UNPACKED.get(self.headers.get("Content-Encoding", ""), bytes)(raw))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing on stderr."""

        return Handler

    def _answer(self, path: str, body: bytes) -> int:
        mood = self.mood
        if mood is Mood.HANGING:
            self._over.wait()
        if mood is Mood.SLOW:
            self._over.wait(self._slow_s)
        if mood is Mood.WELL:
            with self._lock:
                self._taken.append(Taken(path, body))
        return 200 if mood in (Mood.WELL, Mood.SLOW) else 500


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Who asked has gone; nothing on stderr."""
