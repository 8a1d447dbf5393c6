"""Prometheus names from OpenTelemetry names, as an OpenTelemetry collector makes them: both ways give one name."""

import re
from collections.abc import Mapping
from typing import Final

from opentelemetry.sdk.metrics.export import Gauge, Metric

_UNIT_SUFFIXES: Final = {"s": "_seconds", "By": "_bytes"}
_FORBIDDEN: Final = re.compile(r"[^a-zA-Z0-9_]")


def page_name(metric: Metric) -> str:
    """Name of a metric's family, without a counter's `_total`."""
    name = _FORBIDDEN.sub("_", metric.name)
    suffix = _UNIT_SUFFIXES.get(metric.unit or "", "")
    if metric.unit == "1" and isinstance(metric.data, Gauge):
        suffix = "_ratio"
    return name if name.endswith(suffix) else name + suffix


def labels_of(attributes: Mapping[str, object] | None) -> dict[str, str]:
    """Labels from attributes; booleans in lower case, as in JSON."""
    return {
        _FORBIDDEN.sub("_", key): str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in (attributes or {}).items()
    }
