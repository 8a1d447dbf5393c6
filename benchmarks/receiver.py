"""An OTLP receiver in a process of its own: `python -m benchmarks.receiver` prints its address, then counts until stdin ends.

At the end it prints how many spans and metric points arrived, so that none was dropped to be quick.
"""

import gzip
import json
import sys
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_UNPACKED: Final[dict[str, Callable[[bytes], bytes]]] = {"gzip": gzip.decompress, "deflate": zlib.decompress}


class Receive(BaseHTTPRequestHandler):
    """One export."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[Counter[str]] = Counter()
    spans: ClassVar[set[bytes]] = set()
    """Ids. An export that got no answer in time is sent again, so one may come twice."""
    lock: ClassVar = threading.Lock()

    def do_POST(self) -> None:
        """Count what came and say that it is welcome."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        unpack = _UNPACKED.get(self.headers.get("Content-Encoding", ""))
        body = body if unpack is None else unpack(body)
        with self.lock:
            self.seen[self.path] += 1
            if self.path == "/v1/traces":
                self.spans.update(_spans(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        """What was counted since the last time that somebody asked."""
        with self.lock:
            body = json.dumps({**self.seen, "spans": len(self.spans)}).encode()
            self.seen.clear()
            self.spans.clear()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Nothing on stderr."""


def _spans(body: bytes) -> Iterator[bytes]:
    request = ExportTraceServiceRequest.FromString(body)
    return (
        span.trace_id + span.span_id
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    )


def main() -> None:
    """Receive until the other end of stdin is closed."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Receive) as server:
        sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
        sys.stdout.flush()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
