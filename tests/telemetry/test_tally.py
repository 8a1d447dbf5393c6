"""The tally against the SDK whose work it does: both must tell the same."""

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, HistogramDataPoint, NumberDataPoint
from prometheus_client.samples import Sample

from probe.model.clock import FakeClock
from probe.model.run import RunSkipped
from probe.telemetry import names
from probe.telemetry.spans import run_context
from probe.telemetry.tally import Tally
from tests.support.otlp import OtlpReceiver
from tests.support.runs import NOW, make_failed_run, make_run
from tests.telemetry.conftest import Bench, Start

BY_SDK = {"OTEL_METRICS_EXEMPLAR_FILTER": "always_on"}
"""A wish that only the SDK's own instruments can meet; in what is compared here it changes nothing."""


PASSED, FAILED = make_run(), make_failed_run()
COUNTED = (
    *("paypath.runs", "paypath.failures", "paypath.runs.skipped"),
    *("paypath.run.duration", "paypath.step.duration", "paypath.phase.duration", "paypath.schedule.lag"),
    "http.client.request.duration",
)


def fill(bench: Bench) -> None:
    """Everything that is counted and timed."""
    for run in (PASSED, FAILED, PASSED):
        bench.telemetry.observer.run_finished(run)
    bench.telemetry.observer.schedule_lag(0.001)  # just on a bound
    bench.telemetry.observer.schedule_lag(70.0)  # above all of them
    bench.telemetry.observer.run_skipped(RunSkipped(scenario="mtls-handshake", path="billing", cause="overlap"))


def told(bench: Bench) -> list[tuple[str, dict[str, str], float, dict[str, str] | None]]:
    """Every sample of the page with its exemplar, but for what says when and where it ran."""

    def plain(sample: Sample) -> tuple[str, dict[str, str], float, dict[str, str] | None]:
        return sample.name, sample.labels, sample.value, sample.exemplar and sample.exemplar.labels

    samples = [sample for family in bench.page().families.values() for sample in family.samples]
    return sorted((plain(s) for s in samples if not s.name.endswith("_created")), key=repr)


def test_the_page_is_the_same(start: Start) -> None:
    """Names, labels, values, buckets and exemplars are those of the SDK."""
    ours, theirs = start(), start(BY_SDK)
    for bench in (ours, theirs):
        fill(bench)
    assert told(ours) == told(theirs)


def shape(point: NumberDataPoint | HistogramDataPoint) -> tuple[object, ...]:
    """What a point says, but for its moments."""
    traces = sorted(exemplar.trace_id for exemplar in point.exemplars)
    if isinstance(point, NumberDataPoint):
        return point.as_int, traces
    buckets, bounds = tuple(point.bucket_counts), tuple(point.explicit_bounds)
    return point.count, point.sum, point.min, point.max, buckets, bounds, traces


def test_what_is_exported_is_the_same(start: Start, otlp: OtlpReceiver) -> None:
    """A collector gets the same points, kinds, units and descriptions as from the SDK."""
    seen = []
    for environ in ({}, BY_SDK):
        bench = start({"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint, **environ})
        fill(bench)
        assert bench.telemetry.shutdown(within_s=60)
        metrics = otlp.latest_metrics()
        kinds = {name: (m.WhichOneof("data"), m.unit, m.description) for name, m in metrics.items()}
        points = {
            name: sorted((sorted(attributes.items()), shape(point)) for attributes, point in otlp.points(name))
            for name in COUNTED
        }
        seen.append((kinds, points))
    assert seen[0] == seen[1]


def test_an_exemplar_is_exported_once() -> None:
    """What a collector has is not sent again, while the page goes on showing it."""
    clock = FakeClock(NOW)
    tally = Tally(clock)
    counter = tally.counter(names.RUNS)
    counter.add(1, {}, run_context(PASSED))
    first = counter.collected(NOW, None).data.data_points
    clock.advance(1)
    exported_at = clock.now()
    later = counter.collected(clock.now(), exported_at).data.data_points
    assert [len(point.exemplars) for point in (*first, *later)] == [1, 0]
    clock.advance(1)
    counter.add(1, {}, run_context(FAILED))
    (again,) = counter.collected(clock.now(), exported_at).data.data_points
    assert [exemplar.trace_id for exemplar in again.exemplars] == [int(FAILED.run_id, 16)]


@pytest.mark.parametrize("preference", ["delta", "cumulative"])
def test_another_temporality_is_left_to_the_sdk(
    start: Start, otlp: OtlpReceiver, monkeypatch: pytest.MonkeyPatch, preference: str
) -> None:
    """Who asks for deltas gets them; the page counts on as it must."""
    environ = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint,
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": preference,
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    bench = start(environ)
    fill(bench)
    assert bench.page().value("paypath_runs_total", outcome="passed") == 2
    assert bench.telemetry.shutdown(within_s=60)
    wanted = f"AGGREGATION_TEMPORALITY_{preference.upper()}"
    assert otlp.latest_metrics()["paypath.runs"].sum.aggregation_temporality == AggregationTemporality.Value(wanted)
