"""Our process, started anew for each measurement, and held to what it must have done."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.figures import Figure
from benchmarks.otlp import Collector
from benchmarks.ours import WARM_UP
from benchmarks.place import Place

SPANS: Final = 6
"""Of one run: run, step, dns, tcp connect, tls handshake, GET."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is switched on."""

    otlp: bool = True
    """OTLP export of spans and metrics; the metrics page is always there."""
    history: bool = False
    alone: bool = False
    """The handshake probe without a run around it."""

    @property
    def words(self) -> list[str]:
        """For the command line of `benchmarks.ours`."""
        return [f"--{name}" for name, on in (("history", self.history), ("alone", self.alone)) if on]


COMPLETE: Final = Variant()


def probes(place: Place, probes: int, at_once: int, *, collector: Collector, variant: Variant = COMPLETE) -> Figure:
    """CPU and rate of that many runs. Raises where one did not pass, or evidence or a span is missing."""
    command = [sys.executable, "-m", "benchmarks.ours", str(place.configuration), str(probes), str(at_once)]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PAYPATH_"))}
    if variant.otlp:
        environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.endpoint
    collector.taken()
    done = subprocess.run(
        [*command, *variant.words],
        capture_output=True,
        text=True,
        env=environ,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    found = json.loads(done.stdout)
    objections = [*_objections(found, place, probes), *_lost(collector.taken(), probes, variant)]
    if objections:
        raise RuntimeError("; ".join(objections) + f"\n{done.stdout}{done.stderr}")
    return Figure.of(found["cpu_s"], found["took_s"], probes)


def _objections(found: dict[str, Any], place: Place, probes: int) -> list[str]:
    """What makes a measurement worthless: a run that did not pass, evidence that was left out."""
    wanted = {
        "tls": f"TLSv{place.tls}",
        "acceptable_cas": 1,
        "presented": 2,
        "built": 3,
        "own_chain": 2,
        "status": 200,
    }
    seen = found["evidence"]
    said = [f"{key} is {seen.get(key)!r}, not {value!r}" for key, value in wanted.items() if seen.get(key) != value]
    if found["outcomes"] != {"Passed": probes} or found["healed"]:
        said.append(f"outcomes {found['outcomes']}, after {found['healed']}")
    return said if found["flushed"] else [*said, "telemetry was not flushed in time"]


def _lost(taken: dict[str, int], probes: int, variant: Variant) -> list[str]:
    """What did not arrive at the collector."""
    if not variant.otlp:
        return []
    wanted = SPANS * (probes + WARM_UP)
    said = [] if taken.get("spans") == wanted else [f"{taken.get('spans', 0)} spans arrived, not {wanted}"]
    return said if taken.get("/v1/metrics") else [*said, "no metrics arrived"]
