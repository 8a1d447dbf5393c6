"""The commands as a user types them: `paypath` as its own process, against a lab that is its own process too."""

import json
import os
import pathlib
import signal
import threading
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from tests.forked.program import start

PATIENCE_S = 60.0
"""How long a process may take before a test gives it up: generous, for slow machines."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command came to."""

    status: int
    out: str
    err: str

    def json_lines(self) -> list[dict[str, object]]:
        """Each line of stdout as an object."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(**more: str) -> dict[str, str]:
    """The environment without anything that could configure paypath or OpenTelemetry by accident."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("PAYPATH_", "OTEL_", "NO_COLOR"))}
    return plain | more


def paypath(*arguments: str, cwd: pathlib.Path | None = None, env: Mapping[str, str] | None = None) -> Finished:
    """Run the command to its end."""
    return Running(arguments, cwd=cwd, env=env).ended()


class Running:
    """A command that goes on until it is told to stop; its output is collected meanwhile."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        cwd: pathlib.Path | None,
        env: Mapping[str, str] | None = None,
        forked: bool = True,
    ) -> None:
        """Start it; not `forked` where its memory is looked at."""
        pipes = {name: os.pipe() for name in ("out", "err")}
        out, err = (written for _, written in pipes.values())
        self._process = start(arguments, cwd=cwd, env=environment(**(env or {})), stdout=out, stderr=err, forked=forked)
        os.close(out)
        os.close(err)
        self._lines: dict[str, list[str]] = {"out": [], "err": []}
        self._open = 2
        """Outputs that have not ended."""
        self._looked_at = 0
        self._changed = threading.Condition()
        self._readers = [
            threading.Thread(target=self._collect, args=(name, os.fdopen(read, encoding="utf-8")), daemon=True)
            for name, (read, _) in pipes.items()
        ]
        for reader in self._readers:
            reader.start()

    def _collect(self, name: str, pipe: IO[str]) -> None:
        for line in pipe:
            with self._changed:
                self._lines[name].append(line)
                self._changed.notify_all()
        with self._changed:
            self._open -= 1
            self._changed.notify_all()
        pipe.close()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def output(self, name: str = "out") -> str:
        """What has come so far."""
        with self._changed:
            return "".join(self._lines[name])

    def wait_for(self, text: str, name: str = "out") -> None:
        """Wait until `text` has been printed; fail with what came instead when the process ends first."""
        with self._changed:
            fine = self._changed.wait_for(
                lambda: text in "".join(self._lines[name]) or self._open == 0, timeout=PATIENCE_S
            )
        everything = f"{self.output('out')}\n{self.output('err')}"
        assert fine, f"nothing more came within {PATIENCE_S:g} s:\n{everything}"
        assert text in self.output(name), f"no {text!r} in:\n{everything}"

    def wait_for_json(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for a line of stdout that is `wanted`, after those that earlier calls have looked at."""

        def found() -> dict[str, Any] | None:
            lines = self._lines["out"]
            while self._looked_at < len(lines):
                self._looked_at += 1
                line: dict[str, Any] = json.loads(lines[self._looked_at - 1])
                if wanted(line):
                    return line
            return None

        with self._changed:
            line = self._changed.wait_for(lambda: found() or (self._open == 0 and {}), PATIENCE_S)
        assert line, f"no such line in:\n{self.output('out')}\n{self.output('err')}"
        return line

    def send(self, number: signal.Signals) -> None:
        """Signal it and let it go on."""
        self._process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> Finished:
        """Signal it and wait for its end."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self.ended()

    def ended(self) -> Finished:
        """Wait for its end."""
        try:
            status = self._process.wait(PATIENCE_S)
        finally:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join(PATIENCE_S)
        return Finished(status, self.output("out"), self.output("err"))


class Lab:
    """A lab as its own process, with its switches."""

    def __init__(self, directory: pathlib.Path, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        """Start it below `directory` and wait until it is ready."""
        self.directory = directory / "lab"
        self.process = Running(["lab", "--directory", str(self.directory), *arguments], cwd=directory, env=env)
        self.process.wait_for("paypath.yaml")
        self.config = str(self.directory / "paypath.yaml")
        self.addresses: dict[str, str] = json.loads((self.directory / "lab.json").read_text())

    def put(self, fault: str) -> None:
        """Switch a fault on."""
        self._call("PUT", f"/faults/{fault}")

    def delete(self, fault: str) -> None:
        """Switch a fault off."""
        self._call("DELETE", f"/faults/{fault}")

    def open_money(self) -> list[dict[str, object]]:
        """What was taken or held and not given back."""
        money: list[dict[str, object]] = json.loads(self._call("GET", "/open-money"))
        return money

    def check(self, *arguments: str, env: Mapping[str, str] | None = None) -> Finished:
        """`paypath check` against this lab."""
        return paypath("check", "--config", self.config, *arguments, cwd=self.directory, env=env)

    def _call(self, method: str, path: str) -> str:
        request = urllib.request.Request(self.addresses["control"] + path, method=method)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
            text: str = answer.read().decode()
            return text
