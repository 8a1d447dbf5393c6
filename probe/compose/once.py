"""Each scenario once: cron, CI, a person at three in the morning."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from probe import __version__
from probe.certificates.asking import ask_all
from probe.certificates.scanner import identities_of
from probe.compose.cron import Leaving, tell_kuberhealthy
from probe.compose.engine import Engine, engine
from probe.compose.paging import ONCE_S, PagingParts, Place
from probe.compose.setup import Pair, SetUp, pairs, set_up
from probe.compose.share import Share
from probe.compose.webhooks import taking_webhooks
from probe.model.clock import Clock
from probe.model.failure import Failure
from probe.model.run import Observer, Run, RunSkipped
from probe.settings.load import Loaded
from probe.telemetry.setup import Telemetry, start_telemetry

_AT_ONCE: Final = 8
"""Runs at the same time; a dead path then costs one timeout, not one for each scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What became of the scenarios, in the order in which they are configured."""

    runs: tuple[Run, ...]
    skipped: tuple[RunSkipped, ...]
    expiring: tuple[Failure, ...] = ()
    """Certificates that are expired or inside a rung that pages, where somebody asked to look for them."""


async def check(
    *,
    config: Path | None,
    scenarios: Sequence[str],
    environ: Mapping[str, str],
    observers: Sequence[Observer] = (),
    stop: asyncio.Event | None = None,
    look_for_expiring: bool = False,
) -> CheckResult:
    """Run each (or each named) scenario once on each path that it fits. Raises SetupError before anything is sent.

    When `stop` is set, what is under way is cut short and cleans up, and nothing else is begun.
    """
    stop = stop or asyncio.Event()
    setup = set_up(config, environ, only=scenarios)
    wanted = pairs(setup)
    with (
        exporting(setup.loaded, wanted, environ) as telemetry,
        engine(
            setup.loaded,
            observers=(*observers, telemetry.observer),
            on_latch=telling(telemetry),
            on_page=telemetry.observer.page,
            on_backlog=telemetry.observer.history_backlog,
        ) as parts,
    ):
        telemetry.observer.watch(parts.stock.stand)
        telemetry.observer.watch_budgets(parts.budgets.stands)
        begin_paging(parts.paging, setup.loaded, () if scenarios else wanted, telemetry, clock=parts.clock)
        async with (
            taking_webhooks(setup.loaded, parts, telemetry.observer, [pair.scenario for pair in wanted]),
            asking(setup.loaded, parts, stop),
        ):
            left = _left_to_others(setup, wanted, config, environ, scenarios)
            result = await _all(parts, wanted, left, (*observers, telemetry.observer), stop)
        if parts.paging is not None:
            await parts.paging.finish(ONCE_S, beat=bool(result.runs))
        if setup.loaded.cron is not None:
            everything = pairs(set_up(config, environ)) if scenarios else wanted
            leaving = Leaving(
                outputs=setup.loaded.cron, loaded=setup.loaded, pairs=everything, telemetry=telemetry, parts=parts
            )
            await leaving.leave(result.runs)
        if look_for_expiring:
            result = replace(result, expiring=parts.stock.paging())
    await tell_kuberhealthy(environ, result.runs, result.expiring, whole=not stop.is_set())
    return result


@asynccontextmanager
async def asking(loaded: Loaded, parts: Engine, stop: asyncio.Event) -> AsyncIterator[None]:
    """Beside the block, ask the services what they hold, each for a phase's limit at most; at its end wait for them, unless `stop` is set."""
    of_paths = (identity for path in loaded.paths for identity in identities_of(path))
    asked = ask_all(
        (*of_paths, *loaded.identities), parts.stock.inventory, clock=parts.clock, limit_s=loaded.limits.default_s
    )
    async with asyncio.TaskGroup() as group:
        task, stopped = group.create_task(asked), group.create_task(stop.wait())
        yield
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for one in (task, stopped):
            one.cancel()


@contextmanager
def exporting(loaded: Loaded, wanted: Sequence[Pair], environ: Mapping[str, str]) -> Iterator[Telemetry]:
    """Telemetry for as long as the block lasts; flushed at its end, for at most three seconds."""
    telemetry = start_telemetry(
        environ,
        environment=loaded.environment,
        location=loaded.location,
        version=__version__,
        pairs=[(pair.scenario.name, pair.path.name) for pair in wanted],
    )
    try:
        yield telemetry
    finally:
        telemetry.shutdown()


def begin_paging(
    paging: PagingParts | None, loaded: Loaded, wanted: Sequence[Pair], telemetry: Telemetry, *, clock: Clock
) -> None:
    """Make the sinks' counters known, and let go of what is no longer run; `wanted` is everything that is, empty where only a part is."""
    if paging is None or paging.pager is None:
        return
    telemetry.observer.sinks(sink.name for sink in loaded.paging.sinks)
    if wanted:
        place = Place(environment=loaded.environment, location=loaded.location)
        paging.pager.configure([(p.scenario.name, p.path.name) for p in wanted], place, at=clock.now())


def telling(telemetry: Telemetry) -> Callable[[str, bool], None]:
    """What keeps `paypath_latched` true."""
    return lambda path, latched: telemetry.observer.latch(path, latched=latched)


def _left_to_others(
    setup: SetUp, wanted: Sequence[Pair], config: Path | None, environ: Mapping[str, str], scenarios: Sequence[str]
) -> list[RunSkipped]:
    """What is another replica's, where somebody asked for it by name, or where nothing is left: it is to be said why."""
    if setup.share == Share() or not (scenarios or not wanted):
        return []
    everywhere = pairs(set_up(config, environ, only=scenarios, whole=True))
    ours = {(pair.scenario.name, pair.path.name) for pair in wanted}
    others = [key for pair in everywhere if (key := (pair.scenario.name, pair.path.name)) not in ours]
    return [RunSkipped(scenario=scenario, path=path, cause="not_ours") for scenario, path in others]


async def _all(
    parts: Engine,
    wanted: Sequence[Pair],
    left: Sequence[RunSkipped],
    observers: Sequence[Observer],
    stop: asyncio.Event,
) -> CheckResult:
    skipped = [*left]
    places = asyncio.Semaphore(_AT_ONCE)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_one(parts, pair, skipped, places, stop)) for pair in wanted]
    for event in skipped:
        for observer in observers:
            observer.run_skipped(event)
    return CheckResult(runs=tuple(run for task in tasks if (run := task.result()) is not None), skipped=tuple(skipped))


async def _one(
    parts: Engine, pair: Pair, skipped: list[RunSkipped], places: asyncio.Semaphore, stop: asyncio.Event
) -> Run | None:
    async with places:
        if stop.is_set():
            return None
        obstacle = parts.runner.obstacle(pair.scenario, pair.path)
        if obstacle is not None:
            skipped.append(RunSkipped(scenario=pair.scenario.name, path=pair.path.name, cause=obstacle[0]))
            return None
        return await parts.runner.run(pair.scenario, pair.path, stop=stop)
