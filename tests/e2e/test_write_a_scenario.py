"""The page that leads to a new scenario: its files are written and its commands are run, as they stand there."""

import contextlib
import pathlib
import re
import subprocess
import sys

import pytest

from probe.documents.reference import DOCS
from tests.e2e.processes import PATIENCE_S, Lab, environment

pytestmark = pytest.mark.server("curl")

PAGE = (DOCS / "write-a-scenario.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(yaml|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DONE = "the command has ended with status"


def test_the_page_works(tmp_path: pathlib.Path) -> None:
    """From an empty directory to a scenario that passes, and fails when it must; in one shell, as a person would."""
    with contextlib.ExitStack() as stack:
        lab = Lab(tmp_path)
        stack.callback(lab.process.stop)
        (tmp_path / ".paypath-lab").symlink_to(lab.directory)
        shell = Shell(tmp_path)
        stack.callback(shell.close)
        for kind, text in BLOCK.findall(PAGE):
            if kind == "yaml":
                file = tmp_path / text.partition("\n")[0].removeprefix("# ")
                file.parent.mkdir(exist_ok=True)
                file.write_text(text, encoding="utf-8")
            else:
                _follow(text, shell)
        assert lab.open_money() == []


def _follow(text: str, shell: "Shell") -> None:
    """Run each command, and find each line below it in what it shows; `…` stands for anything."""
    for command, *expected in (each.splitlines() for each in text.split("$ ")[1:]):
        shown = shell.run(command)
        for line in expected:
            wanted = ".*".join(map(re.escape, line.split("…")))
            assert re.search(wanted, shown), f"{command}\nshows\n{shown}\nand not\n{line}"


class Shell:
    """One shell that keeps its variables from one command to the next."""

    def __init__(self, directory: pathlib.Path) -> None:
        """Start it in `directory`, with this environment's `paypath` first."""
        path = f"{pathlib.Path(sys.executable).parent}:{environment()['PATH']}"
        self._process = subprocess.Popen(
            ["/bin/sh"],
            cwd=directory,
            env=environment(PATH=path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str) -> str:
        """What one command shows, on both outputs."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\necho; echo '{DONE}' $?\n")
        self._process.stdin.flush()
        shown = ""
        for line in self._process.stdout:
            if line.startswith(DONE):
                return shown
            shown += line
        raise AssertionError(f"the shell ended after {command}:\n{shown}")

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=PATIENCE_S)
