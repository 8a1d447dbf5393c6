"""One panel of a Grafana dashboard: a question, what its answer means, and the queries that answer it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
CHOSEN: Final = 'environment=~"$environment", path=~"$path"'
"""Selector of what the dashboard looks at."""
_HIDDEN: Final = dict.fromkeys(("Time", "__name__", "instance", "job", "location", "environment"), True)
Step = tuple[str, float | None]
"""Colour, and the value from which on it is shown; None for the first."""

TIME_LEFT: Final[tuple[Step, ...]] = (("red", None), ("orange", 172800), ("yellow", 604800), ("green", 2592000))
"""As the certificates' ladder: two days, a week, a month."""
GOOD_IF_SOME: Final[tuple[Step, ...]] = (("red", None), ("green", 1))
BAD_IF_SOME: Final[tuple[Step, ...]] = (("green", None), ("red", 1))
SHARE: Final[tuple[Step, ...]] = (("red", None), ("orange", 0.9), ("yellow", 0.99), ("green", 0.999))
PLAIN: Final[tuple[Step, ...]] = (("green", None),)
UP_OR_DOWN: Final = (("1", "passes", "green"), ("0", "FAILS", "red"))
"""Value, text and colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query in PromQL."""

    expr: str
    legend: str
    exemplars: bool = False
    """Show the runs themselves; each leads to its trace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel; `width` of 24, `height` in Grafana's units."""

    kind: str
    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    steps: tuple[Step, ...]
    width: int = 12
    height: int = 8
    stacked: bool = False
    named: tuple[tuple[str, str, str], ...] = ()
    """Values that are shown as words."""
    empty: str = "no data"
    """What stands there where there is nothing to show."""


def something(expr: str, label: str, text: str) -> str:
    """PromQL: `expr`, or where it finds nothing one series of 0 that says so: nothing failing is an answer, not a gap.

    Where no probe is heard it says nothing: that would look as if all were well.
    """
    heard = 'paypath_build_info{environment=~"$environment"}'
    return f'{expr} or on () (label_replace(vector(0), "{label}", "{text}", "", "") and on () {heard})'


def to_grafana(panel: Panel, number: int, x: int, y: int) -> dict[str, object]:
    """The panel as Grafana's JSON has it."""
    made: dict[str, object] = {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": DATASOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height},
        "targets": [_target(panel, query, "ABCDEFGH"[place]) for place, query in enumerate(panel.queries)],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _options(panel),
    }
    if panel.kind == "table":
        made["transformations"] = [{"id": "organize", "options": {"excludeByName": _HIDDEN}}]
    return made


def _target(panel: Panel, query: Query, letter: str) -> dict[str, object]:
    table = panel.kind == "table"
    return {
        "refId": letter,
        "datasource": DATASOURCE,
        "expr": query.expr,
        "instant": table,
        "range": not table,
        "exemplar": query.exemplars,
        "format": "table" if table else "time_series",
        "legendFormat": query.legend,
    }


def _defaults(panel: Panel) -> dict[str, object]:
    steps = [{"color": color, "value": value} for color, value in panel.steps]
    made: dict[str, object] = {
        "unit": panel.unit,
        "noValue": panel.empty,
        "thresholds": {"mode": "absolute", "steps": steps},
        "color": {"mode": "palette-classic" if panel.kind == "timeseries" else "thresholds"},
        "mappings": [_mapping(panel.named)] if panel.named else [],
    }
    if panel.kind == "timeseries":
        stacking = "normal" if panel.stacked else "none"
        made["custom"] = {"fillOpacity": 30 if panel.stacked else 0, "stacking": {"mode": stacking, "group": "A"}}
    return made


def _mapping(named: tuple[tuple[str, str, str], ...]) -> Mapping[str, object]:
    return {
        "type": "value",
        "options": {
            value: {"text": text, "color": color, "index": index} for index, (value, text, color) in enumerate(named)
        },
    }


def _options(panel: Panel) -> dict[str, object]:
    match panel.kind:
        case "stat":
            return {
                "colorMode": "background",
                "textMode": "value_and_name",
                "reduceOptions": {"calcs": ["lastNotNull"], "values": False},
            }
        case "table":
            return {"sortBy": [{"displayName": "Value", "desc": False}]}
        case "state-timeline":
            return {"mergeValues": True, "showValue": "never", "rowHeight": 0.8, "legend": {"displayMode": "list"}}
        case _:
            return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
