"""Keep running: sidecar or Deployment, with the metrics listener beside the schedule."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from probe.compose.engine import Pair, SetUp, engine, pairs, read, set_up
from probe.compose.facing import Facing, listening, started
from probe.compose.once import begin_paging, exporting, telling
from probe.compose.sweeping import sweeping_beside
from probe.compose.webhooks import webhook_server
from probe.documents.mistakes import Mistake, SetupError
from probe.lab.lab import LabError, running_lab
from probe.model.clock import SystemClock
from probe.model.run import Observer
from probe.report.board import Board
from probe.schedule.job import Job, Limits
from probe.schedule.scheduler import Scheduler
from probe.schedule.second_look import SecondLook
from probe.schedule.watching import Watching
from probe.telemetry.plan import Plan

LAB_DIRECTORY: Final = Path(".paypath-lab")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningInfo:
    """What is up, for whoever tells people."""

    page: str
    """URL of the status page."""
    metrics: str
    """URL of the metrics."""
    pairs: tuple[tuple[str, str], ...]
    """(scenario, path) of everything that is scheduled."""
    lab: str | None
    """URL of the lab's fault switches, where the lab was started too."""


async def run(
    *,
    config: Path | None,
    environ: Mapping[str, str],
    lab: bool,
    for_s: float | None,
    observers: Sequence[Observer],
    ready: Callable[[RunningInfo], None],
    stop: asyncio.Event,
) -> None:
    """Run scenarios on their schedules until `stop`, or for `for_s` seconds. Raises SetupError."""
    async with contextlib.AsyncExitStack() as stack:
        control = None
        if lab:
            config, control = await stack.enter_async_context(_lab())
        setup = set_up(config, environ)
        wanted = pairs(setup)
        telemetry = stack.enter_context(exporting(setup.loaded, wanted, environ))
        clock = SystemClock()
        second_look = SecondLook(setup.loaded.paths, read=read, tell=telemetry.observer.identity_read, clock=clock)
        board = Board(clock)
        board.configure((pair.scenario, pair.path) for pair in wanted)
        everyone = (*observers, telemetry.observer, second_look, board)
        parts = stack.enter_context(
            engine(
                setup.loaded,
                observers=everyone,
                on_latch=telling(telemetry),
                on_page=telemetry.observer.page,
                on_loss=telemetry.observer.history_lost,
                intervals_s=[_job(pair, setup).every_s for pair in wanted],
            )
        )
        begin_paging(parts.paging, setup.loaded, wanted, telemetry, clock=parts.clock)
        telemetry.observer.watch(parts.stock.stand)
        telemetry.observer.plan(_plan(pair, setup) for pair in wanted)
        telemetry.observer.watch_budgets(parts.budgets.stands)
        watching = Watching(
            parts.stock,
            history=parts.history,
            identities=setup.loaded.identities,
            clock=parts.clock,
            limit_s=setup.loaded.limits.default_s,
        )
        scheduler = Scheduler(
            parts.runner,
            [_job(pair, setup) for pair in wanted],
            clock=parts.clock,
            randomness=parts.randomness,
            limits=Limits(
                runs=setup.loaded.settings.concurrency.runs,
                runs_per_path=setup.loaded.settings.concurrency.runs_per_path,
            ),
            observers=everyone,
            on_lag=telemetry.observer.schedule_lag,
        )
        sweeping = sweeping_beside(parts, wanted, telemetry.observer.swept)
        facing = Facing(setup.loaded, parts, board)
        faces = listening(setup.loaded, facing, render=telemetry.render, ready=scheduler.first_round.is_set)
        metrics, page = await stack.enter_async_context(faces)
        webhooks = webhook_server(setup.loaded, parts, telemetry.observer)
        if webhooks is not None:
            await started(webhooks)
            stack.push_async_callback(webhooks.stop)
        stack.enter_context(settled_memory())
        ready(
            RunningInfo(
                page=f"{page}/",
                metrics=f"{metrics}/metrics",
                pairs=tuple((pair.scenario.name, pair.path.name) for pair in wanted),
                lab=control,
            )
        )
        beside = [watching.keep_watching(), second_look.keep_looking(), sweeping.keep_sweeping(stop)]
        if parts.paging is not None:
            beside.append(parts.paging.keep_going())
        await _until_stopped(scheduler, beside, stop, for_s)
        if parts.paging is not None:
            await parts.paging.finish()


@contextlib.contextmanager
def settled_memory() -> Iterator[None]:
    """What is in memory now lasts as long as the block, and is not searched for garbage again.

    A full collection of all that is imported takes 50 ms and more, in which no probe goes on, and its wait seems as much longer.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def _until_stopped(
    scheduler: Scheduler, beside: Sequence[Coroutine[None, None, None]], stop: asyncio.Event, for_s: float | None
) -> None:
    """`beside` are what goes on until the last run has ended."""
    async with asyncio.TaskGroup() as group:
        looking = [group.create_task(each) for each in beside]
        running = group.create_task(scheduler.keep_running(stop))
        done, _ = await asyncio.wait({running}, timeout=for_s)
        if not done:
            stop.set()
            await running
        for each in looking:
            each.cancel()


@contextlib.asynccontextmanager
async def _lab() -> AsyncIterator[tuple[Path, str]]:
    """The embedded path in its usual directory; its configuration and its switches."""
    try:
        async with running_lab(LAB_DIRECTORY, fresh_state=True) as lab:
            yield Path(lab.addresses.configuration), lab.addresses.control
    except LabError as error:
        hint = f"it uses {LAB_DIRECTORY} of the directory that it is started in: start it from another one"
        raise SetupError([Mistake("--lab", None, None, "", error.what, hint)]) from error


def _job(pair: Pair, setup: SetUp) -> Job:
    return Job(scenario=pair.scenario, path=pair.path, every_s=setup.loaded.every_s or pair.scenario.every_s)


def _plan(pair: Pair, setup: SetUp) -> Plan:
    return Plan(
        scenario=pair.scenario.name,
        path=pair.path.name,
        every_s=setup.loaded.every_s or pair.scenario.every_s,
        slo=pair.scenario.slo,
        severity=pair.scenario.severity,
    )
