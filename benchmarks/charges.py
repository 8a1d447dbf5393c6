"""A charge and its refund, ours beside the bare SDK, both through the lab's mTLS connector, which is a process of its own."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import yaml

from benchmarks.figures import Figure, median, ratio
from tests.e2e.processes import Running

OURS: Final = "ours, a run of `card-charge`: four connections with their evidence, balance, charge, refund, judgement, metrics, history"
POOLED: Final = "the bare SDK, charge and refund over a kept connection"
FRESH: Final = "the bare SDK, a new connection for each charge"
PER_SECOND: Final = 25
"""Requests: as many as the configuration may allow. Waiting costs no CPU to speak of."""


@contextlib.contextmanager
def charged(directory: pathlib.Path) -> Iterator[pathlib.Path]:
    """A lab; gives a configuration whose only scenario is `card-charge`."""
    directory.mkdir()
    running = Running(["lab"], cwd=directory)
    try:
        running.wait_for("configuration", "out")
        content = yaml.safe_load((directory / ".paypath-lab" / "paypath.yaml").read_text(encoding="utf-8"))
        (path,) = content["paths"].values()
        path["stripe"] = {
            "api_key_file": path["stripe"]["api_key_file"],
            "requests_per_second": PER_SECOND,
        }
        path.pop("webhook", None)
        content.pop("listen", None)
        content["scenarios"] = {"enabled": ["card-charge"]}
        content["state"] = {"directory": str(directory / "state")}
        file = directory / "paypath.yaml"
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        yield file
    finally:
        running.stop()


def measure(configuration: pathlib.Path, *, rounds: int, charges: int) -> dict[str, object]:
    """Every contender in every round, each round in the other order."""
    contenders: dict[str, Callable[[], Figure]] = {
        OURS: partial(_figure, "benchmarks.ours", configuration, charges, "1", "--history"),
        POOLED: partial(_figure, "benchmarks.bare", configuration, charges),
        FRESH: partial(_figure, "benchmarks.bare", configuration, charges, "--fresh"),
    }
    taken: dict[str, list[Figure]] = {name: [] for name in contenders}
    for number in range(rounds):
        names = list(contenders)
        for name in reversed(names) if number % 2 else names:
            taken[name].append(contenders[name]())
    return {
        "cpu_us": {name: round(median(figures).cpu_us) for name, figures in taken.items()},
        "of_pooled": round(ratio(taken[OURS], taken[POOLED]), 2),
        "of_fresh": round(ratio(taken[OURS], taken[FRESH]), 2),
        "rounds_cpu_us": {name: [round(figure.cpu_us) for figure in figures] for name, figures in taken.items()},
        "rounds": rounds,
        "charges": charges,
    }


def _figure(module: str, configuration: pathlib.Path, charges: int, *more: str) -> Figure:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PAYPATH_"))}
    command = [sys.executable, "-m", module, str(configuration), str(charges), *more]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command}\n{done.stdout}{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    if found.get("outcomes", {"Passed": charges}) != {"Passed": charges} or found.get("healed"):
        raise RuntimeError(f"{found['outcomes']}, after {found['healed']}")
    return Figure.of(found["cpu_s"], found["took_s"], charges)
