"""The page that Prometheus reads, written straight from the tally: at a thousand paths a quarter of a million lines.

What the SDK collects would first become an object for each series and each exemplar, at each scrape.
"""

import math
import threading
from collections.abc import Iterator
from itertools import accumulate, chain

from opentelemetry.sdk.metrics.export import Metric

from probe.model.aside import gently
from probe.telemetry.exposition import Format, choose_format, exemplar_text, heading, number
from probe.telemetry.prometheus_names import label_text, page_name
from probe.telemetry.readings import Observed, Readings
from probe.telemetry.tally import Series, TalliedCounter, TalliedHistogram, Tally

_HEAD = "\0"
"""Stands for the series in a template; put in last, so that nothing in a label is taken for one."""


class QuickPage:
    """Shows a tally, and what is to be read beside it. Safe to use from several threads."""

    def __init__(self, tally: Tally, readings: Readings) -> None:
        """Nothing is read before it is asked for."""
        self._tally = tally
        self._readings = readings
        self._lock = threading.Lock()

    def render(self, accept: str | None) -> tuple[bytes, str]:
        """The page and its content type, in the format that an `Accept` header asks for; CPU-bound, no I/O."""
        form = choose_format(accept)
        with self._lock:
            told = (line for made in self._tally.made for line in _written(made, form))
            read = (line for made in self._readings.made for line in _read(made, form))
            end = ("# EOF\n",) if form.openmetrics else ()
            return "".join(gently(chain(told, read, end))).encode(), form.content_type

    def metrics(self) -> tuple[Metric, ...]:
        """Everything that the page shows, as it is now."""
        with self._lock:
            return (*self._tally.metrics(), *self._readings.metrics())


def _written(made: TalliedCounter | TalliedHistogram, form: Format) -> Iterator[str]:
    series = made.series()
    if not series:
        return
    metric = made.shape()
    name = page_name(metric)
    yield heading(metric, name, form)
    if isinstance(made, TalliedCounter):
        for one in series:
            marked = _exemplar(one, 0) if form.openmetrics else ""
            yield f"{name}_total{{{_labels(one)}}} {number(one.total)}{marked}\n"
    else:
        yield from _histogram(name, made, series, form)


def _read(made: Observed, form: Format) -> Iterator[str]:
    seen = made.seen()
    if not seen:
        return
    metric = made.metric()
    name = page_name(metric)
    yield heading(metric, name, form)
    series = f"{name}_total" if made.grows else name
    yield from [f"{series}{{{label_text(each.attributes)}}} {number(each.value)}\n" for each in seen]


def _histogram(name: str, made: TalliedHistogram, series: list[Series], form: Format) -> Iterator[str]:
    """One template for all series: formatting it is a single call, however many buckets there are."""
    bounds = [*map(number, (*made.bounds, math.inf))]
    buckets = "".join(f'{name}_bucket{{{_HEAD}le="{bound}"}} %d.0%s\n' for bound in bounds)
    for one in series:
        labels, counts = _labels(one), tuple(one.counts)
        sums = tuple(accumulate(counts))
        marks = [_exemplar(one, index) for index in range(len(counts))] if form.openmetrics else [""] * len(counts)
        text = buckets % tuple(chain.from_iterable(zip(sums, marks, strict=True)))
        yield text.replace(_HEAD, f"{labels}," if labels else "")
        yield f"{name}_count{{{labels}}} {sums[-1]}.0\n{name}_sum{{{labels}}} {number(one.total)}\n"


def _labels(series: Series) -> str:
    if series.text is None:
        series.text = label_text(series.labels)
    return series.text


def _exemplar(series: Series, bucket: int) -> str:
    sample = series.samples.get(bucket)
    if sample is None:
        return ""
    if sample.text is None:
        sample.text = exemplar_text(sample.exemplar())
    return sample.text
