"""A `paypath run` as its own process: each run that it tells of, with the moment at which its line came."""

import json
import re
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from tests.e2e.processes import PATIENCE_S, environment
from tests.forked.program import PAYPATH
from tests.support.metrics_page import Page, parse_page

ANY_PORT: Final = {"PAYPATH_LISTEN__METRICS": "127.0.0.1:0"}


@dataclass(frozen=True, slots=True)
class Told:
    """One finished run, as the process told of it."""

    at_s: float
    """When its line came, on this process's monotonic clock."""
    run_id: str
    scenario: str
    path: str
    outcome: str
    reason: str | None
    duration_s: float
    summary: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def began_s(self) -> float:
        """When it began, on the same clock, where nothing held up its line."""
        return self.at_s - self.duration_s

    def __str__(self) -> str:
        """For people."""
        return (
            f"{self.scenario} on {self.path} {self.outcome} after {self.duration_s:.2f} s: {self.reason} {self.summary}"
        )


def told(line: str, at_s: float) -> Told:
    """From a line of `--format json`."""
    run: dict[str, Any] = json.loads(line)
    failure = run["failure"] or {}
    return Told(
        at_s=at_s,
        run_id=run["run_id"],
        scenario=run["scenario"],
        path=run["path"],
        outcome=run["outcome"],
        reason=failure.get("reason"),
        duration_s=run["duration_s"],
        summary=failure.get("summary", ""),
        warnings=tuple(warning["reason"] for warning in run["warnings"]),
    )


class Prober:
    """Runs until it is stopped or killed; `begin_with` are words in front of the command (`unshare`, …)."""

    def __init__(self, config: str, *, begin_with: Sequence[str] = (), env: Mapping[str, str] | None = None) -> None:
        """Start it, and wait until it says where it listens."""
        self._process = subprocess.Popen(
            [*begin_with, PAYPATH, "run", "--config", config, "--format", "json"],
            cwd=Path(config).parent,
            env=environment(**ANY_PORT, **(env or {})),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._runs: list[Told] = []
        self._log: list[str] = []
        self._ended = False
        self._changed = threading.Condition()
        self._reading = threading.Event()
        self._reading.set()
        readers = ((self._process.stdout, self._take_run), (self._process.stderr, self._take_line))
        self._readers = [threading.Thread(target=self._read, args=each, daemon=True) for each in readers]
        for reader in self._readers:
            reader.start()
        self.until(lambda: re.search(r"metrics on http://\S+", self.log()) is not None, "it says where it listens")
        self._url = re.findall(r"metrics on (http://\S+)", self.log())[0]

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def url(self) -> str:
        """Of the metrics page."""
        return self._url

    def runs(self, since_s: float = 0.0) -> list[Told]:
        """Those whose lines came after this moment."""
        with self._changed:
            return [run for run in self._runs if run.at_s > since_s]

    def log(self) -> str:
        """What it wrote on stderr so far."""
        with self._changed:
            return "".join(self._log)

    def until(self, happened: Callable[[], bool], what: str, within_s: float = PATIENCE_S) -> None:
        """Wait for it; fail, saying what was waited for, where the time is over or the process ends."""
        ends_s = time.monotonic() + within_s
        while not happened():
            with self._changed:
                assert not self._ended, f"the process ended before {what}:\n{self._text()}"
                assert time.monotonic() < ends_s, f"not within {within_s:g} s: {what}:\n{self._text()}"
                self._changed.wait(0.1)

    def metrics(self) -> Page:
        """The page as a scraper reads it."""
        with urllib.request.urlopen(self._url, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
            return parse_page(answer.read(), answer.headers["Content-Type"])

    def send(self, number: signal.Signals) -> None:
        """Signal it and let it go on."""
        self._process.send_signal(number)

    def stop_reading(self) -> None:
        """Leave its output in the pipe from now on."""
        self._reading.clear()

    def read_on(self) -> None:
        """Read its output again."""
        self._reading.set()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it, wait for its end, and read what it has left to say; its status."""
        self.read_on()
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            status = self._process.wait(PATIENCE_S)
        finally:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join(PATIENCE_S)
        return status

    def _read(self, pipe: IO[str], take: Callable[[str], None]) -> None:
        for line in pipe:
            self._reading.wait()
            with self._changed:
                take(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        pipe.close()

    def _take_run(self, line: str) -> None:
        if line.endswith("\n"):  # a killed process may leave half a line
            self._runs.append(told(line, time.monotonic()))

    def _take_line(self, line: str) -> None:
        self._log.append(line)

    def _text(self) -> str:
        last = "\n".join(map(str, self._runs[-20:]))
        return f"{''.join(self._log[-40:])}\nlast runs:\n{last}"
