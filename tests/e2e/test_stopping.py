"""Whatever ends a run in mid-charge, no money stays behind: neither a captured payment nor a held authorisation.

The simulator is held back exactly where it hurts: the answer of a create gets lost, or the create takes effect only later.
"""

import pathlib
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from probe.lab.stripe.faults import SLOW_CREATE, SLOW_EXECUTION
from tests.e2e.open_lab import OpenLab
from tests.e2e.processes import Finished, Running, paypath

SIGNALS = [signal.SIGTERM, signal.SIGINT]
NEVER_S = 600.0
"""A delay that no test waits for."""
A_WHILE_S = 1.5
"""How long a create is in progress: longer than `SHORT`, shorter than the time for cleanup."""
SHORT = {"PAYPATH_TIMEOUTS__DEFAULT": "1s"}
ANY_PORT = {"PAYPATH_LISTEN__METRICS": "127.0.0.1:0"}
STOPPING = "paypath: stopping: nothing more is begun; what is under way cleans up first\n"

AUTHORISE_ONLY = """\
name: authorise-only
summary: Money is held and not captured, and the scenario itself gives nothing back.
every: 5m
deadline: 15s
steps:
  - name: charge
    stripe: v1.payment_intents.create
    with:
      {amount: 100, currency: usd, payment_method: pm_card_visa, payment_method_types: [card], capture_method: manual, confirm: true}
    expect: {status: requires_capture}
"""
SHORT_OF_TIME = """\
name: short-of-time
summary: The deadline leaves no time to try a charge again.
every: 5m
deadline: 1500ms
steps:
  - name: charge
    stripe: v1.payment_intents.create
    with: {amount: 100, currency: usd, payment_method: pm_card_visa, payment_method_types: [card], confirm: true}
    save: {payment_intent: id}
cleanup:
  - name: refund
    when: saved.payment_intent
    stripe: v1.refunds.create
    with: {payment_intent: "${saved.payment_intent}"}
    expect: {status: succeeded}
"""


@pytest.fixture
def lab(tmp_path: pathlib.Path) -> Iterator[OpenLab]:
    """A healthy lab of the test's own; at its end no money is open in it."""
    with OpenLab(tmp_path) as lab:
        yield lab
        assert lab.intents(), "the test made no payment intent: nothing was shown"
        assert lab.open_money() == []
        assert lab.unfinished() == []


def check(lab: OpenLab, directory: pathlib.Path, scenario: str = "card-charge", **env: str) -> Running:
    """Start `paypath check SCENARIO` against the lab."""
    words = ("check", scenario, "--config", lab.config, "--format", "json")
    return Running(words, cwd=directory, env=env)


def steps(done: Finished) -> dict[str, dict[str, Any]]:
    """The steps of the one run that was printed, by name."""
    (run,) = done.json_lines()
    found: Any = run["steps"]
    return {step["step"]: step for step in found}


def outcomes(done: Finished) -> dict[str, str]:
    """What became of each step."""
    return {name: step["outcome"] for name, step in steps(done).items()}


@pytest.mark.parametrize("number", SIGNALS)
def test_check_is_stopped_in_mid_charge(lab: OpenLab, tmp_path: pathlib.Path, number: signal.Signals) -> None:
    """The charge took effect and its answer never comes: the same key learns its id, and it is refunded."""
    lab.hold(SLOW_CREATE, delay_s=NEVER_S)
    running = check(lab, tmp_path)
    lab.wait_until_held()
    assert len(lab.open_money()) == 1, "the charge has to be open when the signal comes"
    done = running.stop(number)
    assert done.status == 3, "stopped by a signal is never healthy"
    assert done.err.startswith(STOPPING)
    assert done.json_lines()[0]["outcome"] == "unknown"
    assert outcomes(done) == {
        "handshake": "passed",
        "test-mode": "passed",
        "charge": "unknown",
        "recover charge": "passed",
        "refund": "passed",
    }
    assert len(lab.intents()) == 1, "asked again with another key"


@pytest.mark.parametrize("number", SIGNALS)
def test_run_is_stopped_in_mid_charge(lab: OpenLab, tmp_path: pathlib.Path, number: signal.Signals) -> None:
    """A continuous run gives back what is under way and ends with status 0."""
    lab.hold(SLOW_CREATE, delay_s=NEVER_S)
    running = Running(["run", "--config", lab.config, "--format", "json"], cwd=tmp_path, env=ANY_PORT)
    lab.wait_until_held()
    done = running.stop(number)
    assert done.status == 0, done.err
    assert STOPPING in done.err
    recovered = [step for run in done.json_lines() for step in steps_of(run) if step["step"] == "recover charge"]
    assert recovered
    assert {step["outcome"] for step in recovered} == {"passed"}


def test_run_ends_by_itself_in_mid_charge(lab: OpenLab, tmp_path: pathlib.Path) -> None:
    """`--for` cuts a charge short as a signal does: status 0, and it is given back."""
    lab.hold(SLOW_CREATE, delay_s=NEVER_S)
    done = paypath("run", "--config", lab.config, "--for", "4s", "--format", "json", cwd=tmp_path, env=ANY_PORT)
    assert done.status == 0, done.err
    assert any(step["step"] == "recover charge" for run in done.json_lines() for step in steps_of(run))


def test_an_authorisation_is_cancelled(lab: OpenLab, tmp_path: pathlib.Path) -> None:
    """Money that is only held is released too, also where the scenario has no cleanup of its own."""
    lab.hold(SLOW_CREATE, delay_s=NEVER_S)
    running = check(lab, tmp_path, "authorise-only", **scenario(tmp_path, "authorise-only", AUTHORISE_ONLY))
    lab.wait_until_held()
    assert [money.kind for money in lab.open_money()] == ["authorisation"]
    done = running.stop()
    assert done.status == 3
    assert outcomes(done) == {"test-mode": "passed", "charge": "unknown", "recover charge": "passed", "undo": "passed"}
    assert [intent["status"] for intent in lab.intents()] == ["canceled"]


def test_a_charge_that_takes_effect_after_the_signal(lab: OpenLab, tmp_path: pathlib.Path) -> None:
    """While Stripe still works on the first request it answers 409: the run waits for the outcome instead of leaving it."""
    lab.hold(SLOW_EXECUTION, delay_s=A_WHILE_S, once=True)
    running = check(lab, tmp_path)
    lab.wait_until_held()
    done = running.stop()
    lab.wait_until_let_go()
    assert done.status == 3
    assert lab.open_money() == [], done.out


def test_a_second_signal_changes_nothing(lab: OpenLab, tmp_path: pathlib.Path) -> None:
    """An impatient second Ctrl-C while the refund is on its way is answered and does not lose it."""
    lab.hold(SLOW_CREATE, delay_s=NEVER_S)
    running = check(lab, tmp_path)
    lab.wait_until_held()
    lab.hold(SLOW_EXECUTION, delay_s=A_WHILE_S, once=True)
    running.send(signal.SIGTERM)
    lab.wait_until_held()
    running.send(signal.SIGINT)
    running.wait_for("cleanup is in progress", "err")
    done = running.ended()
    assert done.status == 3
    assert "Traceback" not in done.err
    assert outcomes(done)["refund"] == "passed"


def test_a_create_that_times_out_is_asked_again(lab: OpenLab, tmp_path: pathlib.Path) -> None:
    """The answer of a charge gets lost: the second try has the same key, gets the same payment intent, and it is refunded."""
    lab.hold(SLOW_CREATE, delay_s=NEVER_S)
    done = check(lab, tmp_path, **SHORT).ended()
    assert done.status == 0, done.out
    assert (steps(done)["charge"]["attempts"], outcomes(done)["refund"]) == (2, "passed")
    assert len(lab.intents()) == 1, "asked again with another key"


def test_a_create_that_times_out_for_good_is_undone(lab: OpenLab, tmp_path: pathlib.Path) -> None:
    """Without time for a second try the run fails for the wait; cleanup still asks with the same key, and refunds."""
    lab.hold(SLOW_CREATE, delay_s=NEVER_S)
    env = scenario(tmp_path, "short-of-time", SHORT_OF_TIME) | SHORT
    done = check(lab, tmp_path, "short-of-time", **env).ended()
    (run,) = done.json_lines()
    failure: Any = run["failure"]
    assert (done.status, failure["code"], failure["reason"]) == (1, 5023, "connector.timeout")
    assert outcomes(done) == {
        "test-mode": "passed",
        "charge": "failed",
        "recover charge": "passed",
        "refund": "passed",
    }
    assert len(lab.intents()) == 1, "asked again with another key"


def test_a_create_that_takes_effect_after_its_time(lab: OpenLab, tmp_path: pathlib.Path) -> None:
    """The charge times out for us and happens later: the run still waits for it, and gives it back."""
    lab.hold(SLOW_EXECUTION, delay_s=A_WHILE_S, once=True)
    done = check(lab, tmp_path, **SHORT).ended()
    lab.wait_until_let_go()
    assert lab.open_money() == [], done.out
    assert len(lab.intents()) == 1, "asked again with another key"
    (run,) = done.json_lines()
    failure: Any = run["failure"]
    assert failure is None or failure["reason"] == "connector.timeout", failure


def scenario(directory: pathlib.Path, name: str, text: str) -> dict[str, str]:
    """Write a scenario of the test's own, and give the variables with which it is found."""
    folder = directory / "scenarios"
    folder.mkdir()
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return {"PAYPATH_SCENARIOS__DIRECTORY": str(folder), "PAYPATH_SCENARIOS__ENABLED": f'["{name}"]'}


def steps_of(run: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a run."""
    found: list[dict[str, Any]] = run["steps"]
    return found
