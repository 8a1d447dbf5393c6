"""A disk that is full: probing goes on, and the loss is said and counted."""

import pathlib
import resource
import subprocess
import urllib.request

import pytest

from tests.e2e.processes import PATIENCE_S, Lab, environment
from tests.forked.program import PAYPATH

_ROOM = 400_000
"""Bytes that any one file may have: enough for an empty history, not for many runs."""


def test_probing_goes_on_without_room_for_the_history(tmp_path: pathlib.Path) -> None:
    """The kernel refuses the history's next bytes (RLIMIT_FSIZE): runs still finish, and wait; the metrics tell how many, and the end how many were lost."""
    lab = Lab(tmp_path)
    env = environment(
        PAYPATH_LISTEN__METRICS="127.0.0.1:0",
        PAYPATH_SCENARIOS__ENABLED='["mtls-handshake"]',
        PAYPATH_SCENARIOS__EVERY="50ms",
    )
    with subprocess.Popen(
        [PAYPATH, "run", "--config", lab.config],
        env=env,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM, _ROOM)),  # noqa: PLW1509 - one thread here
    ) as probe:
        try:
            said = _until(probe, "runs are not recorded")
            url = next(word for line in said for word in line.split() if word.endswith("/metrics"))
            waiting, runs = _counted(url, "paypath_history_waiting"), _counted(url, "paypath_runs_total")
            assert 0 < waiting < runs
            assert _counted(url, "paypath_history_lost_total") == 0
            while _counted(url, "paypath_runs_total") < runs + 3:
                pass
        finally:
            probe.terminate()
            _, rest = probe.communicate(timeout=PATIENCE_S)
    assert probe.returncode == 0
    lab.process.stop()
    assert any("disk" in line for line in said), said
    assert "runs could not be recorded before the end; they are lost" in rest


def _until(probe: "subprocess.Popen[str]", text: str) -> list[str]:
    assert probe.stderr is not None
    said = []
    for line in probe.stderr:
        said.append(line)
        if text in line:
            return said
    pytest.fail("".join(said))


def _counted(url: str, name: str) -> float:
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
        lines = answer.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))
