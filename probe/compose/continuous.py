"""Keep running: sidecar or Deployment, with the metrics listener beside the schedule."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from probe.billing.inbox import Inbox
from probe.compose.descriptors import demand_descriptors
from probe.compose.facing import Facing, listening, started
from probe.compose.generation import Generation, Lasting
from probe.compose.once import exporting
from probe.compose.reloading import Reloading
from probe.compose.setup import pairs, set_up
from probe.compose.unhindered import settle, settle_more, unhindered
from probe.compose.webhooks import webhook_secrets, webhook_server
from probe.documents.mistakes import Mistake, SetupError
from probe.documents.patience import in_time
from probe.lab.lab import LabError, running_lab
from probe.model.clock import SystemClock
from probe.model.run import Observer
from probe.report.board import Board
from probe.report.shown import Source
from probe.schedule.job import Limits
from probe.schedule.scheduler import Scheduler
from probe.settings.exposure import exposures
from probe.settings.load import Loaded

_LOG: Final = logging.getLogger("paypath")
LAB_DIRECTORY: Final = Path(".paypath-lab")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningInfo:
    """What is up, for whoever tells people."""

    page: str
    """URL of the status page."""
    metrics: str
    """URL of the metrics."""
    lab: str | None
    """URL of the lab's fault switches, where the lab was started too."""
    source: Source
    """What there is to see of it, as long as it runs."""


async def run(
    *,
    config: Path | None,
    environ: Mapping[str, str],
    lab: bool,
    for_s: float | None,
    observers: Sequence[Observer],
    ready: Callable[[RunningInfo], None],
    stop: asyncio.Event,
    hangups: asyncio.Event,
    dropped: Callable[[], int] = lambda: 0,
) -> None:
    """Run scenarios on their schedules until `stop`, or for `for_s` seconds; read the configuration anew at each of `hangups`. Raises SetupError.

    `dropped` says how many lines of output were dropped.
    """
    demand_descriptors()
    async with contextlib.AsyncExitStack() as stack:
        control = None
        if lab:
            config, control = await stack.enter_async_context(_lab())
        setup = set_up(config, environ)
        telemetry = stack.enter_context(exporting(setup.loaded, pairs(setup), environ))
        telemetry.observer.watch_output(dropped)
        board = Board(SystemClock())
        lasting = Lasting(
            observers=(*observers, telemetry.observer, board), telemetry=telemetry, board=board, inbox=Inbox()
        )
        async with plain_setup_errors(), asyncio.TaskGroup() as group:
            first = Generation(setup, lasting)
            group.create_task(first.live())
            await first.up
            operation = _Operation(config, environ, lasting, first, group)
            try:
                async with operation.listening() as (metrics, page):
                    info = RunningInfo(
                        page=f"{page}/",
                        metrics=f"{metrics}/metrics",
                        lab=control,
                        source=operation.facing,
                    )
                    with unhindered():
                        ready(info)
                        for exposure in await in_time(lambda: exposures(setup.loaded)) or ():
                            _LOG.warning("%s", exposure)
                        await operation.until_stopped(stop, for_s, hangups)
            finally:
                operation.reloading.current.retire()


class _Operation:
    """What turns with each generation: schedule, faces, the listener for webhooks."""

    def __init__(
        self,
        config: Path | None,
        environ: Mapping[str, str],
        lasting: Lasting,
        first: Generation,
        group: asyncio.TaskGroup,
    ) -> None:
        """The first generation runs."""
        self._lasting = lasting
        self.reloading = Reloading(
            config, environ, lasting=lasting, first=first, group=group, took_over=self._turn, renewed=self._renew
        )
        up, loaded = first.up.result(), first.setup.loaded
        first.show()
        lasting.telemetry.observer.reloaded(taken=True)
        self._scheduler = Scheduler(
            up.runs,
            first.jobs,
            clock=up.parts.clock,
            randomness=up.parts.randomness,
            limits=_limits(loaded),
            observers=lasting.observers,
            on_lag=lasting.telemetry.observer.schedule_lag,
        )
        self.facing = Facing(loaded, up.parts, lasting.board, self.reloading)
        self._webhooks = webhook_server(loaded, lasting.inbox, self._shut, lasting.telemetry.observer)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[tuple[str, str]]:
        """All listeners for as long as the block lasts; the URLs of metrics and page. Raises SetupError."""
        loaded, telemetry = self.reloading.current.setup.loaded, self._lasting.telemetry
        faces = listening(loaded, self.facing, render=telemetry.render, ready=self._scheduler.first_round.is_set)
        async with contextlib.AsyncExitStack() as stack:
            urls = await stack.enter_async_context(faces)
            if self._webhooks is not None:
                await started(self._webhooks)
                stack.push_async_callback(self._webhooks.stop)
            yield urls

    async def until_stopped(self, stop: asyncio.Event, for_s: float | None, hangups: asyncio.Event) -> None:
        """Until `stop`, or for so long; the last run has ended then."""
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self.reloading.keep_looking(hangups))
            wanting = group.create_task(self.reloading.keep_wanting_history())
            ending = group.create_task(self._wind_down_at(stop))
            settling = group.create_task(self._settle_after_first_round())
            running = group.create_task(self._scheduler.keep_running(stop))
            done, _ = await asyncio.wait({running}, timeout=for_s)
            if not done:
                stop.set()
                await running
            looking.cancel()
            wanting.cancel()
            ending.cancel()
            settling.cancel()

    async def _settle_after_first_round(self) -> None:
        """By then each path has what it keeps: its series, its standing, its certificates."""
        await self._scheduler.first_round.wait()
        settle_more()

    async def _wind_down_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.reloading.current.wind_down()

    def _turn(self, generation: Generation) -> None:
        """Another generation has taken over."""
        up, loaded = generation.up.result(), generation.setup.loaded
        self._scheduler.replace(up.runs, generation.jobs, limits=_limits(loaded))
        settle()
        self.facing.turn(loaded, up.parts)
        if self._webhooks is not None:
            self._webhooks.accept(webhook_secrets(loaded))

    def _renew(self) -> None:
        """What was read once and may have changed since. Raises SetupError."""
        self.facing.renew()

    def _shut(self, path: str, because: str) -> None:
        self.reloading.current.up.result().parts.runner.shut(path, because)


def _limits(loaded: Loaded) -> Limits:
    concurrency = loaded.settings.concurrency
    return Limits(runs=concurrency.runs, runs_per_path=concurrency.runs_per_path)


@contextlib.asynccontextmanager
async def plain_setup_errors() -> AsyncIterator[None]:
    """What is wrong with the set-up, without the groups that tasks put around it."""
    try:
        yield
    except BaseExceptionGroup as group:
        found: BaseException | None = group.subgroup(SetupError)
        while isinstance(found, BaseExceptionGroup):
            found = found.exceptions[0]
        if found is not None:
            raise found from None
        raise


@contextlib.asynccontextmanager
async def _lab() -> AsyncIterator[tuple[Path, str]]:
    """The embedded path in its usual directory; its configuration and its switches."""
    try:
        async with running_lab(LAB_DIRECTORY, fresh_state=True) as lab:
            yield Path(lab.addresses.configuration), lab.addresses.control
    except LabError as error:
        hint = f"it uses {LAB_DIRECTORY} of the directory that it is started in: start it from another one"
        raise SetupError([Mistake("--lab", None, None, "", error.what, hint)]) from error
