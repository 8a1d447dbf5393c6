"""A state directory in which something else stands in a file's place."""

import os
import pathlib

import pytest

from probe.history.latches import FILE_NAME as LATCHES
from probe.history.store import FILE_NAME as HISTORY
from tests.e2e.processes import Lab, Running


@pytest.mark.parametrize("name", [HISTORY, LATCHES])
def test_a_named_pipe_holds_nobody_up(lab: Lab, tmp_path: pathlib.Path, name: str) -> None:
    """Handshakes go on, what writes to Stripe is skipped, and the signal is heard; opening the pipe would wait for whoever writes into it."""
    os.mkfifo(tmp_path / name)
    env = {
        "PAYPATH_STATE__DIRECTORY": str(tmp_path),
        "PAYPATH_LISTEN__METRICS": "127.0.0.1:0",
        "PAYPATH_SCENARIOS__ENABLED": '["mtls-handshake", "card-charge"]',
        "PAYPATH_SCENARIOS__EVERY": "200ms",
    }
    running = Running(["run", "--config", lab.config, "--format", "json"], cwd=tmp_path, env=env)
    for _ in range(2):
        running.wait_for_json(lambda line: (line["scenario"], line["outcome"]) == ("mtls-handshake", "passed"))
    done = running.stop()
    assert done.status == 0
    assert {line["scenario"] for line in done.json_lines()} == {"mtls-handshake"}
    assert "it is a named pipe, not a regular file" in done.err
    assert "until then scenarios that write to Stripe are skipped" in done.err
