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
from typing import Final, TypeVar

from probe.certificates.identity import read_identity
from probe.compose.engine import engine, pairs, set_up
from probe.compose.once import exporting, telling
from probe.documents.standing import SETTLED_S
from probe.model.clock import SystemClock
from probe.model.observation import HandshakeObservation, Observation
from probe.model.outcome import Failed, Unknown
from probe.model.path import PhaseLimits
from probe.model.run import Run
from probe.tls.contexts import ContextCache
from probe.transport.dial import NetworkDialer
from probe.transport.handshake import HandshakeProbe

T = TypeVar("T")

OK: Final = 200

WARM_UP: Final = 20
"""Runs before the measurement: contexts, caches and first spans are a matter of the start."""


async def measure(configuration: pathlib.Path, probes: int, at_once: int, *, history: bool) -> dict[str, object]:
    """Probe, and say what it took."""
    setup = set_up(configuration, os.environ)
    (pair,) = wanted = pairs(setup)
    loaded = setup.loaded if history else dataclasses.replace(setup.loaded, state_directory=None)
    with exporting(loaded, wanted, os.environ) as telemetry:
        observers, latch, stop = (telemetry.observer,), telling(telemetry), asyncio.Event()
        with engine(loaded, observers=observers, on_latch=latch) as parts:
            await _warmed_up(lambda: parts.runner.run(pair.scenario, pair.path, stop=stop), at_once)
            began_s, cpu_s = time.perf_counter(), time.process_time()
            runs = await _at_once(lambda: parts.runner.run(pair.scenario, pair.path, stop=stop), probes, at_once)
            took_s = time.perf_counter() - began_s
            page, _ = await asyncio.to_thread(telemetry.render, None)
            flushed = await asyncio.to_thread(telemetry.shutdown)
            cpu_s = time.process_time() - cpu_s
    return {
        "cpu_s": cpu_s,
        "took_s": took_s,
        "outcomes": Counter(type(run.outcome).__name__ for run in runs),
        "healed": Counter(summary for run in runs for summary in _healed(run)),
        "evidence": _evidence(runs[-1].steps[0].observation),
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

    async def once() -> HandshakeObservation:
        deadline = clock.monotonic() + 10
        asked = probe.observe(
            connector, identity=identity, http_path=connector.health_path, limits=PhaseLimits(), deadline=deadline
        )
        return await asked

    await _warmed_up(once, at_once)
    began_s, cpu_s = time.perf_counter(), time.process_time()
    seen = await _at_once(once, probes, at_once)
    return {
        "cpu_s": time.process_time() - cpu_s,
        "took_s": time.perf_counter() - began_s,
        "outcomes": {"Passed": sum(one.http is not None and one.http.status == OK for one in seen)},
        "healed": {},
        "evidence": _evidence(seen[-1]),
        "flushed": True,
    }


async def _warmed_up(what: Callable[[], Awaitable[object]], at_once: int) -> None:
    """Half of the first ones, and half once the files are older than what may just have been written."""
    await _at_once(what, WARM_UP // 2, at_once)
    await asyncio.sleep(SETTLED_S)
    await _at_once(what, WARM_UP // 2, at_once)


async def _at_once(what: Callable[[], Awaitable[T]], times: int, at_once: int) -> list[T]:
    left, done = iter(range(times)), list[T]()

    async def one_after_another() -> None:
        for _ in left:
            done.append(await what())

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(one_after_another())
    return done


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
