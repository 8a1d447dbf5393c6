"""`paypath check` of a scenario, killed with SIGKILL at a chosen moment of what it does at Stripe."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Self

import yaml

from probe.compose.fitting import waits_for_delivery
from probe.scenario.load import load_scenario
from tests.e2e.open_lab import OpenLab
from tests.e2e.processes import PATIENCE_S, environment

KILLED = -signal.SIGKILL
_PATIENCE = 5
_IMPATIENT = ("within: 10s", "within: 1s")
"""Nobody is at the probe's own webhook endpoint but the scenario that waits for a delivery: what counts acknowledgements waits in vain."""


@dataclass(slots=True)
class Victim:
    """One process, by the Stripe key that it alone uses."""

    kill_at: int | None
    """The moment that it does not survive, counted from 1: each write has two, before it is executed and before it is answered.
    None: it lives. Between two writes nothing happens that could be left behind, and how often it reads is up to the weather."""
    pid: int | None = None
    moments: int = 0
    status: int | None = None
    output: pathlib.Path | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def __str__(self) -> str:
        """With what it said."""
        said = self.output.read_text(errors="replace")[:2000] if self.output and self.output.exists() else ""
        return f"status {self.status} after {self.moments} moments, to be killed at {self.kill_at}: {said}"


class Killer:
    """Runs scenarios against an open lab and kills them. Use it in a `with` block."""

    def __init__(self, lab: OpenLab, directory: pathlib.Path, scenarios: Mapping[str, str]) -> None:
        """`directory` is for configurations and outputs; `scenarios` are the YAML files by name."""
        self._lab = lab
        self._directory = directory
        self._scenarios = {name: pathlib.Path(file).read_text(encoding="utf-8") for name, file in scenarios.items()}
        loaded = {name: load_scenario(text, scenarios[name]) for name, text in self._scenarios.items()}
        self._alone = {name for name, scenario in loaded.items() if waits_for_delivery(scenario)}
        """Those that listen for webhooks: there is one address for it, so one at a time."""
        self._victims: dict[str, Victim] = {}
        self._lock = threading.Condition()
        self._born: list[int] = []

    def __enter__(self) -> Self:
        """Start the nursery, and watch the simulator."""
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.nursery"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read, args=(self._nursery.stdout,), daemon=True)
        self._reader.start()
        self._lab.watch(self._moment)
        return self

    def __exit__(self, *_exception: object) -> None:
        """Let the nursery end."""
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        assert self._nursery.wait(PATIENCE_S) == 0

    def check(self, scenario: str, kill_at: int | None = None) -> Victim:
        """Begin `paypath check SCENARIO`; `wait` for it."""
        number = len(self._victims)
        key = f"sk_test_victim{number:06d}"
        victim = Victim(kill_at=kill_at, output=self._directory / f"{number}.out")
        config = self._configured(number, key, scenario)
        born = {
            "words": ["check", "--config", str(config), "--format", "json", scenario],
            "environ": environment(),
            "output": str(victim.output),
        }
        assert self._nursery.stdin is not None
        with self._lock:
            self._victims[key] = victim
            self._nursery.stdin.write(json.dumps(born) + "\n")
            self._nursery.stdin.flush()
            assert self._lock.wait_for(lambda: self._born, PATIENCE_S), "the nursery bears nobody"
            victim.pid = self._born.pop()
            self._lock.notify_all()
        return victim

    def wait(self, victim: Victim) -> Victim:
        """Until it has ended, one way or the other."""
        assert victim.ended.wait(PATIENCE_S), victim
        return victim

    def all(self, wanted: Sequence[tuple[str, int | None]], at_once: int) -> list[Victim]:
        """Each (scenario, moment) in order, so many at the same time."""
        begun: list[Victim] = []
        for number, (scenario, kill_at) in enumerate(wanted):
            if number >= at_once:
                self.wait(begun[number - at_once])
            if number and scenario in self._alone:
                self.wait(begun[-1])
            begun.append(self.check(scenario, kill_at))
        return [self.wait(victim) for victim in begun]

    def kill(self, wanted: Sequence[tuple[str, int]], at_once: int) -> list[Victim]:
        """The same, until each is killed. On a slow machine one may fail before its moment, or have been counted with a repetition."""
        begun = self.all(wanted, at_once)
        for _ in range(_PATIENCE):
            survived = [number for number, victim in enumerate(begun) if victim.status != KILLED]
            sooner = [(wanted[n][0], min(wanted[n][1], begun[n].moments or wanted[n][1])) for n in survived]
            for number, victim in zip(survived, self.all(sooner, at_once), strict=True):
                begun[number] = victim
        return begun

    def _configured(self, number: int, key: str, scenario: str) -> pathlib.Path:
        """The lab's configuration with a key, a state directory and scenarios of its own."""
        content = yaml.safe_load(pathlib.Path(self._lab.config).read_text(encoding="utf-8"))
        stripe = content["paths"]["billing"]["stripe"]
        del stripe["api_key_file"]
        stripe |= {"api_key": key, "requests_per_second": 25}
        content["state"] = {"directory": str(self._directory / f"{number}.state")}
        only = self._directory / "scenarios" / scenario
        only.mkdir(parents=True, exist_ok=True)
        (only / f"{scenario}.yaml").write_text(self._scenarios[scenario].replace(*_IMPATIENT), encoding="utf-8")
        content["scenarios"] = {"directory": str(only), "enabled": [scenario]}
        file = self._directory / f"{number}.yaml"
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        return file

    def _moment(self, method: str, authorization: str) -> None:
        """A request is there, or done: on the lab's thread, while the process waits for its answer."""
        victim = self._victims.get(authorization.removeprefix("Bearer "))
        if victim is None or method == "GET":
            return
        victim.moments += 1
        if victim.moments == victim.kill_at:
            with self._lock:
                assert self._lock.wait_for(lambda: victim.pid is not None, PATIENCE_S)
            assert victim.pid is not None
            os.kill(victim.pid, signal.SIGKILL)  # it waits for its answer, and never comes to read it

    def _read(self, said: IO[str]) -> None:
        for line in said:
            told = json.loads(line)
            with self._lock:
                if "status" not in told:
                    self._born.append(told["pid"])
                else:
                    for victim in self._victims.values():
                        if victim.pid == told["pid"] and victim.status is None:
                            victim.status = told["status"]
                            victim.ended.set()
                self._lock.notify_all()


@contextmanager
def killing(directory: pathlib.Path, scenarios: Mapping[str, str]) -> Iterator[tuple[OpenLab, Killer]]:
    """A lab to look into, and somebody who kills those that use it."""
    with OpenLab(directory) as lab, Killer(lab, directory, scenarios) as killer:
        yield lab, killer
