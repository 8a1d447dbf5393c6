"""The rule files and the example for Alertmanager that come with paypath: fit to be used as they are."""

import pathlib
import re
import subprocess

import pytest

from tests.dashboards.known import METRICS, unknown_labels
from tests.servers.programs import ROOT, require

PROMETHEUS = ROOT / "dashboards" / "prometheus"
RULES = [PROMETHEUS / "rules.yaml", PROMETHEUS / "certificates.yaml"]
ALERTMANAGER = PROMETHEUS / "alertmanager.yaml"
PAGE = {"severity": "page", "environment": "prod", "path": "billing"}


def told(program: str, *words: str | pathlib.Path) -> str:
    """What a program says that must succeed."""
    done = subprocess.run([require(program), *words], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.server("promtool")
@pytest.mark.parametrize("file", RULES, ids=lambda file: file.stem)
def test_prometheus_takes_the_rules(file: pathlib.Path) -> None:
    """As Debian 12 has it, with nothing that its linter has to say."""
    assert "SUCCESS" in told("promtool", "check", "rules", "--lint=all", "--lint-fatal", file)


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.stem)
def test_the_rules_ask_for_metrics_that_there_are(file: pathlib.Path) -> None:
    """A renamed metric would silence an alert for ever."""
    text = file.read_text(encoding="utf-8")
    asked = set(re.findall(r"\bpaypath_\w+", text))
    assert asked
    assert asked <= METRICS
    recorded = set(re.findall(r"record: (paypath:[\w:]+)", text))
    assert set(re.findall(r"\bpaypath:[\w:]+", text)) == recorded, "what is asked for is recorded"


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.stem)
def test_the_rules_select_by_labels_that_there_are(file: pathlib.Path) -> None:
    """A selector by another one finds nothing, and says nothing."""
    text = re.sub(r"ALERTS\{[^}]*\}", "", file.read_text(encoding="utf-8"))
    assert list(unknown_labels(text)) == []
    assert list(unknown_labels('paypath_up{scenarios="x"}')) == ["paypath_up has no label scenarios"]


@pytest.mark.server("amtool")
def test_alertmanager_takes_the_example() -> None:
    """Routes, inhibitions and receivers."""
    assert "SUCCESS" in told("amtool", "check-config", ALERTMANAGER)


@pytest.mark.server("amtool")
@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ({**PAGE, "alertname": "PaypathPathDown"}, "pager"),
        ({**PAGE, "alertname": "PaypathPathDownProven"}, "pager"),
        ({**PAGE, "alertname": "PaypathPathLatched"}, "pager"),
        ({**PAGE, "alertname": "PaypathProberDown"}, "pager"),
        ({**PAGE, "alertname": "PaypathCertificateExpiring", "threshold": "48h"}, "pager"),
        ({**PAGE, "alertname": "PaypathCertificateExpiring", "threshold": "7d"}, "pager"),
        ({**PAGE, "alertname": "PaypathCertificateExpiring", "threshold": "30d", "severity": "ticket"}, "tickets"),
        ({**PAGE, "alertname": "PaypathCertificateNeedsAttention", "severity": "ticket"}, "tickets"),
        ({**PAGE, "alertname": "PaypathCertificateNeedsAttention"}, "pager"),
        ({**PAGE, "alertname": "PaypathLocationDown", "severity": "ticket"}, "tickets"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value.values()),
)
def test_who_is_told_of_what(labels: dict[str, str], receiver: str) -> None:
    """Alertmanager's own word on it."""
    words = [f"{key}={value}" for key, value in labels.items()]
    assert told("amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}", *words).strip() == receiver


def test_no_group_is_made_of_reasons() -> None:
    """An outage whose reason changes stays one incident; only certificates are told apart by what is wrong with them."""
    text = ALERTMANAGER.read_text(encoding="utf-8")
    outages = text.partition("PaypathPathLatched")[2].partition("- matchers")[0]
    assert re.findall(r"- (\w+)\n", outages.partition("group_by:")[2]) == ["environment", "path"]
    assert "- code" not in text
