"""One process of ours that probes as fast as it can: `python -m benchmarks.ours CONFIG PROBES AT_ONCE [--history]`.

It is put together as `paypath run` is: settings, engine, telemetry with OTLP export (where `OTEL_*` says so) and the
metrics page. What it prints covers the runs, one scrape of the page, and the export of every span and metric.
"""

import argparse
import asyncio
import dataclasses
import json
import os
import pathlib
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from probe.certificates.identity import read_identity
from probe.compose.engine import engine
from probe.compose.once import exporting, telling
from probe.compose.setup import pairs, set_up
from probe.compose.unhindered import unhindered
from probe.documents.standing import SETTLED_S
from probe.model.clock import SystemClock
from probe.model.observation import HandshakeObservation, Observation
from probe.model.outcome import Failed, Unknown
from probe.model.path import PhaseLimits
from probe.model.run import Run
from probe.tls.contexts import ContextCache
from probe.transport.dial import NetworkDialer
from probe.transport.handshake import HandshakeProbe

OK: Final = 200

WARM_UP: Final = 20
"""Runs before the measurement: contexts, caches and first spans are a matter of the start."""


@dataclass(slots=True)
class Seen:
    """What came of the runs. They are not kept: a process that holds thousands of them is slower than any that people run."""

    outcomes: Counter[str] = field(default_factory=Counter)
    healed: Counter[str] = field(default_factory=Counter)
    last: Observation | None = None

    def take(self, run: Run) -> None:
        """One more."""
        self.outcomes[type(run.outcome).__name__] += 1
        self.healed.update(_healed(run))
        self.last = run.steps[0].observation


async def measure(configuration: pathlib.Path, probes: int, at_once: int, *, history: bool) -> dict[str, object]:
    """Probe, and say what it took."""
    setup = set_up(configuration, os.environ)
    (pair,) = wanted = pairs(setup)
    loaded = setup.loaded if history else dataclasses.replace(setup.loaded, state_directory=None)
    with exporting(loaded, wanted, os.environ) as telemetry:
        observers, latch, stop, seen = (telemetry.observer,), telling(telemetry), asyncio.Event(), Seen()
        with engine(loaded, observers=observers, on_latch=latch) as parts:

            async def once() -> None:
                seen.take(await parts.runner.run(pair.scenario, pair.path, stop=stop))

            with unhindered():
                await _warmed_up(once, at_once)
                seen = Seen()
                began_s, cpu_s = time.perf_counter(), time.process_time()
                await _at_once(once, probes, at_once)
                took_s = time.perf_counter() - began_s
                page, _ = await asyncio.to_thread(telemetry.render, None)
                flushed = await asyncio.to_thread(telemetry.shutdown)
                cpu_s = time.process_time() - cpu_s
    return {
        "cpu_s": cpu_s,
        "took_s": took_s,
        "outcomes": seen.outcomes,
        "healed": seen.healed,
        "evidence": _evidence(seen.last),
        "page_bytes": len(page),
        "flushed": flushed,
    }


async def measure_alone(configuration: pathlib.Path, probes: int, at_once: int) -> dict[str, object]:
    """The handshake probe with its evidence, and nothing of a run around it: no judgement, metrics, spans or history."""
    (path,) = set_up(configuration, os.environ).loaded.paths
    clock, connector = SystemClock(), path.connector
    if connector.identity is None:
        raise ValueError(f"{configuration} has no identity")
    identity = read_identity(connector.identity)
    probe = HandshakeProbe(dialer=NetworkDialer(), contexts=ContextCache(), clock=clock)
    seen = Seen()

    async def once() -> None:
        deadline = clock.monotonic() + 10
        seen.last = found = await probe.observe(
            connector, identity=identity, http_path=connector.health_path, limits=PhaseLimits(), deadline=deadline
        )
        seen.outcomes["Passed" if found.http is not None and found.http.status == OK else "Failed"] += 1

    await _warmed_up(once, at_once)
    seen = Seen()
    began_s, cpu_s = time.perf_counter(), time.process_time()
    await _at_once(once, probes, at_once)
    return {
        "cpu_s": time.process_time() - cpu_s,
        "took_s": time.perf_counter() - began_s,
        "outcomes": seen.outcomes,
        "healed": seen.healed,
        "evidence": _evidence(seen.last),
        "flushed": True,
    }


async def _warmed_up(what: Callable[[], Awaitable[object]], at_once: int) -> None:
    """Half of the first ones, and half once the files are older than what may just have been written."""
    await _at_once(what, WARM_UP // 2, at_once)
    await asyncio.sleep(SETTLED_S)
    await _at_once(what, WARM_UP // 2, at_once)


async def _at_once(what: Callable[[], Awaitable[object]], times: int, at_once: int) -> None:
    """That many, never more than `at_once` at a time."""
    left = iter(range(times))

    async def one_after_another() -> None:
        for _ in left:
            await what()

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(one_after_another())


def _healed(run: Run) -> list[str]:
    """What went wrong and was tried again: a measurement in which anything did is none."""
    outcomes = [attempt.outcome for step in run.steps for attempt in step.attempts]
    return [outcome.failure.summary for outcome in outcomes if isinstance(outcome, Failed | Unknown)]


def _evidence(seen: Observation | None) -> dict[str, object]:
    """What the last probe saw: proof that nothing was left out to be quick."""
    if not isinstance(seen, HandshakeObservation) or seen.http is None or seen.identity is None:
        return {}
    return {
        "tls": seen.tls.version,
        "group": seen.tls.group,
        "acceptable_cas": len(seen.tls.acceptable_cas),
        "presented": len(seen.presented),
        "built": len(seen.built),
        "own_chain": len(seen.identity.certificates),
        "phases": len(seen.timings),
        "status": seen.http.status,
    }


def main() -> None:
    """Measure once and print one line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ours", description=__doc__)
    parser.add_argument("configuration", type=pathlib.Path)
    parser.add_argument("probes", type=int)
    parser.add_argument("at_once", type=int)
    parser.add_argument("--history", action="store_true", help="record every run, as `paypath run` does by default")
    parser.add_argument("--alone", action="store_true", help="only the handshake probe, without a run around it")
    chosen = parser.parse_args()
    asked = chosen.configuration, chosen.probes, chosen.at_once
    found = asyncio.run(measure_alone(*asked) if chosen.alone else measure(*asked, history=chosen.history))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
