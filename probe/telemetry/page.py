"""The page that Prometheus reads: text, or OpenMetrics with exemplars for those who ask for it.

A reader of our own, because the stock `PrometheusMetricReader` drops exemplars (opentelemetry-python issue 4228), pads
label sets that differ within a metric, and labels every series with its scope.
"""

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from opentelemetry.sdk.metrics import Exemplar
from opentelemetry.sdk.metrics.export import Gauge, Histogram, HistogramDataPoint, MetricReader, MetricsData, Sum
from opentelemetry.sdk.metrics.export import Metric as CollectedMetric
from prometheus_client import exposition
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar as PageExemplar
from prometheus_client.samples import Sample

from probe.telemetry.prometheus_names import labels_of, page_name

_NANO: Final = 1e9
_Series = tuple[str, tuple[tuple[str, str], ...]]
"""A metric's name on the page and its labels."""


class _Snapshot(Collector):
    """Metric families in the shape that prometheus_client's encoders take."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        """The families, each time the same."""
        return self._families


class MetricsPage(MetricReader):
    """Collects on demand and renders what it collected. Safe to use from several threads."""

    def __init__(self) -> None:
        """To be given to a `MeterProvider` as one of its readers."""
        super().__init__()
        self._lock = threading.Lock()
        self._collected: MetricsData | None = None
        # The SDK hands out an exemplar once. Here the last one of each bucket stays, so that a second scraper sees it too.
        self._exemplars: dict[_Series, dict[int, PageExemplar]] = {}

    def render(self, accept: str | None) -> tuple[bytes, str]:
        """The page and its content type, in the format that an `Accept` header asks for; CPU-bound, no I/O."""
        encode, content_type = exposition.choose_encoder(accept or "")
        with self._lock:
            self._collected = None
            self.collect()
            families = list(self._families())
        return encode(_Snapshot(families)), content_type

    def _receive_metrics(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: object) -> None:
        """What `collect` found."""
        del timeout_millis, kwargs
        self._collected = metrics_data

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: object) -> None:
        """Nothing to give back: nothing runs between two pages."""

    def _families(self) -> Iterator[Metric]:
        for resource in self._collected.resource_metrics if self._collected else ():
            for scope in resource.scope_metrics:
                yield from (family for metric in scope.metrics if (family := self._family(metric)) is not None)

    def _family(self, metric: CollectedMetric) -> Metric | None:
        """One metric, or None for a kind that nothing here makes (exponential histograms)."""
        name, text = page_name(metric), metric.description or metric.name
        match metric.data:
            case Sum(data_points=points, is_monotonic=True):
                family = Metric(name, text, "counter")
                for point in points:
                    labels = labels_of(point.attributes)
                    exemplar = self._remember((name, tuple(labels.items())), point.exemplars, (0,)).get(0)
                    family.samples.append(Sample(f"{name}_total", labels, point.value, exemplar=exemplar))
            case Sum(data_points=points) | Gauge(data_points=points):
                family = Metric(name, text, "gauge")
                family.samples.extend(Sample(name, labels_of(p.attributes), p.value) for p in points)
            case Histogram(data_points=points):
                family = Metric(name, text, "histogram")
                family.samples.extend(sample for point in points for sample in self._buckets(name, point))
            case _:
                return None
        return family

    def _buckets(self, name: str, point: HistogramDataPoint) -> Iterator[Sample]:
        labels = labels_of(point.attributes)
        bounds = (*point.explicit_bounds, float("inf"))
        exemplars = self._remember((name, tuple(labels.items())), point.exemplars, bounds)
        so_far = 0
        for index, (bound, count) in enumerate(zip(bounds, point.bucket_counts, strict=True)):
            so_far += count
            within = {**labels, "le": _le(bound)}
            yield Sample(f"{name}_bucket", within, so_far, exemplar=exemplars.get(index))
        yield Sample(f"{name}_count", labels, point.count)
        yield Sample(f"{name}_sum", labels, point.sum)

    def _remember(
        self, series: _Series, exemplars: Sequence[Exemplar], bounds: Sequence[float]
    ) -> Mapping[int, PageExemplar]:
        """The last exemplar of each bucket; a counter has one bucket, whatever its bound."""
        kept = self._exemplars.setdefault(series, {})
        for exemplar in exemplars:
            if exemplar.trace_id is not None:
                index = next((i for i, bound in enumerate(bounds) if exemplar.value <= bound), len(bounds) - 1)
                kept[index] = _page_exemplar(exemplar)
        return kept


def _le(bound: float) -> str:
    """A bucket's bound, always written as a float: `1.0`, since another spelling would be another series."""
    return "+Inf" if math.isinf(bound) else repr(float(bound))


def _page_exemplar(exemplar: Exemplar) -> PageExemplar:
    """Trace and span as hex, well under OpenMetrics' 128 characters."""
    labels = {"trace_id": f"{exemplar.trace_id or 0:032x}", "span_id": f"{exemplar.span_id or 0:016x}"}
    return PageExemplar(labels, exemplar.value, exemplar.time_unix_nano / _NANO)
