"""Every fault switch of the lab gives its reason, through the command that a user would type."""

from typing import Any

import pytest

from probe.lab.faults import FAULTS, Place
from probe.lab.files import SCENARIOS
from tests.e2e.processes import Lab, paypath

UNKNOWN = {"stripe-429", "stripe-401"}
"""What Stripe says about our own key says nothing about customers' payments."""
BEYOND_THE_CONNECTOR = {Place.STRIPE, Place.COMPANY}
ANSWERED_BY_THE_CHARGES = {name for name, fault in FAULTS.items() if fault.place in BEYOND_THE_CONNECTOR} | {
    "connector-html"
}
"""Faults that a handshake cannot see: the connector's health path still answers 2xx."""


QUICK = {"PAYPATH_TIMEOUTS__DEFAULT": "2s"}
"""A silent connector is waited for twice in each scenario."""


def failing(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The runs that did not pass."""
    return [line for line in lines if line["outcome"] != "passed"]


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_gives_its_reason(lab: Lab, name: str) -> None:
    """Exactly the reason of the contract, its code, and the exit status of its outcome; and health again after it."""
    lab.put(name)
    try:
        done = lab.check("--format", "json", env=QUICK)
    finally:
        lab.delete(name)
    runs = failing(done.json_lines())
    assert runs, done
    expected = FAULTS[name].reason
    for run in runs:
        reason = run["failure"]["reason"]
        finer = expected == "tls.server_cert.incomplete_or_unknown_ca" and reason.startswith("tls.server_cert.")
        assert reason == expected or finer, run
        assert run["outcome"] == ("unknown" if name in UNKNOWN else "failed")
    assert done.status == (3 if name in UNKNOWN else 1)
    scenarios = {run["scenario"] for run in runs}
    assert ("mtls-handshake" in scenarios) == (name not in ANSWERED_BY_THE_CHARGES)
    if name == "live-mode":
        _assert_latched_until_unlocked(lab)


def test_nothing_is_left_of_the_faults(lab: Lab) -> None:
    """After all of them have come and gone the path is healthy, and only failed refunds have left money out."""
    assert lab.check("--quiet").status == 0
    assert {money["metadata"]["paypath_scenario"] for money in lab.open_money()} <= {"card-charge", "webhook-delivered"}


def _assert_latched_until_unlocked(lab: Lab) -> None:
    """The path stays shut after the fault has ended, nothing is sent on it, and only a person opens it."""
    latched = lab.check("--format", "json")
    assert latched.status == 1
    assert [run["failure"]["reason"] for run in latched.json_lines()] == ["charge.live_mode"] * len(SCENARIOS)
    assert all(not run["phases"] for run in latched.json_lines()), "something was sent on a latched path"
    unlocked = paypath("unlock", "billing", "--reason", "the lab's switch is off again", "--config", lab.config)
    assert (unlocked.status, unlocked.out) == (0, "billing: unlocked\n")
