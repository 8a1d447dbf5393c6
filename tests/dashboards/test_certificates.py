"""The alert rules for certificates, by Prometheus' own unit tests of rules."""

import pathlib
import re
import subprocess

import pytest

from probe.telemetry import names
from tests.servers.programs import ROOT, require

RULES = ROOT / "dashboards" / "prometheus" / "certificates.yaml"
TIMELINES = pathlib.Path(__file__).with_name("certificates_test.yaml")


def promtool(*words: str | pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run([require("promtool"), *words], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.server("promtool")
def test_each_alert_fires_when_it_must_and_not_before(tmp_path: pathlib.Path) -> None:
    """The timelines: by when, with which labels and texts, and the near misses."""
    timelines = tmp_path / "timelines.yaml"
    timelines.write_text(TIMELINES.read_text(encoding="utf-8").replace("RULES", str(RULES)), encoding="utf-8")
    checked = promtool("check", "rules", RULES)
    assert checked.returncode == 0, checked.stderr
    tested = promtool("test", "rules", timelines)
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.server("promtool")
def test_a_wrong_expectation_would_be_noticed(tmp_path: pathlib.Path) -> None:
    """The timelines are really looked at."""
    timelines = tmp_path / "timelines.yaml"
    text = TIMELINES.read_text(encoding="utf-8").replace("RULES", str(RULES)).replace("1h 20m 0s", "9h")
    timelines.write_text(text, encoding="utf-8")
    assert promtool("test", "rules", timelines).returncode != 0


def test_the_rules_ask_for_metrics_that_there_are() -> None:
    """A renamed metric would silence an alert for ever."""
    known = {
        f"{m.name.replace('.', '_')}{'_seconds' * (m.unit == 's')}"
        for m in vars(names).values()
        if isinstance(m, names.MetricName)
    }
    asked = set(re.findall(r"paypath_\w+", RULES.read_text(encoding="utf-8")))
    assert asked
    assert asked <= known
