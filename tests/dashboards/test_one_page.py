"""One cause is one page: the example for Alertmanager, in the real one, told of everything that one cause brings about."""

import json
import pathlib
import re
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.e2e.pager import Webhook, listening
from tests.servers import alertmanager
from tests.servers.process import Server
from tests.servers.programs import ROOT

pytestmark = pytest.mark.server("prometheus-alertmanager")
PATH = {"environment": "prod", "path": "billing"}
PAGE = {**PATH, "severity": "page"}
TICKET = {**PATH, "severity": "ticket"}
OTHER = {"environment": "prod", "path": "other"}
RUNG = {**PATH, "alertname": "PaypathCertificateExpiring", "role": "client", "name": "billing"}
MARKS = [{"environment": name, "severity": "page", "alertname": "PaypathProberDown"} for name in ("mark-1", "mark-2")]
"""Of other environments, sent one after the other has arrived: with the second, everything before the first is dealt with."""


@dataclass(frozen=True, slots=True)
class Desk:
    """An Alertmanager, and what it tells."""

    server: Server
    webhook: Webhook

    def send(self, *alerts: dict[str, str]) -> None:
        """As Prometheus does."""
        self._post("alerts", [{"labels": labels, "annotations": {"summary": "x"}} for labels in alerts])

    def resolve(self, labels: dict[str, str]) -> None:
        """As Prometheus does for a quarter of an hour after the end."""
        ended = {"startsAt": "2020-01-01T00:00:00Z", "endsAt": "2020-01-01T00:01:00Z"}
        self._post("alerts", [{"labels": labels, "annotations": {"summary": "x"}, **ended}])

    def silence(self, **labels: str) -> None:
        """For an hour."""
        matchers = [{"name": key, "value": value, "isRegex": False, "isEqual": True} for key, value in labels.items()]
        until = {"startsAt": "2020-01-01T00:00:00Z", "endsAt": "2100-01-01T00:00:00Z"}
        self._post("silences", {"matchers": matchers, **until, "createdBy": "test", "comment": "test"})

    def told(self) -> dict[str, list[dict[str, str]]]:
        """What has arrived once the mark is there: receiver -> labels of alerts."""
        for mark in MARKS:
            self.send(mark)
            self.webhook.wait_for(lambda one, mark=mark: any(alert["labels"] == mark for alert in one.alerts))  # type: ignore[misc]  # bound now
        found: dict[str, list[dict[str, str]]] = {}
        for one in self.webhook.received:
            found.setdefault(one.receiver, []).extend(a["labels"] for a in one.alerts if a["labels"] not in MARKS)
        return {receiver: labels for receiver, labels in found.items() if labels}

    def _post(self, what: str, body: object) -> None:
        address = f"http://{self.server.address}/api/v2/{what}"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(address, data=json.dumps(body).encode(), headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
            assert answer.status == 200


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Iterator[Desk]:
    """The example as it is, but for its receivers, and waiting a moment where it waits for ten seconds."""
    with ExitStack() as stack:
        webhook = stack.enter_context(listening())
        text = (ROOT / "dashboards" / "prometheus" / "alertmanager.yaml").read_text(encoding="utf-8")
        text = re.sub(r"http://\w+\.example:8080", webhook.address, text)
        text = re.sub(r"group_(wait|interval): 10s", r"group_\1: 300ms", text)
        server = alertmanager.start(tmp_path, text)
        stack.callback(server.stop)
        yield Desk(server, webhook)


def test_an_expired_certificate_is_one_page(desk: Desk) -> None:
    """Not also a certificate that needs attention, a path that ends, a budget that burns, a path that the peer refuses."""
    proven = {**PAGE, "alertname": "PaypathPathDownProven", "reason": "tls.client_cert.expired", "code": "5023"}
    desk.send(
        {**PAGE, "alertname": "PaypathPathDown", "reason": "tls.client_cert.rejected", "code": "5023"},
        {**PAGE, "alertname": "PaypathCertificatesEndWithin48h", "reason": "certificate.expiring"},
        {**PAGE, "alertname": "PaypathCertificateNeedsAttention", "reason": "certificate.expired", "name": "billing"},
        {**PAGE, "alertname": "PaypathErrorBudgetBurn", "scenario": "mtls-handshake"},
        {**TICKET, "alertname": "PaypathErrorBudgetBurnSlowly", "scenario": "mtls-handshake"},
        {**TICKET, "alertname": "PaypathLocationDown", "location": "a"},
        {**TICKET, "alertname": "PaypathOutcomeUnknown", "scenario": "card-charge"},
        proven,
    )
    assert desk.told() == {"pager": [proven]}


@pytest.mark.parametrize("alert", ["PaypathPathDown", "PaypathProberDown"])
def test_a_second_outage_soon_after_the_first_does_not_wait(desk: Desk, alert: str) -> None:
    """Prometheus goes on to tell of the end of the first, so that its group stands: it must not hold the second back for minutes."""
    outage = {**PAGE, "alertname": alert}
    desk.send(outage)
    desk.webhook.wait_for(lambda one: one.status == "firing")
    desk.resolve(outage)
    desk.webhook.wait_for(lambda one: one.status == "resolved")
    desk.resolve(outage)
    desk.send(outage)
    desk.webhook.wait_for(lambda _: [one.status for one in desk.webhook.received] == ["firing", "resolved", "firing"])


def test_an_expired_certificate_of_the_server_is_one_page(desk: Desk) -> None:
    """The path refuses it at once; what the watch finds ten minutes later is the same."""
    down = {**PAGE, "alertname": "PaypathPathDown", "reason": "tls.server_cert.expired"}
    expired = {"alertname": "PaypathCertificateNeedsAttention", "reason": "certificate.expired", "role": "server"}
    elsewhere = {**OTHER, **expired, "severity": "page", "name": "other"}
    desk.send(down, {**PAGE, **expired, "name": "billing"}, elsewhere)
    told = desk.told()
    assert sorted(told) == ["pager"]
    assert sorted(one["path"] for one in told["pager"]) == ["billing", "other"]


def test_another_path_and_another_certificate_are_told(desk: Desk) -> None:
    """What does not follow from the cause is not hidden by it."""
    down = {**PAGE, "alertname": "PaypathPathDown", "reason": "tcp.refused"}
    elsewhere = {**OTHER, "severity": "page", "alertname": "PaypathErrorBudgetBurn", "scenario": "card-charge"}
    unmanaged = {**TICKET, "alertname": "PaypathCertificateNeedsAttention", "reason": "certificate.unmanaged"}
    desk.send(down, elsewhere, unmanaged)
    found = desk.told()
    assert sorted(one["alertname"] for one in found["pager"]) == ["PaypathErrorBudgetBurn", "PaypathPathDown"]
    assert found["tickets"] == [unmanaged]


def test_a_dead_probe_is_one_page(desk: Desk) -> None:
    """Nothing runs then: no path need be told by itself."""
    dead = {"environment": "prod", "severity": "page", "alertname": "PaypathProberDown"}
    desk.send(
        dead,
        {**PAGE, "alertname": "PaypathPathUnwatched"},
        {**TICKET, "alertname": "PaypathScenarioUnwatched", "scenario": "mtls-handshake"},
        {**TICKET, "alertname": "PaypathScenarioOverdue", "scenario": "mtls-handshake"},
        {"environment": "prod", "location": "a", "severity": "ticket", "alertname": "PaypathLocationSilent"},
    )
    assert desk.told() == {"pager": [dead]}


def test_the_last_rung_is_awake_whatever_is_silenced_before_it(desk: Desk) -> None:
    """Somebody has seen the ticket of 30 days and the page of 7; the page of 48 hours comes all the same."""
    desk.silence(alertname="PaypathCertificateExpiring", threshold="30d")
    desk.silence(alertname="PaypathCertificateExpiring", threshold="7d")
    last = {**RUNG, "threshold": "48h", "severity": "page"}
    desk.send(
        {**RUNG, "threshold": "30d", "severity": "ticket"},
        {**RUNG, "threshold": "7d", "severity": "page"},
        last,
        {**PAGE, "alertname": "PaypathCertificatesEndWithin48h"},
    )
    assert desk.told() == {"pager": [last]}
