"""The names that paypath's metrics have in Prometheus."""

import re
from collections.abc import Iterator
from typing import Final

from probe.telemetry import names
from tests.servers.programs import ROOT

_KINDS: Final = ("", "_total", "_bucket", "_sum", "_count")
METRICS: Final = {
    f"{metric.name.replace('.', '_')}{'_seconds' * (metric.unit == 's')}{kind}"
    for metric in vars(names).values()
    if isinstance(metric, names.MetricName)
    for kind in _KINDS
}

_ROWS: Final = re.findall(
    r"^\| `(\w+)` \| (?:counter|gauge|histogram) \| ([^|]*) \|",
    (ROOT / "docs" / "telemetry.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)
LABELS: Final = {
    f"{name}{kind}": {"environment", "location", *re.findall(r"[a-z_]+", labels)}
    for name, labels in _ROWS
    for kind in ("", "_bucket", "_sum", "_count")
}
"""Metric -> the labels that docs/telemetry.md gives it, and those that every series has."""


def unknown_labels(text: str) -> Iterator[str]:
    """Selectors of PromQL in a text that ask for a label which the metric does not have."""
    for metric, selector in re.findall(r"\b(paypath_\w+)\{([^}]*)\}", text):
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector):
            if label not in LABELS[metric]:
                yield f"{metric} has no label {label}"
