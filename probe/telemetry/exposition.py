"""The text that Prometheus reads: its own format 0.0.4, and OpenMetrics 1.0.0 with exemplars.

Written here because prometheus_client's encoders take five times as long: at a thousand paths a page has a quarter of a million
lines, and while it is written, probes wait for the interpreter.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from opentelemetry.sdk.metrics import Exemplar
from opentelemetry.sdk.metrics.export import Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, Sum

from probe.telemetry.prometheus_names import label_text, page_name

_NANO: Final = 1e9


@dataclass(frozen=True, slots=True)
class Format:
    """One of the two formats."""

    content_type: str
    openmetrics: bool


TEXT: Final = Format("text/plain; version=0.0.4; charset=utf-8", openmetrics=False)
OPENMETRICS: Final = Format("application/openmetrics-text; version=1.0.0; charset=utf-8", openmetrics=True)


def choose_format(accept: str | None) -> Format:
    """OpenMetrics for who asks for its version 1.0.0 (or for none) and would not rather have text, which is for everybody else."""
    openmetrics = text = 0.0
    for offer in (accept or "").split(","):
        media_type, *rest = (part.strip() for part in offer.split(";"))
        parameters = dict(part.split("=", 1) for part in rest if "=" in part)
        if media_type.lower() == "application/openmetrics-text" and parameters.get("version", "1.0.0") == "1.0.0":
            openmetrics = max(openmetrics, _weight(parameters))
        elif media_type.lower() == "text/plain":
            text = max(text, _weight(parameters))
    return OPENMETRICS if openmetrics and openmetrics >= text else TEXT


def _weight(parameters: Mapping[str, str]) -> float:
    """RFC 9110 12.4.2; what is no number is taken for none given."""
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 1.0


class Exemplars:
    """The last exemplar of every bucket. The SDK hands each out once; so a second scraper would never see it."""

    def __init__(self) -> None:
        """None is known."""
        self._kept: dict[str, dict[int, str]] = {}

    def of(self, series: str, new: Sequence[Exemplar], bounds: Sequence[float]) -> Mapping[int, str]:
        """The exemplars of a series by bucket, ready to be written, once those that are new have taken their places."""
        kept = self._kept.setdefault(series, {})
        for exemplar in new:
            if exemplar.trace_id is not None:
                index = next((i for i, bound in enumerate(bounds) if exemplar.value <= bound), len(bounds) - 1)
                kept[index] = exemplar_text(exemplar)
        return kept


def write_metric(metric: Metric, form: Format, exemplars: Exemplars) -> Iterator[str]:
    """The lines of one metric; none for a kind that nothing here makes (exponential histograms)."""
    name = page_name(metric)
    match metric.data:
        case Sum(data_points=points, is_monotonic=True):
            yield heading(metric, name, form)
            yield from _counters(f"{name}_total", points, form, exemplars)
        case Sum(data_points=points) | Gauge(data_points=points):
            yield heading(metric, name, form)
            yield from (f"{name}{{{label_text(p.attributes)}}} {number(p.value)}\n" for p in points)
        case Histogram(data_points=buckets):
            yield heading(metric, name, form)
            for point in buckets:
                yield from _buckets(name, point, form, exemplars)
        case _:
            return


def heading(metric: Metric, name: str, form: Format) -> str:
    """What stands above the series of a metric; `name` is its page name."""
    kind = "histogram" if isinstance(metric.data, Histogram) else "gauge"
    family = name
    if isinstance(metric.data, Sum) and metric.data.is_monotonic:
        kind, family = "counter", name if form.openmetrics else f"{name}_total"
    help_text = _escaped(metric.description or metric.name, quotes=form.openmetrics)
    return f"# HELP {family} {help_text}\n# TYPE {family} {kind}\n"


def number(value: float) -> str:
    """A value, or a bucket's bound, always as a float: `1.0`, since another spelling of a bound is another series."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(float(value))


def _counters(name: str, points: Sequence[NumberDataPoint], form: Format, exemplars: Exemplars) -> Iterator[str]:
    for point in points:
        series = f"{name}{{{label_text(point.attributes)}}}"
        # A counter has one place for an exemplar, whatever its value.
        kept = exemplars.of(series, point.exemplars, (0.0,))
        yield f"{series} {number(point.value)}{kept.get(0, '') if form.openmetrics else ''}\n"


def _buckets(name: str, point: HistogramDataPoint, form: Format, exemplars: Exemplars) -> Iterator[str]:
    labels = label_text(point.attributes)
    before_bound = f"{labels}," if labels else ""
    bounds = (*point.explicit_bounds, math.inf)
    kept = exemplars.of(f"{name}{{{labels}}}", point.exemplars, bounds)
    so_far = 0
    for index, (bound, count) in enumerate(zip(bounds, point.bucket_counts, strict=True)):
        so_far += count
        marked = kept.get(index, "") if form.openmetrics else ""
        yield f'{name}_bucket{{{before_bound}le="{number(bound)}"}} {so_far}.0{marked}\n'
    yield f"{name}_count{{{labels}}} {point.count}.0\n{name}_sum{{{labels}}} {number(point.sum)}\n"


def exemplar_text(exemplar: Exemplar) -> str:
    """Trace and span in hex, well under OpenMetrics' 128 characters."""
    ids = f'trace_id="{exemplar.trace_id or 0:032x}",span_id="{exemplar.span_id or 0:016x}"'
    return f" # {{{ids}}} {number(exemplar.value)} {exemplar.time_unix_nano / _NANO!r}"


def _escaped(text: str, *, quotes: bool) -> str:
    escaped = text.replace("\\", r"\\").replace("\n", r"\n")
    return escaped.replace('"', r"\"") if quotes else escaped
