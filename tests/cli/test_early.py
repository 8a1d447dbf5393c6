"""Signals that come while paypath is still importing: the process sends them to itself at an exact moment."""

import pathlib
import signal
import subprocess
import sys

import pytest

SIGNALLED = """
import importlib.abc, os, sys

class AtImport(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), {number})

sys.meta_path.insert(0, AtImport())
from probe.cli.main import main
sys.exit(main())
"""


def signalled(
    module: str, number: signal.Signals, *words: str, cwd: pathlib.Path
) -> "subprocess.CompletedProcess[str]":
    """Run `paypath WORDS…`; the signal comes when `module` is about to be imported."""
    script = SIGNALLED.format(module=module, number=int(number))
    root = pathlib.Path(__file__).parents[2]
    environ = {"PYTHONPATH": str(root), "HOME": str(cwd), "PATH": ""}
    return subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=cwd,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("words", "status", "module"),
    [
        (("run",), 0, "probe.cli.command"),
        (("--format", "json", "run", "--lab"), 0, "probe.compose.continuous"),
        (("lab",), 0, "probe.lab.lab"),
        (("check",), 3, "asyncio"),
        (("check", "run"), 3, "probe.compose.once"),
        (("diagnose", "host.invalid:443"), 3, "cryptography"),
        (("validate",), 3, "pydantic"),
    ],
)
def test_a_signal_among_the_imports(
    tmp_path: pathlib.Path, number: signal.Signals, words: tuple[str, ...], status: int, module: str
) -> None:
    """What keeps running was stopped, and that is no failure; of everything else nothing is known. One line, no traceback."""
    said = signalled(module, number, *words, cwd=tmp_path)
    assert (said.returncode, said.stdout, said.stderr) == (status, "", "paypath: interrupted\n")


def test_monitoring_still_gets_its_line(tmp_path: pathlib.Path) -> None:
    """Status 3 and the plugin's format."""
    said = signalled("asyncio", signal.SIGTERM, "check", "--format", "nagios", cwd=tmp_path)
    assert (said.returncode, said.stdout) == (3, "PAYPATH UNKNOWN - interrupted\n")


def test_the_entry_point_is_light(tmp_path: pathlib.Path) -> None:
    """Until it listens for signals, none of the rooms and nothing slow is imported."""
    script = (
        "import sys; import probe.cli.main; sys.exit(str({'asyncio', 'argparse', 'typing', 'rich'} & set(sys.modules)))"
    )
    environ = {"PYTHONPATH": str(pathlib.Path(__file__).parents[2])}
    said = subprocess.run(
        [sys.executable, "-S", "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert said.stderr == "set()\n"
