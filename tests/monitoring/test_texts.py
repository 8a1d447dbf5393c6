"""What a tired person reads: each alert's texts, as Prometheus renders them."""

import pathlib
import re

import pytest

from probe.catalogue.catalogue import load
from probe.monitoring.down import DOWN_PROVEN
from probe.monitoring.rule import Alert
from probe.monitoring.rules import groups
from probe.monitoring.scope import ProbedPath, RealTraffic, Scope
from probe.monitoring.texts import code_of, in_words, reasons_of, runbook
from tests.monitoring.timelines import CATALOGUE, Probe, Timeline, series, texts_of

ROOT = pathlib.Path(__file__).parents[2]
SCOPE = Scope(
    environment="prod",
    paths=(
        ProbedPath(
            name="billing", scenarios=("card-charge",), real_traffic=RealTraffic(success_ratio="x", red_below=0.9)
        ),
    ),
)
ALERTS = [rule for group in groups(CATALOGUE, SCOPE) for rule in group.rules if isinstance(rule, Alert)]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.alert)
def test_every_alert_says_whom_it_wakes_and_leads_on(alert: Alert) -> None:
    """Severity, reason and code are labels or come with the expression; four annotations, the reason first."""
    carried = f"{dict(alert.labels)} {alert.expr}"
    for label in ("severity", "reason", "code"):
        assert label in carried, label
    assert alert.labels.get("severity", "page") in {"page", "ticket"}
    assert set(alert.annotations) == {"summary", "description", "runbook_url", "dashboard_url"}
    in_words_first = alert.annotations["summary"].startswith("{{ $known")
    named = "({{ $labels.reason }})" if in_words_first else f"({alert.labels.get('reason')})"
    assert named in alert.annotations["summary"]


def test_every_alert_is_explained() -> None:
    """docs/alerts.md names each of them, whom it wakes, and nothing that there is not."""
    page = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(Paypath\w+)` \| ([\w ]+) \|", page, re.MULTILINE))
    assert rows.keys() == {alert.alert for alert in ALERTS}
    for alert in ALERTS:
        severity = alert.labels.get("severity")
        assert rows[alert.alert] == severity if severity else rows[alert.alert].startswith("by "), alert.alert


@pytest.mark.server("promtool")
def test_the_page_of_the_incident(tmp_path: pathlib.Path) -> None:
    """Client certificate expired: the reason in words, the path, what customers see, what fails where, and what to do."""
    probes = [Probe(outcomes="ppee"), Probe(outcomes="ppee", scenario="card-charge")]
    (found,) = texts_of(tmp_path, Timeline(probes=probes), 3, DOWN_PROVEN)
    assert found == {
        "summary": (
            "Client certificate expired (tls.client_cert.expired): payments on billing fail in prod; customers see 5023"
        ),
        "description": (
            "It is proven by our own files. Now failing: card-charge at a (5023 tls.client_cert.expired); mtls-handshake at a"
            " (5023 tls.client_cert.expired);  `paypath explain tls.client_cert.expired` says what it means and what to do first;"
            " `paypath check` looks again."
        ),
        "runbook_url": "docs/runbooks/client-certificate.md#tlsclient_certexpired",
        "dashboard_url": "/d/paypath-path?var-environment=prod&var-path=billing",
    }


@pytest.mark.server("promtool")
def test_every_reason_has_its_words_and_its_runbook(tmp_path: pathlib.Path) -> None:
    """Rendered by Prometheus for each reason of the catalogue: the headline, the section that there is, the code."""
    reasons = reasons_of(CATALOGUE, "")
    made = Alert(
        alert="Each",
        expr="each",
        labels={"severity": "ticket", "code": code_of(CATALOGUE, reasons)},
        annotations={"summary": in_words(CATALOGUE, reasons), "runbook_url": runbook(CATALOGUE, Scope(), reasons)},
    )
    timeline = Timeline(more=[series("each", [1, 1], reason=reason) for reason in (*reasons, "new.reason")])
    found = texts_of(tmp_path, timeline, 1, "Each", only=made)
    told = {one["runbook_url"].partition("#")[2]: one for one in found}
    for entry in load().entries:
        page, _, anchor = entry.runbook.partition("#")
        assert told[anchor]["runbook_url"] == entry.runbook
        assert told[anchor]["summary"].lower() == entry.headline.lower()
        assert (ROOT / page).is_file()
    assert told["newreason"]["summary"] == "new.reason"


def test_links_lead_where_the_configuration_says() -> None:
    """The published runbooks, the company's Grafana."""
    scope = Scope(runbooks="https://wiki.example/runbooks", grafana="https://grafana.example")
    made = [rule for group in groups(CATALOGUE, scope) for rule in group.rules if isinstance(rule, Alert)]
    assert {alert.annotations["runbook_url"][:30] for alert in made} == {"https://wiki.example/runbooks/"}
    assert {alert.annotations["dashboard_url"][:34] for alert in made} == {"https://grafana.example/d/paypath-"}
