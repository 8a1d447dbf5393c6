"""A Grafana dashboard around its panels: variables, annotations, and a place for each panel."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from probe.monitoring.panel import DATASOURCE, Panel, to_grafana

_COLUMNS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """Marks on the time axis of every panel."""

    name: str
    expr: str
    title: str
    color: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One dashboard; `name` is the end of its uid, by which alerts link to it."""

    name: str
    title: str
    span: str
    """What it shows at first, such as `now-6h`."""
    variables: tuple[tuple[str, str, str], ...]
    """Name, label and metric whose values of that name can be chosen."""
    annotations: tuple[Annotation, ...] = ()
    panels: tuple[Panel, ...]


def render(dashboard: Dashboard, *, environment: str | None) -> str:
    """Grafana's JSON. `environment` is chosen at first; None: all."""
    made = {
        "uid": f"paypath-{dashboard.name}",
        "title": f"paypath: {dashboard.title}",
        "tags": ["paypath"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "timezone": "utc",
        "refresh": "30s",
        "time": {"from": dashboard.span, "to": "now"},
        "graphTooltip": 1,
        "links": [
            {
                "type": "dashboards",
                "title": "paypath",
                "tags": ["paypath"],
                "asDropdown": False,
                "keepTime": True,
                "includeVars": True,
            }
        ],
        "templating": {"list": _variables(dashboard, environment)},
        "annotations": {"list": [_annotation(one) for one in dashboard.annotations]},
        "panels": _placed(dashboard.panels),
    }
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _variables(dashboard: Dashboard, environment: str | None) -> list[dict[str, object]]:
    datasource: dict[str, object] = {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
    }
    return [datasource, *(_variable(*one, environment) for one in dashboard.variables)]


def _variable(name: str, label: str, metric: str, environment: str | None) -> dict[str, object]:
    within = "" if name == "environment" else '{environment=~"$environment"}'
    chosen = environment if name == "environment" and environment is not None else None
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": f"label_values({metric}{within}, {name})", "refId": "A"},
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"text": [chosen or "All"], "value": [chosen or "$__all"]},
    }


def _annotation(annotation: Annotation) -> dict[str, object]:
    return {
        "name": annotation.name,
        "enable": True,
        "iconColor": annotation.color,
        "datasource": DATASOURCE,
        "target": {"refId": "A", "expr": annotation.expr},
        "expr": annotation.expr,
        "titleFormat": annotation.title,
    }


def _placed(panels: Sequence[Panel]) -> list[dict[str, object]]:
    """From left to right, and a new row where one is full."""
    made: list[dict[str, object]] = []
    x = y = height = 0
    for number, panel in enumerate(panels, start=1):
        if x + panel.width > _COLUMNS:
            x, y, height = 0, y + height, 0
        made.append(to_grafana(panel, number, x, y))
        x, height = x + panel.width, max(height, panel.height)
    return made
