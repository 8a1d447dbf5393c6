"""The dashboards that come with paypath, and what they ask of Prometheus."""

import json
import pathlib
import re
from collections.abc import Iterator
from typing import Any

from tests.servers.programs import ROOT

DASHBOARDS = sorted((ROOT / "dashboards" / "grafana").glob("*.json"))
Json = dict[str, Any]


def read(file: pathlib.Path) -> Json:
    """One dashboard."""
    dashboard: Json = json.loads(file.read_text(encoding="utf-8"))
    return dashboard


def expressions(dashboard: Json) -> Iterator[str]:
    """Everything that is asked of Prometheus, as written."""
    yield from (target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    yield from (annotation["expr"] for annotation in dashboard["annotations"]["list"])


def filled(expression: str, *, rate_interval: str = "1m") -> str:
    """With the variables that Grafana fills in."""
    return re.sub(r"\$\w+", ".*", expression.replace("$__rate_interval", rate_interval))
