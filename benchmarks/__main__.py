"""Measure everything in one run: `python -m benchmarks [--rounds N] [--probes N]`; `make bench` calls it. `--scrape` measures the metrics page alone.

Writes `benchmarks/results/*.json` and the generated part of docs/performance.md.
"""

import argparse
import json
import pathlib
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

from benchmarks import blackbox, charges, cold, machine, scrape
from benchmarks.document import DOCUMENT, rewritten
from benchmarks.mtls import measure
from benchmarks.otlp import collector
from benchmarks.place import places

RESULTS = pathlib.Path(__file__).with_name("results")


def main() -> None:
    """Measure, write down, and show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=7, help="measurements of each row; the medians count (default: 7)"
    )
    parser.add_argument("--probes", type=int, default=400, help="probes in each measurement (default: 400)")
    parser.add_argument("--charges", type=int, default=40, help="charges in each measurement (default: 40)")
    parser.add_argument(
        "--scrape", action="store_true", help="only the metrics page, which takes seconds; the rest stays"
    )
    chosen = parser.parse_args()
    write(scraped(chosen.rounds) if chosen.scrape else everything(chosen))


def scraped(rounds: int) -> dict[str, Any]:
    """The metrics page alone."""
    say("scrapes")
    with tempfile.TemporaryDirectory(prefix="paypath-bench-") as name, places(pathlib.Path(name)) as where:
        found = scrape.measure(where[1], pathlib.Path(name), rounds)
    return {"scrape": {**machine.facts(rounds=rounds, probes=0), **found}}


def everything(chosen: argparse.Namespace) -> dict[str, Any]:
    """All of it, in one run on one machine."""
    with tempfile.TemporaryDirectory(prefix="paypath-bench-") as name:
        directory = pathlib.Path(name)
        with places(directory) as where, collector() as receiver, blackbox.exporter(directory / "bb", where) as theirs:
            say(f"{len(where) * 2} rows, {chosen.rounds} rounds of {chosen.probes} probes each; a round takes a minute")
            figures = measure(where, theirs, receiver, rounds=chosen.rounds, probes=chosen.probes, say=say)
            say("cold starts")
            starts = cold.starts(where[1], chosen.rounds)
        with charges.charged(directory / "lab") as configuration:
            say("charges")
            paid = charges.measure(configuration, rounds=chosen.rounds, charges=chosen.charges)
    facts = machine.facts(rounds=chosen.rounds, probes=chosen.probes)
    return {
        "mtls": {**facts, **figures},
        "cold": {**facts, "starts": cold.plain(starts)},
        "charges": {**facts, **paid},
        **scraped(chosen.rounds),
    }


def write(found: Mapping[str, Any]) -> None:
    """The results, and the page that is made of all of them."""
    RESULTS.mkdir(exist_ok=True)
    for name, content in found.items():
        (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    DOCUMENT.write_text(rewritten(DOCUMENT.read_text(encoding="utf-8"), results()), encoding="utf-8")
    say(f"wrote {RESULTS}/*.json and {DOCUMENT}")


def results() -> dict[str, Any]:
    """What was measured last."""
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in RESULTS.glob("*.json")}


def say(text: str) -> None:
    """Progress, for whoever waits."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
