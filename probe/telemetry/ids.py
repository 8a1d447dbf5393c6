"""Ids for spans that the engine chose before: what went out in `traceparent` must be what arrives at the collector."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator


class PlannedIds(RandomIdGenerator):
    """Hands out the ids planned for the span that is being started, and random ones where none is."""

    def __init__(self) -> None:
        """Nothing is planned."""
        self._plan = threading.local()

    @contextmanager
    def planned(self, *, span_id: str | None, trace_id: str | None = None) -> Iterator[None]:
        """Within this, this thread's next span gets these ids (hex); only a root span asks for a trace id."""
        self._plan.span_id = int(span_id, 16) if span_id else None
        self._plan.trace_id = int(trace_id, 16) if trace_id else None
        try:
            yield
        finally:
            self._plan.span_id = self._plan.trace_id = None

    def generate_span_id(self) -> int:
        """The planned span id, or a random one."""
        return getattr(self._plan, "span_id", None) or super().generate_span_id()

    def generate_trace_id(self) -> int:
        """The planned trace id, or a random one."""
        return getattr(self._plan, "trace_id", None) or super().generate_trace_id()
