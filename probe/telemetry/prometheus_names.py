"""Prometheus names from OpenTelemetry names, as an OpenTelemetry collector makes them: both ways give one name."""

import functools
import re
from collections.abc import Mapping
from typing import Final

from opentelemetry.sdk.metrics.export import Gauge, Metric

_UNIT_SUFFIXES: Final = {"s": "_seconds", "By": "_bytes"}
_FORBIDDEN: Final = re.compile(r"[^a-zA-Z0-9_]")
_MOST_LABELS: Final = 8192
"""Whose text is kept: the same few stand on every page, thousands of times."""
_ODD: Final = re.compile(r'[\\\n"]')


def page_name(metric: Metric) -> str:
    """Name of a metric's family, without a counter's `_total`."""
    name = _FORBIDDEN.sub("_", metric.name)
    suffix = _UNIT_SUFFIXES.get(metric.unit or "", "")
    if metric.unit == "1" and isinstance(metric.data, Gauge):
        suffix = "_ratio"
    return name if name.endswith(suffix) else name + suffix


def label_text(attributes: Mapping[str, object] | None) -> str:
    """Labels as they stand between braces: `code="5023",path="billing"`; booleans in lower case, as in JSON."""
    return ",".join([_label(key, value) for key, value in (attributes or {}).items()])


@functools.lru_cache(maxsize=_MOST_LABELS, typed=True)  # 1 and True are equal, and no label is
def _label(key: str, value: object) -> str:
    return f'{_FORBIDDEN.sub("_", key)}="{_escaped(value)}"'


def _escaped(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"") if _ODD.search(text) else text
