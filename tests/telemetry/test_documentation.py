"""docs/telemetry.md and the code name the same metrics."""

import pathlib
import re

from probe.telemetry import names
from probe.telemetry.names import MetricName

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "telemetry.md"


def _family(metric: MetricName) -> str:
    name = metric.name.replace(".", "_")
    return name + "_seconds" if metric.unit == "s" else name


def test_every_metric_is_documented_and_every_documented_one_exists() -> None:
    """Names are what other people's dashboards and alerts are made of."""
    exported = {_family(value) for value in vars(names).values() if isinstance(value, MetricName)}
    rows = re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \|", PAGE.read_text(), re.MULTILINE)
    documented = {name.removesuffix("_total") if kind == "counter" else name for name, kind in rows}
    assert documented == exported
