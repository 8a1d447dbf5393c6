"""Nobody reads what `paypath run` writes: a log collector that hangs, a terminal on which somebody has pressed Ctrl-S."""

import os
import pathlib
import re
import subprocess
import urllib.request

from tests.e2e.processes import PATIENCE_S, Lab, environment
from tests.forked.program import PAYPATH

_PIPE = 65536
"""Bytes that a pipe takes; a run's line has more than a thousand."""
_RUNS = 200


def test_probing_goes_on_and_the_lines_come_when_they_are_read(tmp_path: pathlib.Path) -> None:
    """Far more runs than the pipe takes are counted; then each of their lines is there, and the process ends when it is told to."""
    lab = Lab(tmp_path)
    env = environment(
        PAYPATH_LISTEN__METRICS="127.0.0.1:0",
        PAYPATH_SCENARIOS__ENABLED='["mtls-handshake"]',
        PAYPATH_SCENARIOS__EVERY="20ms",
    )
    words = [PAYPATH, "run", "--config", lab.config, "--format", "json"]
    with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as probe:
        assert probe.stdout is not None
        assert probe.stderr is not None
        try:
            first = probe.stderr.readline().decode()
            url = re.findall(r"metrics on (\S+)", first)[0]
            while _runs(url) < _RUNS:
                pass
            read = b""
            while read.count(b"\n") < _RUNS:
                read += os.read(probe.stdout.fileno(), _PIPE)
        finally:
            probe.terminate()
            probe.communicate(timeout=PATIENCE_S)
    assert len(read) > _PIPE
    assert probe.returncode == 0
    lab.process.stop()


def _runs(url: str) -> float:
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
        lines = answer.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("paypath_runs_total"))
