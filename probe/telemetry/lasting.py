"""Counters and histograms that outlive a process: what it has counted, and the sums that take its place on the page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    Sum,
)

from probe.history.totals import Total
from probe.telemetry import names
from probe.telemetry.names import MetricName

_CUMULATIVE: Final = AggregationTemporality.CUMULATIVE
_KNOWN: Final = {each.name: each for each in vars(names).values() if isinstance(each, MetricName)}
CRON_SIGNALS: Final = ("textfile", "pushgateway", "kuberhealthy")
"""Further values of `signal` in `paypath_telemetry_export_failures_total`: the ways out of a single run."""


def counted(metrics: Iterable[Metric]) -> Iterator[Total]:
    """Every series that only grows; gauges are no totals."""
    for metric in metrics:
        match metric.data:
            case Sum(data_points=points, is_monotonic=True):
                for point in points:
                    yield Total(metric=metric.name, labels=_labels(point.attributes), amount=float(point.value))
            case Histogram(data_points=buckets):
                yield from (_bucketed(metric.name, one) for one in buckets)
            case _:
                pass


def failed_exports(counts: Mapping[str, int], common: Mapping[str, str]) -> Iterator[Total]:
    """How many exports have failed, by signal; at 0 it makes the series known."""
    for signal, count in counts.items():
        labels = tuple(sorted({**common, "signal": signal}.items()))
        yield Total(metric=names.EXPORT_FAILURES.name, labels=labels, amount=float(count))


def lasting(metrics: Sequence[Metric], totals: Iterable[Total], common: Mapping[str, str]) -> list[Metric]:
    """The gauges of `metrics`, and every total that was counted in the same place; what this release does not know is left out."""
    here = set(common.items())
    by_name: dict[str, list[Total]] = {}
    for total in totals:
        if total.metric in _KNOWN and here <= set(total.labels):
            by_name.setdefault(total.metric, []).append(total)
    gauges = [metric for metric in metrics if not any(counted([metric])) and metric.name not in by_name]
    return [*(_metric(_KNOWN[name], series) for name, series in sorted(by_name.items())), *gauges]


def _bucketed(name: str, point: HistogramDataPoint) -> Total:
    return Total(
        metric=name,
        labels=_labels(point.attributes),
        bounds=tuple(point.explicit_bounds),
        counts=tuple(point.bucket_counts),
        amount=float(point.sum),
    )


def _labels(attributes: Mapping[str, Any] | None) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((attributes or {}).items()))


def _metric(name: MetricName, series: Sequence[Total]) -> Metric:
    data: Sum | Histogram
    if any(total.counts for total in series):
        data = Histogram([_buckets(total) for total in series if total.counts], _CUMULATIVE)
    else:
        data = Sum([NumberDataPoint(dict(t.labels), 0, 0, t.amount) for t in series], _CUMULATIVE, is_monotonic=True)
    return Metric(name.name, name.description, name.unit, data)


def _buckets(total: Total) -> HistogramDataPoint:
    return HistogramDataPoint(
        attributes=dict(total.labels),
        start_time_unix_nano=0,
        time_unix_nano=0,
        count=sum(total.counts),
        sum=total.amount,
        bucket_counts=total.counts,
        explicit_bounds=total.bounds,
        min=float("-inf"),
        max=float("inf"),
    )
