"""Spans of what is already over, as the exporter takes them.

A tracer starts a span, guards it with a lock while it lives, and copies it when it ends: twice the cost of everything else
that is done for a trace (measured). Ours are known whole before the first of them is made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.util.types import AnyValue

from probe.redact.leaving import leaving
from probe.telemetry.attributes import SYNTHETIC, Attributes

SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_FINE: Final = Status(StatusCode.UNSET)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedSpan:
    """A span to be made. Times are Unix nanoseconds."""

    name: str
    start_ns: int
    end_ns: int
    attributes: Attributes
    error: str | None = None
    """Gives the span status ERROR, with this description."""
    kind: SpanKind = SpanKind.INTERNAL
    span_id: str | None = None
    """16 hex digits that went out already; None: any."""


class FinishedSpans:
    """Makes spans and hands them on, within the limits that the `OTEL_*` variables set."""

    def __init__(
        self,
        *,
        resource: Resource,
        scope: InstrumentationScope,
        sampler: Sampler,
        deliver: Callable[[ReadableSpan], None],
    ) -> None:
        """`deliver` is the `on_end` of a span processor."""
        self._resource = HashedOnce(resource)
        self._scope = scope
        self._sampler = sampler
        self._deliver = deliver
        self._limits = SpanLimits()
        self._ids = RandomIdGenerator()

    def wants(self, trace_id: int, name: str) -> bool:
        """Whether a trace with this root is sampled; all of it, or nothing."""
        asked = self._sampler.should_sample(Context(), trace_id, name, SpanKind.INTERNAL, dict(SYNTHETIC))
        return asked.decision is Decision.RECORD_AND_SAMPLE

    def add(self, span: FinishedSpan, *, trace_id: int, parent: SpanContext | None) -> SpanContext:
        """Make the span and hand it on; what its children hang on."""
        context = SpanContext(
            trace_id=trace_id,
            span_id=int(span.span_id, 16) if span.span_id else self._ids.generate_span_id(),
            is_remote=False,
            trace_flags=SAMPLED,
        )
        self._deliver(
            ReadableSpan(
                name=leaving(span.name),
                context=context,
                parent=parent,
                resource=self._resource,
                attributes=self._limited({**SYNTHETIC, **_leaving(span.attributes)}),
                kind=span.kind,
                status=_FINE if span.error is None else Status(StatusCode.ERROR, leaving(span.error)),
                start_time=span.start_ns,
                end_time=span.end_ns,
                instrumentation_scope=self._scope,
            )
        )
        return context

    def _limited(self, attributes: Mapping[str, AnyValue]) -> Mapping[str, AnyValue]:
        """Cut to what `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT` and its like allow, where that changes anything."""
        most, longest = self._limits.max_span_attributes, self._limits.max_span_attribute_length
        if longest is None and (most is None or len(attributes) <= most):
            return attributes
        return BoundedAttributes(most, attributes, immutable=True, max_value_len=longest)


def _leaving(attributes: Attributes) -> Attributes:
    """The attributes as they may leave the process; whoever cuts them does so afterwards."""
    return {
        name: leaving(value)
        if isinstance(value, str)
        else tuple(map(leaving, value))
        if isinstance(value, tuple)
        else value
        for name, value in attributes.items()
    }


class HashedOnce(Resource):
    """A resource whose hash is kept. The exporter asks for it at each span, and the SDK makes it from JSON each time."""

    def __init__(self, made: Resource) -> None:
        """Equal to `made`."""
        super().__init__(made.attributes, made.schema_url)
        self._hash = super().__hash__()

    def __hash__(self) -> int:
        return self._hash
