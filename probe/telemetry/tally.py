"""Counters and histograms that take a point in a microsecond, handed on in the SDK's own terms.

The SDK takes 12 µs for each point and each reader: for the dozen points of a run and two readers, a fifth of what a whole
handshake costs (measured). It still does all the rest: gauges, collecting, and the encoding and sending of what is made here.
"""

import threading
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.metrics import Exemplar
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    Sum,
)
from opentelemetry.trace import get_current_span
from opentelemetry.util.types import AttributeValue

from probe.model.clock import Clock
from probe.telemetry import names
from probe.telemetry.names import MetricName
from probe.telemetry.timeline import nanoseconds

Labels = Mapping[str, AttributeValue]
_CUMULATIVE: Final = AggregationTemporality.CUMULATIVE


@dataclass(slots=True)
class _Sample:
    """The newest point of a bucket that has a trace."""

    value: float
    at: datetime
    within: Context
    text: str | None = None
    """As it stands on the page, once it was written there."""

    def exemplar(self) -> Exemplar:
        """In the SDK's terms."""
        span = get_current_span(self.within).get_span_context()
        return Exemplar({}, self.value, nanoseconds(self.at), span.span_id, span.trace_id)


@dataclass(slots=True)
class Series:
    """What is known of one set of labels: for a counter all is in one bucket."""

    labels: Labels
    since: datetime
    counts: list[int]
    total: float = 0
    least: float = float("inf")
    most: float = float("-inf")
    samples: dict[int, _Sample] = field(default_factory=dict)
    text: str | None = None
    """The labels as they stand on the page, once they were written there."""


class _Instrument:
    """The series of one metric. Told by the event loop's thread, read by those that export and scrape."""

    def __init__(self, metric: MetricName, bounds: Sequence[float], clock: Clock) -> None:
        self.metric = metric
        self.bounds = bounds
        self._clock = clock
        self._lock = threading.Lock()
        self._series: dict[tuple[tuple[str, AttributeValue], ...], Series] = {}

    def _take(self, value: float, bucket: int, labels: Labels, context: Context | None) -> None:
        key, now = tuple(labels.items()), self._clock.now()
        with self._lock:
            series = self._series.get(key)
            if series is None:
                series = self._series[key] = Series(dict(labels), now, [0] * (len(self.bounds) + 1))
            series.counts[bucket] += 1
            series.total += value
            series.least = min(series.least, value)
            series.most = max(series.most, value)
            if context is not None:
                series.samples[bucket] = _Sample(value, now, context)

    def series(self) -> list[Series]:
        """Every series as it is now, the list a copy."""
        with self._lock:
            return list(self._series.values())


class TalliedCounter(_Instrument):
    """As `opentelemetry.metrics.Counter`."""

    def shape(self) -> Metric:
        """The metric without its series."""
        return _metric(self.metric, Sum([], _CUMULATIVE, is_monotonic=True))

    def add(self, amount: int, attributes: Labels, context: Context | None = None) -> None:
        """Count `amount`; 0 makes the series known."""
        self._take(amount, 0, attributes, context)

    def collected(self, at: datetime, after: datetime | None) -> Metric:
        """What was counted until `at`, with the exemplars since `after`."""
        points = [
            NumberDataPoint(one.labels, nanoseconds(one.since), nanoseconds(at), one.total, _exemplars(one, after))
            for one in self.series()
        ]
        return _metric(self.metric, Sum(points, _CUMULATIVE, is_monotonic=True))


class TalliedHistogram(_Instrument):
    """As `opentelemetry.metrics.Histogram`, with explicit bounds."""

    def shape(self) -> Metric:
        """The metric without its series."""
        return _metric(self.metric, Histogram([], _CUMULATIVE))

    def record(self, amount: float, attributes: Labels, context: Context | None = None) -> None:
        """Put `amount` into its bucket; a bound belongs to the bucket below it."""
        self._take(amount, bisect_left(self.bounds, amount), attributes, context)

    def collected(self, at: datetime, after: datetime | None) -> Metric:
        """What was recorded until `at`, with the exemplars since `after`."""
        points = [
            HistogramDataPoint(
                attributes=one.labels,
                start_time_unix_nano=nanoseconds(one.since),
                time_unix_nano=nanoseconds(at),
                count=sum(one.counts),
                sum=one.total,
                bucket_counts=tuple(one.counts),
                explicit_bounds=self.bounds,
                min=one.least,
                max=one.most,
                exemplars=_exemplars(one, after),
            )
            for one in self.series()
        ]
        return _metric(self.metric, Histogram(points, _CUMULATIVE))


class Tally:
    """Makes the instruments, and hands on what they hold."""

    def __init__(self, clock: Clock) -> None:
        """Nothing is counted."""
        self._clock = clock
        self.made: Final[list[TalliedCounter | TalliedHistogram]] = []
        """Every instrument, in the order in which they were made."""

    def counter(self, metric: MetricName) -> TalliedCounter:
        """A new counter."""
        made = TalliedCounter(metric, (), self._clock)
        self.made.append(made)
        return made

    def histogram(self, metric: MetricName, bounds: Sequence[float]) -> TalliedHistogram:
        """A new histogram."""
        made = TalliedHistogram(metric, bounds, self._clock)
        self.made.append(made)
        return made

    def joined(self, collected: MetricsData, *, after: datetime | None = None) -> MetricsData:
        """What the SDK collected, with ours beside our own gauges; `after` leaves out exemplars that are older."""
        ours = self.metrics(after=after)
        return replace(collected, resource_metrics=[_beside(each, ours) for each in collected.resource_metrics])

    def metrics(self, *, after: datetime | None = None) -> list[Metric]:
        """What is known of every instrument that has a series."""
        now = self._clock.now()
        return [one.collected(now, after) for one in self.made if one.series()]

    def now(self) -> datetime:
        """For the next `after`."""
        return self._clock.now()


def _beside(resource: ResourceMetrics, ours: Sequence[Metric]) -> ResourceMetrics:
    scopes = [
        replace(scope, metrics=[*ours, *scope.metrics]) if scope.scope.name == names.SCOPE else scope
        for scope in resource.scope_metrics
    ]
    return replace(resource, scope_metrics=scopes)


def _metric(metric: MetricName, collected: Sum | Histogram) -> Metric:
    return Metric(metric.name, metric.description, metric.unit, collected)


def _exemplars(series: Series, after: datetime | None) -> list[Exemplar]:
    samples = [sample for sample in series.samples.copy().values() if after is None or sample.at > after]
    return [sample.exemplar() for sample in samples]
