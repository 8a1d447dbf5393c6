"""What a scrape costs at ten thousand series: `python -m benchmarks.scrape CONFIG` is the process that is scraped.

It is put together as `paypath run` is, and in each round runs every path once against the real server, so that the counters have moved, and then writes its
metrics page as the web face does for a scraper: on a thread, in the format and with the compression that it asks for. HTTP itself is not in it.
"""

import argparse
import asyncio
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import yaml

from benchmarks.place import Place
from probe.compose.engine import engine
from probe.compose.once import exporting, telling
from probe.compose.setup import pairs, set_up
from probe.compose.unhindered import unhindered
from probe.model.outcome import Passed
from probe.model.run import Run
from probe.server.metrics import written

SERIES: Final = 10_000
PATHS: Final = 64
"""With one scenario of one step and a handful of certificates each: just above that many series."""
OPENMETRICS: Final = "application/openmetrics-text;version=1.0.0"
KINDS: Final = {
    "text": (None, False),
    "OpenMetrics with exemplars, as Prometheus asks for it": (OPENMETRICS, False),
    "the same, compressed with gzip": (OPENMETRICS, True),
}


def measure(place: Place, directory: pathlib.Path, rounds: int) -> dict[str, Any]:
    """CPU of a page of each kind, in ms: medians. Raises where a run did not pass, or there are fewer series."""
    content = yaml.safe_load(place.configuration.read_text(encoding="utf-8"))
    (path,) = content["paths"].values()
    content["paths"] = {f"path-{number}": path for number in range(PATHS)}
    file = directory / "scraped.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PAYPATH_"))}
    command = [sys.executable, "-m", "benchmarks.scrape", str(file), str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    if found["passed"] != found["runs"] or found["series"] < SERIES:
        raise RuntimeError(f"{found['passed']} of {found['runs']} runs passed, {found['series']} series\n{done.stderr}")
    return found


async def scraped(configuration: pathlib.Path, rounds: int) -> dict[str, object]:
    """In each round run each path once before each page."""
    setup = set_up(configuration, os.environ)
    wanted, loaded = pairs(setup), dataclasses.replace(setup.loaded, state_directory=None)
    with exporting(loaded, wanted, os.environ) as telemetry:
        stop = asyncio.Event()
        with engine(loaded, observers=(telemetry.observer,), on_latch=telling(telemetry)) as parts, unhindered():
            runs: list[Run] = []
            taken: dict[str, list[tuple[float, int]]] = {name: [] for name in KINDS}
            for _ in range(rounds):
                for name, (accept, packed) in KINDS.items():
                    runs += [await parts.runner.run(pair.scenario, pair.path, stop=stop) for pair in wanted]
                    taken[name].append(await asyncio.to_thread(_page, telemetry.render, accept, packed))
            plain, _ = await asyncio.to_thread(telemetry.render, None)
    return {
        "paths": len(wanted),
        "runs": len(runs),
        "passed": sum(isinstance(run.outcome, Passed) for run in runs),
        "series": sum(not line.startswith(b"#") for line in plain.splitlines()),
        "pages": {
            name: {"cpu_ms": round(statistics.median(cpu_ms for cpu_ms, _ in each), 1), "bytes": each[-1][1]}
            for name, each in taken.items()
        },
    }


def _page(render: Callable[[str | None], tuple[bytes, str]], accept: str | None, packed: bool) -> tuple[float, int]:  # noqa: FBT001 - as the table has it
    """CPU of the process in ms, and how long the page is."""
    began_s = time.process_time()
    body, _ = written(render, accept, packed=packed)
    return (time.process_time() - began_s) * 1e3, len(body)


def main() -> None:
    """Measure and print one line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scrape", description=__doc__)
    parser.add_argument("configuration", type=pathlib.Path)
    parser.add_argument("rounds", type=int)
    chosen = parser.parse_args()
    sys.stdout.write(json.dumps(asyncio.run(scraped(chosen.configuration, chosen.rounds))) + "\n")


if __name__ == "__main__":
    main()
