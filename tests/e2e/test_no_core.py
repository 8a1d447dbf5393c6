"""A process that holds keys leaves no core, whatever limit it was started with."""

import os
import pathlib
import resource
import signal
import subprocess

from tests.e2e.processes import Lab, environment
from tests.foreground import to_the_foreground
from tests.forked.program import PAYPATH


def test_a_run_that_is_made_to_dump_its_core(tmp_path: pathlib.Path) -> None:
    """SIGQUIT ends it as it ends any program; nothing is written, and neither its limit nor its filter would let it."""
    lab = Lab(tmp_path)
    with _unlimited(PAYPATH, "run", "--config", lab.config, cwd=tmp_path) as probe:
        assert "run_id=" in _line(probe)  # it has read its keys
        limits = pathlib.Path(f"/proc/{probe.pid}/limits").read_text()
        memory = pathlib.Path(f"/proc/{probe.pid}/coredump_filter").read_text()
        assert not _dumps(probe)
    lab.process.stop()
    assert next(line.split()[4:6] for line in limits.splitlines() if "core file" in line) == ["0", "0"]
    assert int(memory, 16) == 0


def _unlimited(*words: str, cwd: pathlib.Path) -> "subprocess.Popen[str]":
    """Started in `cwd` with as high a limit as this user may have."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]

    def prepare() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        to_the_foreground()

    return subprocess.Popen(
        words,
        cwd=cwd,
        env=environment(PAYPATH_LISTEN__METRICS="127.0.0.1:0"),
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,  # noqa: PLW1509 - one thread here
    )


def _line(program: "subprocess.Popen[str]") -> str:
    assert program.stdout is not None
    return program.stdout.readline()


def _dumps(program: "subprocess.Popen[str]") -> bool:
    """Make it; whether the kernel says that it has dumped its core."""
    os.kill(program.pid, signal.SIGQUIT)
    _, status = os.waitpid(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    assert program.returncode == -signal.SIGQUIT
    return os.WCOREDUMP(status)
