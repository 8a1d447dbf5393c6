"""The installed command line, as a user or a script starts it."""

import json
import pathlib
import subprocess
import sys

PAYPATH = pathlib.Path(sys.executable).with_name("paypath")
LIMIT_S = 100


def paypath_json(*arguments: str | pathlib.Path) -> tuple[int, dict]:
    """The exit status of `paypath … --format json` and the one object that it printed."""
    command = [PAYPATH, *arguments, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.stdout.count("\n") == 1, f"status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.returncode, json.loads(done.stdout)
