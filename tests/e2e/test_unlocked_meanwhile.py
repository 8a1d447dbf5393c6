"""A path that is unlocked while `paypath run` knows it shut: the next run uses it again, without a restart."""

import pathlib
from collections.abc import Mapping

from probe.history.store import FILE_NAME, History
from tests.e2e.processes import Running, paypath
from tests.e2e.test_latch_unopened import Configured, configured

__all__ = ["configured"]
ENV = {
    "PAYPATH_LISTEN__METRICS": "127.0.0.1:0",
    "PAYPATH_SCENARIOS__ENABLED": '["mtls-handshake"]',
    "PAYPATH_SCENARIOS__EVERY": "200ms",
}


def running(configured: Configured, env: Mapping[str, str]) -> Running:
    """`paypath run` on the latched path, whose connector is gone: what is sent is refused."""
    configured.connector.close()
    process = Running(["run", "--config", configured.file, "--format", "json"], cwd=configured.state, env=env)
    process.wait_for_json(lambda line: line["failure"]["reason"] == "charge.live_mode")
    return process


def test_what_is_unlocked_in_a_history_that_was_begun_anew_stays_open(configured: Configured) -> None:
    """Somebody removed the old one while it was open: its latches are taken over, except the one that a person has opened since."""
    configured.latch()
    History.open(configured.state).close()
    env = ENV | {"PAYPATH_STATE__DIRECTORY": str(configured.state)}
    process = running(configured, env | {"PAYPATH_SCENARIOS__EVERY": "2s"})
    for file in pathlib.Path(configured.state).glob(f"{FILE_NAME}*"):
        file.unlink()
    done = paypath("unlock", "billing", "--reason", "looked into", "--config", configured.file, env=env)
    assert (done.status, done.out) == (0, "billing: unlocked\n")
    process.wait_for("was replaced", "err")
    process.wait_for_json(lambda line: line["failure"]["reason"] == "tcp.refused")
    process.wait_for_json(lambda line: line["failure"]["reason"] == "tcp.refused")
    assert process.stop().status == 0
