"""A real OTLP receiver on loopback, built on `opentelemetry-proto`: what a collector would have got."""

import gzip
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import HistogramDataPoint, Metric, NumberDataPoint
from opentelemetry.proto.trace.v1.trace_pb2 import Span

Value = str | bool | int | float | tuple[object, ...] | None
Point = NumberDataPoint | HistogramDataPoint
_UNPACKED: Final = {"gzip": gzip.decompress, "deflate": zlib.decompress}


def plain(value: AnyValue) -> Value:
    """An attribute's value as Python has it."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return tuple(plain(part) for part in value.array_value.values)
    return getattr(value, kind) if kind else None


def attributes_of(pairs: Iterator[KeyValue] | list[KeyValue]) -> dict[str, Value]:
    """Attributes as a dictionary."""
    return {pair.key: plain(pair.value) for pair in pairs}


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """One span as it arrived, with ids in hex."""

    span: Span
    attributes: dict[str, Value]
    resource: dict[str, Value]

    @property
    def name(self) -> str:
        """The span's name."""
        return self.span.name

    @property
    def trace_id(self) -> str:
        """32 hex digits."""
        return self.span.trace_id.hex()

    @property
    def span_id(self) -> str:
        """16 hex digits."""
        return self.span.span_id.hex()

    @property
    def parent_id(self) -> str:
        """16 hex digits; empty for a root."""
        return self.span.parent_span_id.hex()


@dataclass(slots=True)
class OtlpReceiver:
    """What has arrived so far, in order. Requests it cannot read are kept in `refused`."""

    endpoint: str = ""
    """For `OTEL_EXPORTER_OTLP_ENDPOINT`."""
    answer_status: int = 200
    """What the next requests are answered with."""
    answer_location: str = ""
    """And where they are sent on to, if anywhere."""
    traces: list[ExportTraceServiceRequest] = field(default_factory=list)
    metrics: list[ExportMetricsServiceRequest] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def spans(self, trace_id: str | None = None) -> list[ReceivedSpan]:
        """Every span, or those of one trace."""
        received = [
            ReceivedSpan(span, attributes_of(span.attributes), attributes_of(resource.resource.attributes))
            for request in self.traces
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return [span for span in received if trace_id in {None, span.trace_id}]

    def tree(self, trace_id: str) -> dict[str, object]:
        """The names of a trace's spans, nested, in order of their start; a name that repeats gets `#2` and so on."""
        spans = sorted(self.spans(trace_id), key=lambda s: (s.span.start_time_unix_nano, s.span.end_time_unix_nano))

        def below(parent_id: str) -> dict[str, object]:
            nested: dict[str, object] = {}
            for child in (span for span in spans if span.parent_id == parent_id):
                same = sum(name.split("#")[0] == child.name for name in nested)
                nested[child.name if not same else f"{child.name}#{same + 1}"] = below(child.span_id)
            return nested

        return below("")

    def latest_metrics(self) -> dict[str, Metric]:
        """The metrics of the last request, by their OpenTelemetry names."""
        return {
            metric.name: metric
            for resource in self.metrics[-1].resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def points(self, name: str) -> list[tuple[dict[str, Value], Point]]:
        """The last data points of one metric with their attributes."""
        metric = self.latest_metrics()[name]
        data = getattr(metric, metric.WhichOneof("data") or "gauge")
        return [(attributes_of(point.attributes), point) for point in data.data_points]


@contextmanager
def receiving() -> Iterator[OtlpReceiver]:
    """Run a receiver on a free port of 127.0.0.1 for as long as the block lasts."""
    receiver = OtlpReceiver()

    class Receive(BaseHTTPRequestHandler):
        """One request of an exporter."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            body = _UNPACKED.get(self.headers.get("Content-Encoding", ""), bytes)(body)
            receiver.headers.append({key.lower(): value for key, value in self.headers.items()})
            if receiver.answer_status < 300:
                _take(receiver, self.path, body)
            self.send_response(receiver.answer_status)
            if receiver.answer_location:
                self.send_header("Location", receiver.answer_location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Nothing on stderr."""

    class Server(ThreadingHTTPServer):
        """One whose threads end with the test."""

        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Receive) as server:
        receiver.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def _take(receiver: OtlpReceiver, path: str, body: bytes) -> None:
    match path:
        case "/v1/traces":
            receiver.traces.append(ExportTraceServiceRequest.FromString(body))
        case "/v1/metrics":
            receiver.metrics.append(ExportMetricsServiceRequest.FromString(body))
        case _:
            receiver.refused.append(path)
