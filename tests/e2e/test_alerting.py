"""From a fault to the page: a real prober, Prometheus and Alertmanager, with the rules and dashboards as they are exported."""

import math
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from probe.model.clock import SystemClock
from tests.dashboards.boards import DASHBOARDS, filled, read
from tests.e2e.pager import Webhook, listening
from tests.e2e.processes import PATIENCE_S, Lab, paypath
from tests.e2e.scraped import Scraped
from tests.servers import alertmanager, prometheus
from tests.servers.process import Server
from tests.servers.programs import ROOT

pytestmark = [pytest.mark.server("prometheus"), pytest.mark.server("prometheus-alertmanager")]
EVERY_S = 2.0
SCRAPE_S = EVALUATION_S = GROUP_WAIT_S = 1.0
ENVIRON = {
    "PAYPATH_SCENARIOS__EVERY": f"{EVERY_S:g}s",
    "PAYPATH_SCENARIOS__ENABLED": '["mtls-handshake", "card-charge"]',
}


@dataclass(frozen=True, slots=True)
class Watched:
    """A lab that is probed and watched."""

    lab: Lab
    scraped: Scraped
    prometheus: Server
    webhook: Webhook


@pytest.fixture(scope="module")
def watched(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Everything up, and told once a second of what the probe sees."""
    directory = tmp_path_factory.mktemp("watched")
    (directory / "am").mkdir()
    with ExitStack() as stack:
        webhook = stack.enter_context(listening())
        scraped = Scraped(lab.config, directory, **ENVIRON)
        stack.callback(scraped.process.stop)
        rules = directory / "rules.yaml"
        rules.write_text(paypath("export", "rules", "--config", lab.config, env=ENVIRON).out, encoding="utf-8")
        pages = alertmanager.start(directory / "am", _configuration(webhook.address))
        stack.callback(pages.stop)
        target = scraped.url.removeprefix("http://")
        server = prometheus.start(directory, target=target, rules=rules, alertmanager=pages.port)
        stack.callback(server.stop)
        yield Watched(lab, scraped, server, webhook)


def _configuration(webhook: str) -> str:
    """The example, with a receiver that is there and a wait that a test can wait for."""
    text = (ROOT / "dashboards" / "prometheus" / "alertmanager.yaml").read_text(encoding="utf-8")
    text = re.sub(r"http://\w+\.example:8080", webhook, text)
    return text.replace("group_wait: 10s", f"group_wait: {GROUP_WAIT_S:g}s")


def until(holds: Callable[[], list[str]]) -> None:
    """Wait until nothing is found wrong any more."""
    clock = SystemClock()
    end = clock.monotonic() + PATIENCE_S
    while wrong := holds():
        assert clock.monotonic() < end, "\n".join(wrong)


def without_data(server: Server) -> list[str]:
    """Queries of the dashboards' panels to which Prometheus has no answer, or only NaN."""
    return [
        f"{file.name}: {panel['title']}: {target['expr']}"
        for file in DASHBOARDS
        for panel in read(file)["panels"]
        for target in panel["targets"]
        if not any(
            not math.isnan(float(series["value"][1]))
            for series in prometheus.query(server, filled(target["expr"], rate_interval="15s"))
        )
    ]


def evaluated(server: Server, expression: str) -> list[tuple[float, float]]:
    """The samples of the last minutes: Unix time and value."""
    found = prometheus.query(server, f"{expression}[5m]")
    return [(float(at), float(value)) for series in found for at, value in series["values"]]


def test_every_panel_has_data_in_health(watched: Watched) -> None:
    """Each query of each dashboard, against a prober that finds nothing wrong; and nobody is paged."""
    until(lambda: without_data(watched.prometheus))
    assert [one for one in watched.webhook.received if one.receiver == "pager"] == []


def test_a_proven_failure_pages_once_and_at_once(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    """An expired client certificate breaks every scenario: one page, with its cause, at the first evaluation that can know."""
    clock = SystemClock()
    began_s = clock.monotonic()
    watched.lab.put("client-cert-expired")
    try:
        page = watched.webhook.wait_for(lambda one: one.receiver == "pager")
        took_s = page.at_s - began_s
        (alert,) = page.alerts
        assert (
            alert["labels"].items()
            >= {
                "alertname": "PaypathPathDownProven",
                "severity": "page",
                "environment": "lab",
                "path": "billing",
                "code": "5023",
                "reason": "tls.client_cert.expired",
            }.items()
        )
        assert alert["annotations"]["summary"].startswith(
            "Client certificate expired (tls.client_cert.expired): payments on billing fail"
        )
        assert alert["annotations"]["runbook_url"].endswith("client-certificate.md#tlsclient_certexpired")
        assert "var-path=billing" in alert["annotations"]["dashboard_url"]
        until(lambda: without_data(watched.prometheus))
        # Another run of each scenario, another evaluation: still one page.
        for scenario in ("mtls-handshake", "card-charge"):
            watched.scraped.next_run("failed", scenario)
        fired = evaluated(watched.prometheus, 'ALERTS{alertname="PaypathPathDownProven", alertstate="firing"}')
        seen = evaluated(watched.prometheus, 'paypath_failure_active{reason="tls.client_cert.expired"}')
        unaware = [
            at
            for at, value in evaluated(watched.prometheus, "paypath:down:path")
            if min(seen)[0] < at < min(fired)[0] and value == 0
        ]
        assert len(unaware) <= 1, (
            "an evaluation may run while the scrape is still being stored; no other one may miss it"
        )
        assert len([one for one in watched.webhook.received if one.receiver == "pager"]) == 1
    finally:
        watched.lab.delete("client-cert-expired")
    goal_s = EVERY_S * 1.1 + SCRAPE_S + EVALUATION_S + GROUP_WAIT_S
    with capsys.disabled():
        print(f"\nfault to page: {took_s:.1f} s (one interval, scrape, evaluation and group wait: {goal_s:.1f} s)")  # noqa: T201 - a figure for whoever reads the run


def test_a_network_failure_is_one_alert_from_the_second_run_on(watched: Watched) -> None:
    """Whatever its reasons, one after the other: the labels are those with which it began, so that nobody is paged again."""
    name = 'ALERTS{alertname="PaypathPathDown", alertstate="firing"}'
    watched.lab.put("connector-down")
    try:
        until(lambda: [] if evaluated(watched.prometheus, name) else ["it does not fire"])
        (began_at, _), *_ = evaluated(watched.prometheus, name)
        (failed,) = prometheus.query(watched.prometheus, f"max(paypath_consecutive_failures @ {began_at})")
        assert float(failed["value"][1]) >= 2
        watched.lab.put("connector-502")
        watched.lab.delete("connector-down")
        other = 'paypath_failure_active{reason="connector.http_5xx"}'
        until(lambda: [] if evaluated(watched.prometheus, other) else ["no scrape has shown the other reason"])
        (seen_at, _), *_ = evaluated(watched.prometheus, other)
        until(lambda: [] if evaluated(watched.prometheus, name)[-1][0] > seen_at + 1 else ["no evaluation since"])
        (alert,) = prometheus.query(watched.prometheus, f"{name}[5m]")
        assert (alert["metric"]["reason"], alert["metric"]["code"]) == ("tcp.refused", "5022")
    finally:
        for fault in ("connector-down", "connector-502"):
            watched.lab.delete(fault)
