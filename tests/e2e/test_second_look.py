"""A fault of our files is looked at twice within seconds, however seldom the scenario runs."""

import pathlib

from probe.model.clock import SystemClock
from tests.e2e.processes import PATIENCE_S, Lab
from tests.e2e.scraped import Scraped

PAIR = {"scenario": "mtls-handshake", "path": "billing"}


def test_a_broken_identity_is_known_after_one_run(lab: Lab, tmp_path: pathlib.Path) -> None:
    """The page need not wait for the second run: `paypath_identity_broken` turns while there has been only one."""
    key = tmp_path / "torn.key"
    key.write_text("-----BEGIN PRIVATE KEY-----\nMIIEv", encoding="utf-8")
    scraped = Scraped(
        lab.config,
        tmp_path,
        PAYPATH_IDENTITIES__BILLING__PRIVATE_KEY=str(key),
        PAYPATH_SCENARIOS__EVERY="1h",
        PAYPATH_SCENARIOS__ENABLED='["mtls-handshake"]',
    )
    run = scraped.next_run("failed")
    assert run["failure"]["reason"] == "tls.client_key.malformed"
    identity = {"path": "billing", "name": "billing"}
    assert scraped.page().value("paypath_identity_broken", **identity) == 0, "one reading is no proof"
    clock = SystemClock()
    end = clock.monotonic() + PATIENCE_S
    while not (page := scraped.page()).value("paypath_identity_broken", **identity):
        assert clock.monotonic() < end
    assert page.value("paypath_runs_total", outcome="failed", **PAIR) == 1
    assert page.value("paypath_schedule_interval_seconds", **PAIR) == 3600
    assert page.value("paypath_objective_ratio", severity="page", **PAIR) == 0.99
    assert scraped.process.stop().status == 0
