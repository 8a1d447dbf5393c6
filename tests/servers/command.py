"""The installed command line, as a script reads it."""

import json
import pathlib

from tests.e2e.processes import paypath


def paypath_json(*arguments: str | pathlib.Path) -> tuple[int, dict]:
    """The exit status of `paypath … --format json` and the one object that it printed."""
    done = paypath(*(str(word) for word in arguments), "--format", "json")
    assert done.out.count("\n") == 1, f"status {done.status}\n{done.out}\n{done.err}"
    return done.status, json.loads(done.out)
