"""Cold starts: from the command line to the verdict, with warm disk caches and compiled modules."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.cpu import ended_children_cpu_s
from benchmarks.place import Place

PAYPATH: Final = Path(sys.executable).with_name("paypath")


@dataclass(frozen=True, slots=True)
class Start:
    """One command from its start to its end."""

    cpu_ms: float
    wall_ms: float


def commands(place: Place) -> dict[str, list[str]]:
    """What is started, by the name that the report gives it."""
    python = [sys.executable, "-c"]
    found = {
        "`paypath --version`": [str(PAYPATH), "--version"],
        "`paypath explain 5023`": [str(PAYPATH), "explain", "5023"],
        "`paypath check` to the verdict": [str(PAYPATH), "--config", str(place.configuration), "check"],
        "`paypath diagnose` to the verdict": [
            *(str(PAYPATH), "diagnose", f"127.0.0.1:{place.port}", "--ca", str(place.trust)),
            *("--cert", str(place.client.certificate), "--key", str(place.client.private_key)),
        ],
        "`python -c pass`": [*python, "pass"],
        "`python -c 'import probe.cli.command'`": [*python, "import probe.cli.command"],
        "`python -c 'import probe.compose.once'`": [*python, "import probe.compose.once"],
        "`python -c 'import stripe'`": [*python, "import stripe"],
        "`python -c 'import opentelemetry.sdk.trace'`": [*python, "import opentelemetry.sdk.trace"],
    }
    if (curl := shutil.which("curl")) is not None:
        found["`curl` with the same certificate"] = [
            *(curl, "--silent", "--fail", "--output", "/dev/null", "--cacert", str(place.trust)),
            *("--cert", str(place.client.certificate), "--key", str(place.client.private_key), place.url),
        ]
    return found


def started(command: Sequence[str], environ: Mapping[str, str]) -> Start:
    """Run it once; raises where it fails."""
    cpu_s, began_s = ended_children_cpu_s(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    took_s = time.perf_counter() - began_s
    if done.returncode != 0:
        raise RuntimeError(f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return Start((ended_children_cpu_s() - cpu_s) * 1e3, took_s * 1e3)


def starts(place: Place, rounds: int) -> dict[str, Start]:
    """The medians over rounds of all commands in turn."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PAYPATH_"))}
    listed = commands(place)
    for command in listed.values():  # compiles what is not compiled, and reads it into the disk cache
        started(command, environ)
    taken: dict[str, list[Start]] = {name: [] for name in listed}
    for _ in range(rounds):
        for name, command in listed.items():
            taken[name].append(started(command, environ))
    return {
        name: Start(statistics.median(s.cpu_ms for s in all_of), statistics.median(s.wall_ms for s in all_of))
        for name, all_of in taken.items()
    }


def plain(taken: Mapping[str, Start]) -> dict[str, dict[str, int]]:
    """For JSON."""
    return {name: {"cpu_ms": round(s.cpu_ms), "wall_ms": round(s.wall_ms)} for name, s in taken.items()}
