"""The disk with the log of `paypath run` is full for a while: probing goes on, and so does the log afterwards."""

import os
import pathlib
import re
import resource
import subprocess
import urllib.request

from tests.e2e.processes import PATIENCE_S, Lab, environment
from tests.forked.program import PAYPATH

_ANY = resource.RLIM_INFINITY
_RUNS = 20


def test_the_log_goes_on_once_it_can(tmp_path: pathlib.Path) -> None:
    """No file may grow for a time (RLIMIT_FSIZE): afterwards each run has its line, none is cut, and why it stood still is among them."""
    lab, log = Lab(tmp_path), tmp_path / "log"
    env = environment(
        PAYPATH_LISTEN__METRICS="127.0.0.1:0",
        PAYPATH_SCENARIOS__ENABLED='["mtls-handshake"]',
        PAYPATH_SCENARIOS__EVERY="50ms",
    )
    words = [PAYPATH, "run", "--config", lab.config, "--format", "text"]
    with log.open("ab") as out, subprocess.Popen(words, env=env, stdout=out, stderr=out) as probe:
        try:
            while not (found := re.search(r"metrics on (\S+)", log.read_text())):
                assert probe.poll() is None, log.read_text()
            resource.prlimit(probe.pid, resource.RLIMIT_FSIZE, (0, _ANY))
            there, before = log.read_text(), _told(log)
            until = _runs(found[1]) + _RUNS
            while _runs(found[1]) < until:
                pass
            assert log.read_text().startswith(there)
            assert _told(log) <= before + 1
            resource.prlimit(probe.pid, resource.RLIMIT_FSIZE, (_ANY, _ANY))
            while _told(log) < until:
                pass
        finally:
            probe.terminate()
            probe.wait(PATIENCE_S)
    lab.process.stop()
    told = log.read_text()
    assert probe.returncode == 0, told
    assert "paypath: stdout cannot be written: file too large; its lines wait until it can" in told
    assert int(re.findall(r"stopped after (\d+) runs", told)[0]) == _told(log) == told.count(" run_id=")


def test_it_ends_as_it_should_where_the_log_can_take_nothing(tmp_path: pathlib.Path) -> None:
    """Status 0, as whoever stops it expects, and not an error of ours; likewise where its reader has gone (`2>&1 | head`)."""
    lab = Lab(tmp_path)
    words = [PAYPATH, "run", "--config", lab.config]
    env = environment(
        PAYPATH_LISTEN__METRICS="127.0.0.1:0",
        PAYPATH_SCENARIOS__ENABLED='["mtls-handshake"]',
        PAYPATH_SCENARIOS__EVERY="50ms",
    )
    reading, gone = os.pipe()
    os.close(reading)
    with pathlib.Path("/dev/full").open("wb") as full:
        for both in (full, gone):
            done = subprocess.run(
                [*words, "--for", "1s"], env=env, stdout=both, stderr=both, timeout=PATIENCE_S, check=False
            )
            assert done.returncode == 0
        with subprocess.Popen(words, env=env, stdout=full, stderr=subprocess.PIPE, text=True) as probe:
            assert probe.stderr is not None
            said = ""
            while line := probe.stderr.readline():
                said += line
                if "stdout cannot be written: no space left on device" in line:
                    probe.terminate()
    os.close(gone)
    lab.process.stop()
    assert probe.returncode == 0
    assert re.search(r"paypath: \d+ lines? of output (is|are) lost: no space left on device", said), said


def _runs(url: str) -> float:
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
        lines = answer.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("paypath_runs_total"))


def _told(log: pathlib.Path) -> int:
    """How many runs it has lines of."""
    return len(re.findall("^at=", log.read_text(), re.MULTILINE))
