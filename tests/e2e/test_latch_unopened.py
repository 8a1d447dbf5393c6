"""A latched path whose history cannot be opened: charges too are refused for the latch that stands beside it, and nothing is sent."""

import os
import pathlib
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest

from probe.history.latches import FILE_NAME as BESIDE
from probe.history.store import FILE_NAME, History
from tests.e2e.latched import SHUT, Configured, locked
from tests.e2e.processes import PATIENCE_S, Finished, environment
from tests.e2e.scraped import Scraped
from tests.forked.program import PAYPATH

_NO_MORE_THAN_OTHERS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""Root too keeps to the modes of files."""
Unopened = Callable[[pathlib.Path], AbstractContextManager[None]]


@contextmanager
def displaced(state: pathlib.Path) -> Iterator[None]:
    """Something that is no file stands in the history's place."""
    (state / FILE_NAME).unlink()
    (state / FILE_NAME).mkdir()
    yield


@contextmanager
def noisy(state: pathlib.Path) -> Iterator[None]:
    """The history is damaged: it is begun anew, and takes the latch over."""
    (state / FILE_NAME).write_bytes(os.urandom(65536))
    yield


def assert_refused(done: Finished, configured: Configured, *, runs: int = 1) -> None:
    """Failed for the latch as with an open history, with its run on stdout, and nothing sent."""
    assert done.status == 1, done
    told = done.json_lines()
    assert len(told) == runs
    for run in told:
        failure = run["failure"]
        assert isinstance(failure, dict)
        assert (run["outcome"], failure["reason"], failure["code"]) == ("failed", "charge.live_mode", 5026)
        assert SHUT in failure["summary"]
        assert "paypath unlock billing --reason" in failure["summary"]
        assert run["phases"] == {}
        steps = run["steps"]
        assert isinstance(steps, list)
        assert {step["outcome"] for step in steps} == {"skipped"}
    assert not configured.connector.reached()


@pytest.mark.parametrize("unopened", [displaced, noisy])
def test_a_charge_on_a_latched_path_fails_whatever_has_become_of_the_history(
    configured: Configured, unopened: Unopened
) -> None:
    """And says so on stdout: a skipped run has no line there, and monitoring would read that nobody could tell."""
    configured.latch()
    with unopened(configured.state):
        done = configured.check("card-charge")
    assert_refused(done, configured)


def test_a_charge_on_a_latched_path_fails_where_the_disk_is_read_only(
    configured: Configured, small_disk: pathlib.Path
) -> None:
    """What stands beside the history need only be read."""
    configured.state = small_disk
    configured.latch()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    done = configured.check("card-charge")
    assert_refused(done, configured)
    assert f"cannot write {small_disk}" in done.err


def test_every_scenario_of_a_latched_path_fails_while_the_history_is_locked(configured: Configured) -> None:
    """Those that write to Stripe like those that only shake hands: none is left over as not run."""
    configured.latch()
    with locked(configured.state):
        done = configured.check()
    assert_refused(done, configured, runs=len(done.json_lines()))
    assert {"mtls-handshake", "card-charge", "card-declined"} <= {str(run["scenario"]) for run in done.json_lines()}
    assert "was not run" not in done.err
    assert "another process holds it" in done.err


@pytest.mark.parametrize("content", [b"", b" " * 64_000_001, None], ids=["empty", "too large", "removed"])
def test_the_history_shuts_a_path_where_what_is_beside_it_cannot_be_read(
    configured: Configured, content: bytes | None
) -> None:
    """Shut in either is shut: for handshakes and charges, and where the file was removed while somebody held the history."""
    configured.latch()
    History.open(configured.state).close()  # it has taken it over
    if content is None:
        (configured.state / BESIDE).unlink()
    else:
        (configured.state / BESIDE).write_bytes(content)
    with locked(configured.state) if content is None else nullcontext():
        done = configured.check("card-charge", "mtls-handshake")
    assert_refused(done, configured, runs=2)
    assert done.err.count("cannot read in ") == (content is not None)


def test_the_history_shuts_a_path_for_who_may_only_read_it(configured: Configured) -> None:
    """A prober of another user: it may make nothing in the directory, and `latches.json` is not its to read."""
    configured.latch()
    History.open(configured.state).close()
    (configured.state / BESIDE).chmod(0)
    (configured.state / FILE_NAME).chmod(0o444)
    configured.state.chmod(0o555)
    command = [
        *_NO_MORE_THAN_OTHERS,
        PAYPATH,
        "check",
        "mtls-handshake",
        "--config",
        configured.file,
        "--format",
        "json",
    ]
    env = environment(PAYPATH_STATE__DIRECTORY=str(configured.state))
    ended = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    configured.state.chmod(0o755)
    assert_refused(Finished(ended.returncode, ended.stdout, ended.stderr), configured)
    assert f"cannot read in {configured.state / BESIDE} which paths are latched: [Errno 13]" in ended.stderr


@pytest.mark.parametrize("beside", ["another path's latch", "nothing that can be read"])
def test_without_a_latch_that_can_be_read_a_charge_is_not_begun(configured: Configured, beside: str) -> None:
    """As ever without a history: nothing is written to Stripe, and nobody could tell."""
    configured.latch("another")
    if beside == "nothing that can be read":
        (configured.state / BESIDE).write_text("{", encoding="utf-8")
    with displaced(configured.state):
        done = configured.check("card-charge")
    assert (done.status, done.out) == (3, "")
    assert "card-charge on billing was not run: it writes to Stripe" in done.err
    assert not configured.connector.reached()


def test_what_keeps_running_tells_the_latch_too(configured: Configured) -> None:
    """Run for run, in the metric that says so, and where somebody asks for a handshake by hand."""
    configured.latch()
    env = {
        "PAYPATH_STATE__DIRECTORY": str(configured.state),
        "PAYPATH_SCENARIOS__ENABLED": '["card-charge"]',
        "PAYPATH_SCENARIOS__EVERY": "200ms",
    }
    with locked(configured.state):
        running = Scraped(configured.file, configured.state, **env)
        for _ in range(2):
            running.process.wait_for_json(lambda line: line["failure"]["reason"] == "charge.live_mode")
        page, by_hand = running.page(), running.asked("/probe?path=billing")
        done = running.process.stop()
    assert page.value("paypath_latched", path="billing") == 1
    assert (by_hand["outcome"], by_hand["failure"]["reason"]) == ("failed", "charge.live_mode")
    assert done.status == 0
    assert not configured.connector.reached()
