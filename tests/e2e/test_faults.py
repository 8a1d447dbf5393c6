"""Every fault switch of the lab fails the scenarios that it must, with its reason, and leaves the others alone.

All through the command that a user would type, with the whole library at once. A few labs share the faults, since most of the time
goes into waiting for connectors that do not answer.
"""

import contextlib
import queue
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from probe.lab.faults import FAULTS
from probe.lab.files import SCENARIOS
from tests.e2e import fault_table
from tests.e2e.fault_table import LIBRARY, UNKNOWN, failing
from tests.e2e.processes import Finished, Lab, paypath

LABS = 3
SLOW = ("stripe-429", "handshake-hang", "connector-hang")
"""Begun first; they wait while the others work."""
QUICK = {"PAYPATH_TIMEOUTS__DEFAULT": "2s"}
"""A silent connector is waited for twice in each scenario."""
ORDER = sorted(LIBRARY, key=lambda name: (not name.startswith(("connector", "mtls")), name))
"""Those that do not ask Stripe first: in live mode they begin before the path is latched, or find it latched."""


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Finished]]]:
    """What `paypath check` comes to under each fault, as soon as it is known."""
    found: dict[str, Future[Finished]] = {fault: Future() for fault in FAULTS}
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for fault in (*SLOW, *(name for name in FAULTS if name not in SLOW)):
        waiting.put(fault)
    labs = [Lab(tmp_path_factory.mktemp("lab")) for _ in range(LABS)]
    with ThreadPoolExecutor(LABS) as pool:
        working = [pool.submit(_work, lab, waiting, found) for lab in labs]
        yield found
        for each in working:
            each.result()
    for lab in labs:
        assert lab.check("--quiet").status == 0, "the lab is not healthy again after all faults are off"
        left = {str(money["metadata"]["paypath_scenario"]) for money in lab.open_money()}  # type: ignore[index]  # JSON
        assert left <= failing("refund-fails"), "not only failed refunds have left money out"
        assert lab.process.stop().status == 0


def _work(lab: Lab, waiting: "queue.SimpleQueue[str]", found: dict[str, Future[Finished]]) -> None:
    """One fault after the other, until none is left."""
    with contextlib.suppress(queue.Empty):
        while True:
            fault = waiting.get_nowait()
            try:
                found[fault].set_result(_checked_under(lab, fault))
            except Exception as error:  # noqa: BLE001 - raised where it is looked at
                found[fault].set_exception(error)


def _checked_under(lab: Lab, fault: str) -> Finished:
    lab.put(fault)
    try:
        return lab.check(*ORDER, "--format", "json", env=QUICK)
    finally:
        lab.delete(fault)
        if fault == "live-mode":
            paypath("unlock", "billing", "--reason", "the switch is off again", "--config", lab.config)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_right_scenarios_fail_with_the_right_reason(checked: dict[str, Future[Finished]], fault: str) -> None:
    """Exactly those of the table, with the reason of the contract and the exit status of its outcome."""
    done = checked[fault].result()
    runs: dict[str, Any] = {str(run["scenario"]): run for run in done.json_lines()}
    assert sorted(runs) == sorted(ORDER), done
    broken = {name: run for name, run in runs.items() if run["outcome"] != "passed" and not _only_slow(run)}
    expected = FAULTS[fault].reason
    for name, run in broken.items():
        reason = run["failure"]["reason"]
        finer = expected == "tls.server_cert.incomplete_or_unknown_ca" and reason.startswith("tls.server_cert.")
        assert reason == expected or finer, (name, run)
        assert run["outcome"] == ("unknown" if fault in UNKNOWN else "failed")
    latched = {name for name in broken if fault == "live-mode" and not broken[name]["phases"]}
    assert broken.keys() - latched == failing(fault) - latched
    slow = any(_only_slow(run) for run in runs.values())
    assert done.status == (3 if fault in UNKNOWN and not slow else 1)


def _only_slow(run: dict[str, Any]) -> bool:
    """Whether the answer was right and late: on a busy machine that is no fault of the lab's."""
    return bool(run["failure"] and run["failure"]["reason"] == "connector.slow")


def test_live_mode_is_latched_until_unlocked(lab: Lab) -> None:
    """The path stays shut after the fault has ended, nothing is sent on it, and only a person opens it."""
    lab.put("live-mode")
    assert lab.check("--quiet").status == 1
    lab.delete("live-mode")
    latched = lab.check("--format", "json")
    assert latched.status == 1
    assert [run["failure"]["reason"] for run in latched.json_lines()] == ["charge.live_mode"] * len(SCENARIOS)  # type: ignore[index]  # JSON
    assert all(not run["phases"] for run in latched.json_lines()), "something was sent on a latched path"
    unlocked = paypath("unlock", "billing", "--reason", "the lab's switch is off again", "--config", lab.config)
    assert (unlocked.status, unlocked.out) == (0, "billing: unlocked\n")
    assert lab.check("--quiet").status == 0


def test_the_page_shows_this_table() -> None:
    """`python -m tests.e2e.fault_table` mends it."""
    assert (fault_table.DOCS / "scenarios.md").read_text(encoding="utf-8") == fault_table.page()
