"""The names that paypath's metrics have in Prometheus."""

from typing import Final

from probe.telemetry import names

_KINDS: Final = ("", "_total", "_bucket", "_sum", "_count")
METRICS: Final = {
    f"{metric.name.replace('.', '_')}{'_seconds' * (metric.unit == 's')}{kind}"
    for metric in vars(names).values()
    if isinstance(metric, names.MetricName)
    for kind in _KINDS
}
