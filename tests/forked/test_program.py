"""What is forked is what a shell would have started: words, directory, environment, streams, signals, status."""

import os
import pathlib
import signal
import subprocess

import pytest

from tests.e2e.processes import Lab, Running, paypath

_STARTED = "TEST_STARTED"


@pytest.fixture(params=[False, True], ids=["forked", "started"])
def started(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Both ways to the same."""
    if request.param:
        monkeypatch.setenv(_STARTED, "1")
    else:
        monkeypatch.delenv(_STARTED, raising=False)
    return bool(request.param)


def _command_line(pid: int) -> list[str]:
    return pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")


@pytest.mark.usefixtures("started")
def test_words_directory_and_environment(tmp_path: pathlib.Path) -> None:
    """A relative file is of the directory, and a variable is read."""
    (tmp_path / "paypath.yaml").write_text("pats: {}\n")
    done = paypath("validate", cwd=tmp_path, env={"PAYPATH_ENVIRONMENT": "qa\n"})
    assert (done.status, done.out) == (2, "")
    assert "paypath.yaml:1:1: unknown key `pats`; did you mean `paths`?" in done.err
    assert "PAYPATH_ENVIRONMENT: `environment` must be text in one line" in done.err


def test_until_a_signal(tmp_path: pathlib.Path, *, started: bool) -> None:
    """What goes on is told to stop, and its end is known once it has come; only the outputs are open in it."""
    lab = Lab(tmp_path)
    running = lab.process
    assert ("server.py" in " ".join(_command_line(running.pid))) is not started
    assert pathlib.Path(f"/proc/{running.pid}/cwd").readlink() == tmp_path
    assert running.stop(signal.SIGINT).status == 0
    assert not pathlib.Path(f"/proc/{running.pid}").exists()
    running.send(signal.SIGTERM)  # to nobody


def test_killed(tmp_path: pathlib.Path) -> None:
    """The status is that of `subprocess`."""
    running = Running(["lab", "--directory", str(tmp_path / "lab")], cwd=tmp_path)
    assert running.stop(signal.SIGKILL).status == -signal.SIGKILL


@pytest.mark.parametrize("variable", ["PYTHONNOUSERSITE", "LC_ALL", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"])
def test_what_is_read_at_a_start_starts_one(tmp_path: pathlib.Path, variable: str) -> None:
    """A fork could not know of it."""
    running = Running(["lab", "--directory", str(tmp_path / "lab")], cwd=tmp_path, env={variable: "1"})
    running.wait_for("paypath.yaml")
    assert "server.py" not in " ".join(_command_line(running.pid))
    running.stop()


def test_nothing_is_left_behind(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, and the server is as it was."""
    monkeypatch.delenv(_STARTED, raising=False)
    mine = pathlib.Path("/proc/self/fd")
    paypath("--version", cwd=tmp_path)
    before = len(list(mine.iterdir()))
    for _ in range(20):
        assert paypath("--version", cwd=tmp_path).status == 0
    assert len(list(mine.iterdir())) == before
    children = subprocess.run(
        ["pgrep", "--parent", str(os.getpid()), "-a"], capture_output=True, text=True, check=False
    )
    assert children.stdout.count("tests/forked/server.py") == 1
