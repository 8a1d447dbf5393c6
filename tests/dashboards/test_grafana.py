"""The dashboards for Grafana, held to the rules of Grafana's own dashboard-linter.

Two of its rules are left out: `template-job` and `template-instance` (and their targets) ask for variables that pick single
processes, while these dashboards look at environments and paths, whichever process reports them.
"""

import json
import pathlib
import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.dashboards.boards import DASHBOARDS, Json, expressions, filled, read
from tests.dashboards.known import METRICS, unknown_labels
from tests.monitoring.timelines import run
from tests.servers.programs import require

each_dashboard = pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)


def test_there_are_three() -> None:
    """Whatever is added later is tested here as well."""
    assert [file.stem for file in DASHBOARDS] == ["certificates", "payment-path", "prober-health"]


@each_dashboard
def test_the_dashboard_as_a_whole(file: pathlib.Path) -> None:
    """Its file is the truth (not editable); data source and environment can be chosen, and are looked up anew with the time."""
    dashboard = read(file)
    assert dashboard["editable"] is False
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    assert variables["datasource"]["label"] == "Data source"
    assert "environment" in variables
    for name, variable in variables.items():
        if name != "datasource":
            assert variable["refresh"] == 2, "on time range change"
            assert variable["datasource"]["uid"] == "${datasource}"
            (metric,) = re.findall(r"label_values\((\w+)", variable["query"]["query"])
            assert metric in METRICS


@each_dashboard
def test_every_panel_explains_itself(file: pathlib.Path) -> None:
    """A question for a title, a description, a unit, thresholds, something to say where there is nothing; a place of its own."""
    panels = read(file)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)
    for panel in panels:
        defaults = panel["fieldConfig"]["defaults"]
        assert panel["title"].endswith("?")
        assert panel["description"].endswith(".")
        assert defaults["unit"]
        assert defaults["thresholds"]["steps"]
        assert defaults["noValue"]
        assert panel["targets"]
        assert {one["datasource"]["uid"] for one in (panel, *panel["targets"])} == {"${datasource}"}
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    places = {place for panel in panels for place in _cells(panel["gridPos"])}
    assert len(places) == sum(panel["gridPos"]["w"] * panel["gridPos"]["h"] for panel in panels), "panels overlap"
    assert max(x for x, _ in places) < 24


def _cells(place: Json) -> Iterator[tuple[int, int]]:
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            yield x, y


@each_dashboard
def test_every_query_asks_for_what_there_is(file: pathlib.Path) -> None:
    """Metrics that paypath exports, of the environment that was chosen; counters only as rates, over the interval that fits."""
    for expression in expressions(read(file)):
        asked = set(re.findall(r"\bpaypath_\w+", expression))
        assert asked <= METRICS
        assert list(unknown_labels(expression)) == []
        for metric in asked:
            assert re.search(rf'{metric}\{{[^}}]*environment=~"\$environment"', expression), expression
        for metric in (one for one in asked if one.endswith(("_total", "_bucket", "_sum", "_count"))):
            rates = re.findall(rf"(?:rate|increase)\({metric}\{{", expression)
            assert len(rates) == expression.count(metric), expression
        windows = set(re.findall(r"\[([^\]]+)\]", expression))
        assert windows <= {"$__rate_interval", "5m", "1h", "30d"}


@pytest.mark.server("promtool")
def test_nothing_is_said_only_by_a_probe_that_is_heard(tmp_path: pathlib.Path) -> None:
    """A panel that says `nothing` while the probe is gone would look as if all were well."""
    asked = [filled(each) for file in DASHBOARDS for each in expressions(read(file)) if "vector(0)" in each]
    said = [re.findall(r'vector\(0\), "(\w+)", "([^"]+)"', each)[0] for each in asked]
    assert len(asked) > 10
    heard = [{"series": 'paypath_build_info{environment="prod"}', "values": "1x10"}]
    labels = [f'{{{label}="{text}"}}' for label, text in said]
    cases = {
        "heard": (heard, [[{"labels": each, "value": 0}] for each in labels]),
        "gone": ([{"series": "others", "values": "1x10"}], [[] for _ in labels]),
    }
    tests = [
        {
            "name": name,
            "interval": "1m",
            "input_series": series,
            "promql_expr_test": [
                {"expr": expr, "eval_time": "5m", "exp_samples": samples}
                for expr, samples in zip(asked, found, strict=True)
            ],
        }
        for name, (series, found) in cases.items()
    ]
    run(tmp_path, {"tests": tests})


def test_what_is_marked() -> None:
    """As docs/dashboards.md says."""
    marks = {
        file.stem: {mark["name"]: mark["iconColor"] for mark in read(file)["annotations"]["list"]}
        for file in DASHBOARDS
    }
    rotations = {"Rotations": "blue"}
    assert marks == {"payment-path": {"Pages": "red", **rotations}, "certificates": rotations, "prober-health": {}}


@pytest.mark.server("promtool")
@each_dashboard
def test_every_query_can_be_asked(file: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """Prometheus parses each of them."""
    asked = [filled(expression) for expression in expressions(read(file))]
    rules = tmp_path / "rules.yaml"
    records = [{"record": f"asked:{number}", "expr": expression} for number, expression in enumerate(asked)]
    rules.write_text(json.dumps({"groups": [{"name": "asked", "rules": records}]}), encoding="utf-8")
    done = subprocess.run(
        [require("promtool"), "check", "rules", rules], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
