"""The real Alertmanager takes the alert, keeps it, and ends it."""

import json
import pathlib
import urllib.request
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from probe.model.clock import SystemClock
from probe.model.paging import PageAction
from probe.model.secret import Secret
from probe.pager.alertmanager import Alertmanager
from probe.pager.posting import HttpPost
from tests.history.test_pages import PAGE
from tests.servers import alertmanager

pytestmark = pytest.mark.server("prometheus-alertmanager")


def _active(base: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{base}/api/v2/alerts?active=true", timeout=30) as answer:  # noqa: S310 - loopback
        found: list[dict[str, Any]] = json.load(answer)
        return found


async def test_an_alert_stands_until_it_is_resolved(tmp_path: pathlib.Path, servers: ExitStack) -> None:
    """Sent twice it is one alert; its end ends it."""
    server = alertmanager.start(tmp_path)
    servers.callback(server.stop)
    base = f"http://{server.address}"
    sink = Alertmanager(name="alerts", post=HttpPost(), url=Secret(base))
    now = SystemClock().now()
    page = replace(PAGE, at=now, opened_at=now - timedelta(minutes=2))
    for action in (PageAction.TRIGGER, PageAction.REMIND):
        receipt = await sink.send(replace(page, action=action))
        assert receipt.taken, receipt.detail
    (alert,) = _active(base)
    assert alert["labels"] == {
        "alertname": "PaypathPathFailing",
        "severity": "page",
        "environment": "staging",
        "path": "billing",
        "code": "5023",
        "reason": "tls.client_cert.expired",
    }
    assert alert["annotations"]["summary"].startswith("still: client certificate expired · 5023")
    assert alert["status"]["state"] == "active"
    assert (await sink.send(replace(page, action=PageAction.RESOLVE))).taken
    assert _active(base) == []
