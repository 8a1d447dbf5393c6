"""Spans as OTLP bytes. The attributes of a path's spans are the same run after run: each set is encoded once.

The SDK's own encoder makes two messages of each attribute, every time: of six spans that takes longer than all else that is done for
a trace (measured).
"""

import functools
from collections.abc import Sequence
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, SpanFlags, Status
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import SpanKind, StatusCode

_KINDS: Final = {
    SpanKind.INTERNAL: Span.SPAN_KIND_INTERNAL,
    SpanKind.CLIENT: Span.SPAN_KIND_CLIENT,
}
"""Those that we make."""
_CODES: Final = {
    StatusCode.UNSET: Status.STATUS_CODE_UNSET,
    StatusCode.ERROR: Status.STATUS_CODE_ERROR,
}
_MOST_SETS: Final = 4096
"""Sets of attributes whose bytes are kept: a path has half a dozen."""


class QuickSpanExporter(OTLPSpanExporter):
    """The SDK's exporter, which sends, retries and gives up as ever, with our encoder before it."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Encode and send. All spans have the resource and scope of the first."""
        client = getattr(self, "_client", None)
        if client is None or not spans:  # another version of the SDK, which sends by other means
            return super().export(spans)
        sent = client.export(encode(spans).SerializeToString())
        return SpanExportResult.SUCCESS if sent.success else SpanExportResult.FAILURE


def encode(spans: Sequence[ReadableSpan]) -> ExportTraceServiceRequest:
    """What the SDK's `encode_spans` makes of spans of one process, and one scope."""
    scope, resource = spans[0].instrumentation_scope, spans[0].resource
    told = None if scope is None else InstrumentationScope(name=scope.name, version=scope.version or "")
    by_scope = ScopeSpans(scope=told, spans=[_span(span) for span in spans])
    about = Resource(attributes=[_pair(key, value) for key, value in resource.attributes.items()])
    whole = ResourceSpans(resource=about, scope_spans=[by_scope], schema_url=resource.schema_url)
    return ExportTraceServiceRequest(resource_spans=[whole])


def _span(span: ReadableSpan) -> Span:
    context, parent = span.get_span_context(), span.parent
    if context is None:
        raise ValueError(f"the span {span.name} has no ids")
    made = Span(
        trace_id=context.trace_id.to_bytes(16, "big"),
        span_id=context.span_id.to_bytes(8, "big"),
        parent_span_id=b"" if parent is None else parent.span_id.to_bytes(8, "big"),
        name=span.name,
        kind=_KINDS[span.kind],
        start_time_unix_nano=span.start_time or 0,
        end_time_unix_nano=span.end_time or 0,
        dropped_attributes_count=span.dropped_attributes,
        status=Status(code=_CODES[span.status.status_code], message=span.status.description or ""),
        flags=SpanFlags.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK,
    )
    attributes = span.attributes or {}
    made.MergeFromString(_attributes(tuple(attributes.items()), tuple(map(type, attributes.values()))))
    return made


@functools.lru_cache(maxsize=_MOST_SETS)
def _attributes(items: tuple[tuple[str, object], ...], _types: tuple[type, ...]) -> bytes:
    """A span that has nothing but these, in bytes. `_types` keeps 1, 1.0 and True apart, which are equal keys."""
    encoded: bytes = Span(attributes=[_pair(key, value) for key, value in items]).SerializeToString()
    return encoded


def _pair(key: str, value: object) -> KeyValue:
    return KeyValue(key=key, value=_value(value))


def _value(value: object) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case str():
            return AnyValue(string_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case Sequence():
            return AnyValue(array_value=ArrayValue(values=[_value(part) for part in value]))
        case _:
            raise TypeError(f"an attribute cannot be {value!r}")
