"""`paypath check` of a scenario, killed with SIGKILL at a chosen moment of what it does at Stripe."""

import pathlib
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import yaml

from probe.compose.fitting import waits_for_delivery
from probe.scenario.load import load_scenario
from tests.e2e.open_lab import OpenLab
from tests.e2e.processes import PATIENCE_S, environment
from tests.forked.program import Program, start

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
    output: pathlib.Path
    process: Program | None = None
    moments: int = 0
    status: int | None = None

    def __str__(self) -> str:
        """With what it said."""
        said = self.output.read_text(errors="replace")[:2000]
        return f"status {self.status} after {self.moments} moments, to be killed at {self.kill_at}: {said}"


class Killer:
    """Runs scenarios against an open lab and kills them."""

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
        self._lab.watch(self._moment)

    def check(self, scenario: str, kill_at: int | None = None) -> Victim:
        """Begin `paypath check SCENARIO`; `wait` for it."""
        number = len(self._victims)
        key = f"sk_test_victim{number:06d}"
        victim = Victim(kill_at=kill_at, output=self._directory / f"{number}.out")
        config = self._configured(number, key, scenario)
        words = ["check", "--config", str(config), "--format", "json", scenario]
        with self._lock, victim.output.open("w") as output:
            self._victims[key] = victim
            number = output.fileno()
            victim.process = start(words, cwd=None, env=environment(), stdout=number, stderr=number)
            self._lock.notify_all()
        return victim

    def wait(self, victim: Victim) -> Victim:
        """Until it has ended, one way or the other."""
        assert victim.process is not None
        victim.status = victim.process.wait(PATIENCE_S)
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
                assert self._lock.wait_for(lambda: victim.process is not None, PATIENCE_S)
            assert victim.process is not None
            victim.process.kill()  # it waits for its answer, and never comes to read it


@contextmanager
def killing(directory: pathlib.Path, scenarios: Mapping[str, str]) -> Iterator[tuple[OpenLab, Killer]]:
    """A lab to look into, and somebody who kills those that use it."""
    with OpenLab(directory) as lab:
        yield lab, Killer(lab, directory, scenarios)
