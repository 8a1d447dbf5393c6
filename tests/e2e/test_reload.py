"""A configuration that changes under a running `paypath run`: taken over at once by file, SIGHUP and request, or refused with the reason."""

import json
import pathlib
import shutil
import signal
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import yaml

from probe.history.store import FILE_NAME
from tests.e2e.processes import PATIENCE_S, Lab
from tests.e2e.scraped import Scraped

SCENARIO = """\
name: {name}
every: 1s
steps:
  - handshake: {{}}
"""
CHARGE = """\
name: charge
every: 1s
steps:
  - stripe: v1.payment_intents.create
    with: {amount: 100, currency: usd, payment_method: pm_card_visa, payment_method_types: [card], confirm: true}
    save: {payment_intent: id}
cleanup:
  - when: saved.payment_intent
    stripe: v1.refunds.create
    with: {payment_intent: "${saved.payment_intent}"}
"""


class Site:
    """A configuration of an operator's, on the lab's path, with scenarios of their own."""

    def __init__(self, lab: Lab, directory: pathlib.Path) -> None:
        """One scenario, `first`."""
        self.directory, self.config = directory, directory / "paypath.yaml"
        self.scenarios = directory / "scenarios"
        self.scenarios.mkdir()
        self.scenario("first")
        shutil.copy(lab.config, self.config)
        self.running = self._start()

    def _start(self) -> Scraped:
        env = {
            "PAYPATH_STATE__DIRECTORY": str(self.directory / "state"),
            "PAYPATH_SCENARIOS__DIRECTORY": str(self.scenarios),
            "PAYPATH_SCENARIOS__EVERY": "null",
            "PAYPATH_SCENARIOS__ENABLED": "null",
        }
        return Scraped(str(self.config), self.directory, **env)

    def scenario(self, name: str) -> None:
        """Write one more, in one go."""
        file = self.scenarios / f".{name}"
        file.write_text(SCENARIO.format(name=name))
        file.rename(self.scenarios / f"{name}.yaml")

    def post(self) -> tuple[int, dict[str, Any]]:
        """`POST /-/reload`."""
        request = urllib.request.Request(f"{self.running.url}/-/reload", method="POST")  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def page(self) -> str:
        """The status page."""
        with urllib.request.urlopen(self.running.url, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
            text: str = answer.read().decode()
            return text

    def said(self, text: str) -> None:
        """Wait for a line on stderr."""
        self.running.process.wait_for(text, "err")


@pytest.fixture
def site(lab: Lab, tmp_path: pathlib.Path) -> Iterator[Site]:
    """It runs."""
    site = Site(lab, tmp_path)
    site.running.next_run("passed", "first")
    yield site
    site.running.process.stop()


def test_a_new_file_is_taken_over_without_a_restart(site: Site) -> None:
    """Its scenario runs; the one that was there goes on with its counts, and one that goes runs no more."""
    site.scenario("second")
    site.said("taken over (1 added)")
    site.running.next_run("passed", "second")
    page = site.running.page()
    assert page.value("paypath_runs_total", scenario="second", outcome="failed") == 0
    assert page.value("paypath_runs_total", scenario="first", outcome="passed") >= 1
    assert page.value("paypath_success_ratio", scenario="first", window="5m") == 1
    (site.scenarios / "first.yaml").unlink()
    site.said("taken over (1 removed)")
    site.running.next_run("passed", "second")
    assert ">first</th>" not in site.page()


def test_a_signal_and_a_request_reload_too(site: Site) -> None:
    """And say when there was nothing to do."""
    assert site.post() == (200, {"reloaded": True, "text": "nothing has changed"})
    site.running.process.send(signal.SIGHUP)
    site.said("nothing has changed\npaypath: configuration: nothing has changed")
    site.running.next_run("passed", "first")
    done = site.running.process.stop()
    assert done.status == 0


def test_a_wrong_configuration_is_refused_and_the_old_one_goes_on(site: Site) -> None:
    """The reason stands in the log, in a metric and on the page, and goes when it is mended."""
    good = site.config.read_text()
    site.config.write_text(good + "locatoin: x\n")
    site.said("refused, and the one before goes on")
    status, answer = site.post()
    assert (status, answer["reloaded"]) == (409, False)
    assert "unknown key `locatoin`; did you mean `location`?" in answer["text"]
    page = site.running.page()
    assert page.value("paypath_config_last_reload_successful") == 0
    assert "unknown key `locatoin`" in site.page()
    site.running.next_run("passed", "first")
    site.config.write_text(good)
    site.said("nothing has changed")
    assert site.running.page().value("paypath_config_last_reload_successful") == 1
    assert "locatoin" not in site.page().split("What happened lately")[0]


def test_what_is_settled_at_the_start_is_said(site: Site) -> None:
    """A label that every series carries does not change in the middle of a series."""
    site.config.write_text(site.config.read_text().replace("location: lab", "location: elsewhere"))
    site.said("changes with the next start")
    site.running.next_run("passed", "first")


def test_charges_and_limits_are_taken_over_too(site: Site) -> None:
    """What of the work is this replica's, and how much of it goes on at once."""
    file = site.scenarios / ".charge"
    file.write_text(CHARGE)
    file.rename(site.scenarios / "charge.yaml")
    site.said("taken over (1 added)")
    site.running.next_run("passed", "charge")
    good = site.config.read_text()
    site.config.write_text(good + "replicas: {charges: none}\n")
    site.said("taken over (1 removed)")
    assert ">charge</th>" not in site.page()
    site.config.write_text(good + "replicas: {charges: none}\nconcurrency: {runs_per_path: 1}\n")
    site.said("taken over (the same scenarios on the same paths)")
    site.running.next_run("passed", "first")


def test_a_rotated_secret_is_noticed(site: Site) -> None:
    """Put into its place as an operator does it, by a rename; while it is missing the one before goes on."""
    written = yaml.safe_load(site.config.read_text())
    stripe = written["paths"]["billing"]["stripe"]
    key, file = pathlib.Path(stripe["api_key_file"]).read_text(), site.directory / "key"
    file.write_text(key)
    stripe["api_key_file"] = str(file)
    site.config.write_text(yaml.safe_dump(written))
    site.said("taken over (the same scenarios on the same paths)")
    (site.directory / "new").write_text(f"{key.strip()}2")
    (site.directory / "new").rename(file)
    site.said("taken over (1 changed)")
    file.unlink()
    site.said("refused, and the one before goes on")
    site.running.next_run("passed", "first")
    file.write_text(f"{key.strip()}2")
    site.said("nothing has changed")


def test_a_reload_loses_nothing_while_the_history_is_locked(site: Site) -> None:
    """What was told by the old configuration and by the new one is in the history in the end, and charges go on."""
    (site.scenarios / "charge.yaml").write_text(CHARGE, encoding="utf-8")
    site.running.next_run("passed", "charge")
    file = site.directory / "state" / FILE_NAME
    with closing(sqlite3.connect(file, isolation_level=None, timeout=PATIENCE_S)) as other:
        other.execute("BEGIN IMMEDIATE")
        site.said("runs are not recorded, and wait in memory")
        site.scenario("second")
        site.said("taken over (1 added)")
        for _ in range(2):
            site.running.next_run("passed", "second")
            site.running.next_run("passed", "charge")
        other.execute("ROLLBACK")
        site.running.next_run("passed", "second")
        done = site.running.process.stop()
        recorded = {run_id for (run_id,) in other.execute("SELECT run_id FROM run")}
    assert {line["run_id"] for line in done.json_lines()} <= recorded
    assert "runs are recorded again; 0 were lost" in done.err
    assert {line["outcome"] for line in done.json_lines()} == {"passed"}
