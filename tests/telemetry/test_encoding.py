"""Our encoding of spans against the SDK's own."""

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from probe.model.run import Run
from probe.telemetry.encoding import encode
from probe.telemetry.finished import FinishedSpan, FinishedSpans
from probe.telemetry.spans import SpanTree
from tests.support.runs import make_failed_run, make_run


def made(*runs: Run) -> tuple[list[ReadableSpan], FinishedSpans]:
    """The spans of these runs."""
    found: list[ReadableSpan] = []
    spans = FinishedSpans(
        resource=Resource({"service.name": "paypath", "process.pid": 1}, "https://opentelemetry.io/schemas/1.44.0"),
        scope=InstrumentationScope("paypath", "1.2.3"),
        sampler=ALWAYS_ON,
        deliver=found.append,
    )
    tree = SpanTree(spans)
    for run in runs:
        tree.record(run)
    return found, spans


def test_it_says_what_the_sdk_says() -> None:
    """Every field of every span, of runs that passed and failed, is the SDK's; twice, for what is kept of the first time."""
    found, _ = made(make_run(), make_failed_run(), make_run())
    assert len(found) > 15
    for _ in range(2):
        assert encode(found) == encode_spans(found)


def test_values_of_every_kind() -> None:
    """Equal keys of a dictionary that are not the same value stay apart."""
    found, spans = made()
    for value in (1, True, 1.0, "1", ("a", "b"), (), False, 0):
        span = FinishedSpan(name="odd", start_ns=1, end_ns=2, attributes={"value": value})
        spans.add(span, trace_id=1, parent=None)
    assert encode(found) == encode_spans(found)


def test_what_no_attribute_can_be() -> None:
    """A value of another kind is a mistake of ours, and said to be one."""
    found, spans = made()
    spans.add(FinishedSpan(name="odd", start_ns=1, end_ns=2, attributes={"value": None}), trace_id=1, parent=None)  # type: ignore[dict-item]  # the mistake
    with pytest.raises(TypeError, match="an attribute cannot be None"):
        encode(found)
