"""Where somebody sits with a configuration and a new pair of files: `paypath preflight` as a user types it."""

import json
import os
import pathlib
import socket
from dataclasses import dataclass
from typing import Any

import jsonschema

from probe.lab.pki import Authority
from probe.report.schema import result_schema
from tests.e2e.configuration import connector, write
from tests.e2e.processes import Finished, paypath
from tests.servers.material import Material, Pair, write_pair

CURRENT = "good client"
"""The subject of the current certificate: a right candidate has the same."""
_SCREEN = 45
"""Lines; the directories of tests have longer names than those of people, and wrap."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one preflight came to."""

    status: int
    result: dict[str, Any]
    everything: str

    @property
    def objections(self) -> list[str]:
        """Their reasons, in order."""
        return [each["reason"] for each in self.result["objections"]]

    def check(self, name: str, path: str | None = None) -> str:
        """The outcome of the check of that name."""
        (found,) = [c for c in self.result["checks"] if c["name"] == name and (path is None or c["path"] == path)]
        outcome: str = found["outcome"]
        return outcome


class Desk:
    """Where somebody sits with a configuration and a new pair of files."""

    def __init__(self, directory: pathlib.Path, pki: Material) -> None:
        """Nothing is configured yet."""
        self.directory, self.pki = directory, pki

    def configure(self, port: int, *, current: str = "good", **more: object) -> str:
        """One path to that port, with one of the test clients as its identity."""
        pair = self.pki.clients[current]
        paths = {"billing": connector(port, trust=self.pki.trust, identity="billing", **more)}
        return write(self.directory, paths, identities={"billing": (pair.certificate, pair.private_key)})

    def pair(self, name: str = CURRENT, *, by: Authority | None = None, **more: Any) -> Pair:  # noqa: ANN401 - the options of `issue`
        """A new pair of files, of the same name as the current one unless told otherwise."""
        return write_pair(self.directory, "new", (by or self.pki.issuing).issue(name, **more))

    def preflight(self, pair: Pair, *words: str | pathlib.Path) -> Said:
        """As a script calls it. What is printed fits the published schema and holds nothing of the key."""
        return self.named(pair.certificate, pair.private_key, *words)

    def named(self, certificate: pathlib.Path, key: pathlib.Path, *words: str | pathlib.Path) -> Said:
        """The same with any two files."""
        config = () if "--connector" in words else ("--config", str(self.directory / "paypath.yaml"))
        typed = [str(word) for word in ("--cert", certificate, "--key", key, *words)]
        done = paypath("preflight", *config, *typed, "--format", "json", cwd=self.directory)
        assert done.out.count("\n") == 1, done
        result = json.loads(done.out)
        jsonschema.validate(result, {**result_schema(), "anyOf": [{"$ref": "#/$defs/preflight"}]})
        _holds_no_secret(done, key)
        return Said(done.status, result, done.out + done.err)

    def screen(self, pair: Pair, *words: str) -> str:
        """As a person reads it."""
        config = str(self.directory / "paypath.yaml")
        typed = ["--cert", str(pair.certificate), "--key", str(pair.private_key)]
        done = paypath("preflight", "--config", config, *typed, *words, env={"COLUMNS": "100", "PYTHONUTF8": "1"})
        assert len(done.out.splitlines()) <= _SCREEN, done.out
        return done.out


def _holds_no_secret(done: Finished, key: pathlib.Path) -> None:
    """No line of the key file stands in any output."""
    if key.is_file() and os.access(key, os.R_OK) and b"PRIVATE KEY" in key.read_bytes():
        secret = [line for line in key.read_text().splitlines() if not line.startswith("-----") and len(line) > 16]
        assert secret
        assert not [line for line in secret if line in done.out or line in done.err]


def closed_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
