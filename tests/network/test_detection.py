"""The measurements themselves, on a small scale: an outage is found out by `paypath run`, and a healthy path is not called down."""

import json
import pathlib
import subprocess
from dataclasses import replace

from tests.e2e.processes import PATIENCE_S, environment
from tests.network.charging import ChargingStand
from tests.network.detection import measured
from tests.network.faults import FAULTS, WORST
from tests.network.stand import Stand
from tests.servers.material import Material
from tests.soak.healthy import FEWER, healthy


def test_an_outage_is_seen_shown_and_paged(pki: Material, tmp_path: pathlib.Path) -> None:
    """By the command, in this order."""
    gone = next(fault for fault in FAULTS if fault.name == "the connector's process is gone")
    found = measured(gone, tmp_path, pki, every="1s")
    assert found.right, found
    assert found.seen_s is not None
    assert found.paged_s is not None
    assert found.seen_s <= found.paged_s


def test_a_bad_network_fails_no_run(pki: Material, tmp_path: pathlib.Path) -> None:
    """A few paths for a moment, with packets lost."""
    load = replace(FEWER, paths=10, every_s=2)
    figures = healthy(Stand(tmp_path, pki), load, 30, 60.0, weather=WORST)
    assert figures.passed, figures
    assert figures.packets is not None
    assert figures.packets[1] > 0


def test_a_card_can_be_charged_over_a_bad_network(tmp_path: pathlib.Path) -> None:
    """Once, by the command, with every timeout and the deadline as they come."""
    with ChargingStand(tmp_path) as stand:
        stand.weather(WORST)
        words = stand.command("check", "card-charge", "--config", stand.configuration(), "--format", "json")
        done = subprocess.run(words, env=environment(), capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = [step["step"] for step in json.loads(done.stdout)["steps"]]
    assert steps[-2:] == ["charge", "refund"]
