"""The page that Prometheus reads, where only the SDK can count as is wanted: text, or OpenMetrics with exemplars.

A reader of our own, because the stock `PrometheusMetricReader` drops exemplars (opentelemetry-python issue 4228), pads
label sets that differ within a metric, and labels every series with its scope.
"""

import threading
from collections.abc import Iterable

from opentelemetry.sdk.metrics.export import Metric, MetricReader, MetricsData

from probe.telemetry.exposition import Exemplars, Format, choose_format, write_metric


def page_of(metrics: Iterable[Metric], form: Format) -> bytes:
    """A page of these metrics, without exemplars."""
    nothing = Exemplars()
    lines = [line for metric in metrics for line in write_metric(metric, form, nothing)]
    if form.openmetrics:
        lines.append("# EOF\n")
    return "".join(lines).encode()


class MetricsPage(MetricReader):
    """Collects on demand and writes down what it collected. Safe to use from several threads."""

    def __init__(self) -> None:
        """To be given to a `MeterProvider` as one of its readers."""
        super().__init__()
        self._lock = threading.Lock()
        self._collected: MetricsData | None = None
        self._exemplars = Exemplars()

    def render(self, accept: str | None) -> tuple[bytes, str]:
        """The page and its content type, in the format that an `Accept` header asks for; CPU-bound, no I/O."""
        form = choose_format(accept)
        with self._lock:
            lines = [line for metric in self._shown() for line in write_metric(metric, form, self._exemplars)]
        if form.openmetrics:
            lines.append("# EOF\n")
        return "".join(lines).encode(), form.content_type

    def metrics(self) -> tuple[Metric, ...]:
        """Everything that the page shows, as it is now."""
        with self._lock:
            return self._shown()

    def _shown(self) -> tuple[Metric, ...]:
        collected = self._collect_now()
        return tuple(
            metric
            for resource in (collected.resource_metrics if collected else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        )

    def _collect_now(self) -> MetricsData | None:
        self._collected = None
        self.collect()
        return self._collected

    def _receive_metrics(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: object) -> None:
        """What `collect` found."""
        del timeout_millis, kwargs
        self._collected = metrics_data

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: object) -> None:
        """Nothing to give back: nothing runs between two pages."""
