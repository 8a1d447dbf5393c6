"""One configuration while it runs: everything that is made from it, and what goes on beside its runs.

A changed configuration is a new generation. Both are there until the last run of the old one has ended, which ends as it began.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, Final

from probe.billing.inbox import Inbox
from probe.compose.engine import Engine, engine
from probe.compose.histories import Histories
from probe.compose.once import begin_paging, telling
from probe.compose.paging import LEAVING_S, Unwritten
from probe.compose.setup import Pair, SetUp, pairs
from probe.compose.streaks import carry_on
from probe.compose.surroundings import read
from probe.compose.sweeping import sweeping_beside
from probe.model.clock import SystemClock
from probe.model.path import PaymentPath
from probe.model.run import Observer, Run
from probe.model.scenario import Scenario
from probe.report.board import Board
from probe.runner.runner import Runner
from probe.schedule.job import Job
from probe.schedule.second_look import SecondLook
from probe.schedule.watching import Watching
from probe.telemetry.plan import Plan
from probe.telemetry.setup import Telemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """What outlives a change of the configuration."""

    observers: tuple[Observer, ...]
    telemetry: Telemetry
    board: Board
    inbox: Inbox
    unwritten: Unwritten = field(default_factory=Unwritten)
    """Of pages."""
    histories: Histories = field(default_factory=Histories)


class CountedRuns:
    """A runner that knows whether any run of its is under way."""

    def __init__(self, runner: Runner) -> None:
        """None is."""
        self._runner = runner
        self._under_way = 0
        self.idle: Final = asyncio.Event()
        self.idle.set()

    def obstacle(self, scenario: Scenario, path: PaymentPath) -> tuple[str, str] | None:
        """See `probe.runner.runner.Runner`."""
        return self._runner.obstacle(scenario, path)

    async def run(self, scenario: Scenario, path: PaymentPath, *, stop: asyncio.Event) -> Run:
        """See `probe.runner.runner.Runner`."""
        self._under_way += 1
        self.idle.clear()
        try:
            return await self._runner.run(scenario, path, stop=stop)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self.idle.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """A generation that runs."""

    parts: Engine
    runs: CountedRuns


class Generation:
    """Lives as long as `live` does: from the configuration's taking over to its last run's end."""

    def __init__(self, setup: SetUp, lasting: Lasting) -> None:
        """Nothing is made yet."""
        self.setup, self._lasting = setup, lasting
        self.pairs: Final = pairs(setup)
        self.up: Final[asyncio.Future[Up]] = asyncio.get_running_loop().create_future()
        """What runs, once it does; an exception where it cannot be made."""
        self._ending, self._retired = asyncio.Event(), asyncio.Event()
        self._pages_s = LEAVING_S

    @property
    def jobs(self) -> tuple[Job, ...]:
        """For the scheduler."""
        return tuple(Job(scenario=p.scenario, path=p.path, every_s=self._every_s(p)) for p in self.pairs)

    def wind_down(self) -> None:
        """Nothing new is to be begun; runs are still under way."""
        self._ending.set()

    def retire(self, *, pages_s: float = LEAVING_S) -> None:
        """Another one has taken over, or the last run has ended: finish what is under way, and go. Pages have `pages_s` to be taken."""
        self._pages_s = pages_s
        self._ending.set()
        self._retired.set()

    def show(self) -> None:
        """Telemetry and board speak of this one from now on; what they know of scenarios that go on stays."""
        observer, board = self._lasting.telemetry.observer, self._lasting.board
        parts = self.up.result().parts
        board.configure((replace(pair.scenario, every_s=self._every_s(pair)), pair.path) for pair in self.pairs)
        observer.configure((pair.scenario.name, pair.path.name) for pair in self.pairs)
        observer.watch(parts.stock.stand)
        plans, loaded = [self._plan(pair) for pair in self.pairs], self.setup.loaded
        observer.plan(plans)
        here = {"environment": loaded.environment, "location": loaded.location}
        carry_on(observer, parts.history, plans, **here, now=parts.clock.now())
        observer.watch_budgets(parts.budgets.stands)

    async def live(self) -> None:
        """Make everything, let it go on until it is retired and its last run has ended, and put it away."""
        loaded, telemetry = self.setup.loaded, self._lasting.telemetry
        second_look = SecondLook(loaded.paths, read=read, tell=self._read_again, clock=SystemClock())
        made = engine(
            loaded,
            observers=(*self._lasting.observers, second_look),
            on_latch=telling(telemetry),
            on_page=telemetry.observer.page,
            on_backlog=telemetry.observer.history_backlog,
            intervals_s=[job.every_s for job in self.jobs],
            inbox=self._lasting.inbox,
            unwritten=self._lasting.unwritten,
            histories=self._lasting.histories,
        )
        try:
            with made as parts:
                await self._go_on(parts, second_look)
        except Exception as error:
            if self.up.done():
                raise
            self.up.set_exception(error)  # whoever waits for it says so, and the process goes on without this one

    def _read_again(self, path: str, identity: str, usable: bool) -> None:  # noqa: FBT001 - as `SecondLook` tells it
        self._lasting.telemetry.observer.identity_read(path, identity, usable)
        parts = self.up.result().parts
        if parts.paging is not None and parts.paging.pager is not None:
            parts.paging.pager.identity_read(path, usable=usable, at=parts.clock.now())

    async def _go_on(self, parts: Engine, second_look: SecondLook) -> None:
        begin_paging(parts.paging, self.setup.loaded, self.pairs, self._lasting.telemetry, clock=parts.clock)
        runs = CountedRuns(parts.runner)
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(each) for each in self._beside(parts, second_look)]
            self.up.set_result(Up(parts=parts, runs=runs))
            await self._retired.wait()
            await runs.idle.wait()
            if parts.paging is not None:
                await parts.paging.finish(self._pages_s)
            for each in beside:
                each.cancel()

    def _beside(self, parts: Engine, second_look: SecondLook) -> list[Coroutine[Any, Any, None]]:
        """What goes on until the last run has ended."""
        loaded = self.setup.loaded
        watching = Watching(
            parts.stock,
            history=parts.history,
            identities=loaded.identities,
            clock=parts.clock,
            limit_s=loaded.limits.default_s,
        )
        sweeping = sweeping_beside(parts, self.pairs, self._lasting.telemetry.observer.swept)
        beside = [
            parts.references.keep_asking(),
            watching.keep_watching(),
            second_look.keep_looking(),
            sweeping.keep_sweeping(self._ending),
        ]
        if parts.paging is not None:
            beside.append(parts.paging.keep_going())
        return beside

    def _every_s(self, pair: Pair) -> float:
        return self.setup.loaded.every_s or pair.scenario.every_s

    def _plan(self, pair: Pair) -> Plan:
        return Plan(
            scenario=pair.scenario.name,
            path=pair.path.name,
            every_s=self._every_s(pair),
            slo=pair.scenario.slo,
            severity=pair.scenario.severity,
        )
