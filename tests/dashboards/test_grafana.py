"""The dashboards for Grafana: each panel asks a question that Prometheus can parse, of metrics that there are."""

import json
import pathlib
import re
import subprocess
from typing import Any

import pytest

from probe.telemetry import names
from tests.servers.programs import ROOT, require

DASHBOARDS = sorted((ROOT / "dashboards" / "grafana").glob("*.json"))
KNOWN = {
    f"{metric.name.replace('.', '_')}{'_seconds' * (metric.unit == 's')}"
    for metric in vars(names).values()
    if isinstance(metric, names.MetricName)
}


def expressions(dashboard: dict[str, Any]) -> list[str]:
    """Everything that is asked of Prometheus, with the variables filled in."""
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += [annotation["expr"] for annotation in dashboard["annotations"]["list"]]
    return [re.sub(r"\$\w+", ".*", expression) for expression in asked]


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_every_panel_explains_itself(file: pathlib.Path) -> None:
    """A question for a title, a description, a unit, thresholds; data source and environment are variables."""
    dashboard = json.loads(file.read_text(encoding="utf-8"))
    assert {variable["name"] for variable in dashboard["templating"]["list"]} >= {"datasource", "environment"}
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    for panel in dashboard["panels"]:
        defaults = panel["fieldConfig"]["defaults"]
        assert panel["title"].endswith("?")
        assert panel["description"]
        assert defaults["unit"]
        assert defaults["thresholds"]["steps"]
        assert panel["datasource"]["uid"] == "${datasource}"


@pytest.mark.server("promtool")
@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_every_question_can_be_asked(file: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """Prometheus parses each of them, and each is of metrics that paypath exports."""
    asked = expressions(json.loads(file.read_text(encoding="utf-8")))
    assert asked
    assert {metric for expression in asked for metric in re.findall(r"paypath_\w+", expression)} <= KNOWN
    rules = tmp_path / "rules.yaml"
    records = [{"record": f"asked:{number}", "expr": expression} for number, expression in enumerate(asked)]
    rules.write_text(json.dumps({"groups": [{"name": "asked", "rules": records}]}), encoding="utf-8")
    done = subprocess.run(
        [require("promtool"), "check", "rules", rules], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
