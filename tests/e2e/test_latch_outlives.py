"""An answer from live mode while the history cannot be written: however the process ends, the next one sends nothing."""

import contextlib
import pathlib
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from probe.history.latches import FILE_NAME as BESIDE
from probe.history.store import History
from tests.e2e.latched import Configured, locked
from tests.e2e.processes import Finished, Lab, Running, paypath

ENV = {
    "PAYPATH_LISTEN__METRICS": "127.0.0.1:0",
    "PAYPATH_SCENARIOS__ENABLED": '["card-charge"]',
    "PAYPATH_SCENARIOS__EVERY": "200ms",
}
Unwritable = Callable[[pathlib.Path], AbstractContextManager[None]]


@contextmanager
def full(state: pathlib.Path) -> Iterator[None]:
    """Not a byte more has room."""
    filler = state / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    yield
    filler.unlink()


@contextmanager
def hopeless(state: pathlib.Path) -> Iterator[None]:
    """Neither the history nor what is beside it can be written."""
    beside = state / f"{BESIDE}.new"
    beside.mkdir()
    with locked(state):
        yield
    beside.rmdir()


@pytest.fixture
def lab(tmp_path: pathlib.Path) -> Iterator[Lab]:
    """One of the test's own."""
    lab = Lab(tmp_path)
    yield lab
    lab.process.stop()


def latched_while(lab: Lab, state: pathlib.Path, unwritable: Unwritable, end: signal.Signals) -> Finished:
    """A charging prober that gets an answer from live mode just then, and is ended before anything can be written again."""
    env = {**ENV, "PAYPATH_STATE__DIRECTORY": str(state)}
    running = Running(["run", "--config", lab.config, "--format", "json"], cwd=lab.directory, env=env, forked=False)
    running.wait_for_json(lambda line: line["outcome"] == "passed")
    with unwritable(state):
        lab.put("live-mode")
        for told in ("livemode", "is latched since"):  # by the run that met it, and by one that sends nothing
            running.wait_for_json(lambda line, told=told: told in (line["failure"] or {}).get("summary", ""))
        done = running.stop(end)
    lab.delete("live-mode")
    return done


def refuses(lab: Lab, state: pathlib.Path) -> bool:
    """Whether the next process sends nothing, because the path is latched."""
    env = {**ENV, "PAYPATH_STATE__DIRECTORY": str(state)}
    (run,) = lab.check("--format", "json", env=env).json_lines()
    return "is latched since" in str(run["failure"]) and not run["phases"]


@pytest.mark.parametrize(("end", "status"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 0)])
def test_a_latch_set_while_the_history_is_locked_outlives_the_process(
    lab: Lab, end: signal.Signals, status: int
) -> None:
    """It stands beside the history."""
    state = lab.directory / "state"
    done = latched_while(lab, state, locked, end)
    assert done.status == status
    assert "could not be written down" not in done.err
    assert refuses(lab, state)


def test_who_cannot_write_an_unlock_down_opens_nothing(configured: Configured) -> None:
    """Another process holds the history: the latch is unlocked like any other once it does not, and is gone then."""
    configured.latch()
    with locked(configured.state):
        said = configured.unlock()
    assert (said.status, said.out) == (3, "")
    assert "billing was not unlocked: " in said.err
    assert "another process holds it" in said.err
    assert "is latched since" in configured.check("mtls-handshake").out
    assert not configured.connector.reached()
    assert configured.unlock().status == 0
    configured.connector.close()
    assert "tcp.refused" in configured.check("mtls-handshake").out


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_latch_set_while_the_disk_is_full_outlives_the_process(
    lab: Lab, small_disk: pathlib.Path, end: signal.Signals
) -> None:
    """Room is kept for it. An unlock that has none opens nothing."""
    done = latched_while(lab, small_disk, full, end)
    assert "could not be written down" not in done.err
    assert "stands in the history too now" not in done.err, "it does not"
    env = {"PAYPATH_STATE__DIRECTORY": str(small_disk)}
    with full(small_disk):
        said = paypath("unlock", "billing", "--reason", "looked into", "--config", lab.config, env=env)
    assert (said.status, said.out) == (3, "")
    assert "make room on its disk" in said.err
    assert refuses(lab, small_disk)


def test_a_latch_set_without_a_history_outlives_the_process(lab: Lab) -> None:
    """By what only reads: it goes on where the history cannot be opened, and what it is told is written beside that."""
    state, scenarios = lab.directory / "state", lab.directory / "reading"
    History.open(state).close()
    scenarios.mkdir()
    reading = "name: balance\nsummary: Reads the balance.\nevery: 5m\ndeadline: 15s\nsteps:\n  - stripe: v1.balance.retrieve\n"
    (scenarios / "balance.yaml").write_text(reading, encoding="utf-8")
    env = {"PAYPATH_SCENARIOS__DIRECTORY": str(scenarios), "PAYPATH_SCENARIOS__ENABLED": '["balance"]'}
    lab.put("live-mode")
    with locked(state):
        done = lab.check(env=env)
    lab.delete("live-mode")
    assert done.status == 1
    assert "charge.live_mode" in done.out
    assert "could not be written down" not in done.err
    assert refuses(lab, state)


def test_a_latch_that_nothing_can_keep_is_said_at_the_end(lab: Lab) -> None:
    """In a line that says what to do before anything is started; the status is that of every clean stop."""
    state = lab.directory / "state"
    done = latched_while(lab, state, hopeless, signal.SIGTERM)
    assert done.status == 0
    assert "path billing answered in live mode, and that could not be written down: THE NEXT PROCESS" in done.err
    assert not refuses(lab, state), "then the warning is true"


def test_what_cannot_be_read_is_named_once(lab: Lab) -> None:
    """By the key that chose its place, and by its path."""
    state = lab.directory / "state"
    state.mkdir(exist_ok=True)
    file = state / "latches.json"
    file.write_text("{")
    done = paypath("unlock", "billing", "--reason", "looked into", "--config", lab.config)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"state.directory: {file} says which paths are shut, and cannot be read: ")
    assert done.err.count(str(file)) == 1
