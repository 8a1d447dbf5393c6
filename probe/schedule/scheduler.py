"""Keeps running scenarios until told to stop: no overlap of a scenario with itself, jitter for every run."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from probe.model.clock import Clock
from probe.model.path import PaymentPath
from probe.model.run import Observer, Run, RunSkipped
from probe.model.scenario import Scenario

JITTER: Final = 0.1
"""Each interval varies by up to this share either way, so that replicas and scenarios do not march in step."""
_FIRST_WITHIN_S: Final = 2.0
"""First runs are spread over at most this long."""


class Runs(Protocol):
    """What the scheduler drives; `probe.runner.runner.Runner` is the real one."""

    def obstacle(self, scenario: Scenario, path: PaymentPath) -> tuple[str, str] | None:
        """Why the scenario cannot even begin; None where it can."""

    async def run(self, scenario: Scenario, path: PaymentPath, *, stop: asyncio.Event) -> Run:
        """Run once; cut short, with cleanup, when `stop` is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One scenario on one path, and how often."""

    scenario: Scenario
    path: PaymentPath
    every_s: float


class Scheduler:
    """One task per job; a slow or stuck one does not hold up another."""

    def __init__(
        self,
        runs: Runs,
        jobs: Sequence[Job],
        *,
        clock: Clock,
        randomness: random.Random,
        observers: Sequence[Observer] = (),
        on_lag: Callable[[float], None] = lambda _lag_s: None,
    ) -> None:
        """`on_lag` is told, for each run, how many seconds after its time it began."""
        self._runs = runs
        self._jobs = tuple(jobs)
        self._clock = clock
        self._randomness = randomness
        self._observers = tuple(observers)
        self._on_lag = on_lag
        self._waiting_for = len(self._jobs)
        self.first_round = asyncio.Event()
        """Set when every job has run, or was skipped, once."""

    async def keep_running(self, stop: asyncio.Event) -> None:
        """Run every job on its interval until `stop`; return when the last run and its cleanup have ended."""
        if not self._jobs:
            self.first_round.set()
        async with asyncio.TaskGroup() as group:
            for job in self._jobs:
                group.create_task(self._keep(job, stop))

    async def _keep(self, job: Job, stop: asyncio.Event) -> None:
        due = self._clock.monotonic() + self._randomness.random() * min(_FIRST_WITHIN_S, job.every_s)
        first = True
        while await self._reached(due, stop):
            self._on_lag(self._clock.monotonic() - due)
            await self._once(job, stop)
            if first:
                first = False
                self._first_done()
            due = self._next(job, due)

    async def _once(self, job: Job, stop: asyncio.Event) -> None:
        obstacle = self._runs.obstacle(job.scenario, job.path)
        if obstacle is None:
            await self._runs.run(job.scenario, job.path, stop=stop)
        else:
            self._skipped(job, obstacle[0])

    def _next(self, job: Job, due: float) -> float:
        """When the job is due again. Ticks that passed while it ran are counted, not piled up."""
        due += job.every_s * (1 + JITTER * (2 * self._randomness.random() - 1))
        now = self._clock.monotonic()
        while due < now:
            self._skipped(job, "overlap")
            due += job.every_s
        return due

    def _skipped(self, job: Job, cause: str) -> None:
        event = RunSkipped(scenario=job.scenario.name, path=job.path.name, cause=cause)
        for observer in self._observers:
            observer.run_skipped(event)

    def _first_done(self) -> None:
        self._waiting_for -= 1
        if self._waiting_for == 0:
            self.first_round.set()

    async def _reached(self, due: float, stop: asyncio.Event) -> bool:
        """Wait until `due`; False as soon as `stop` is set."""
        left = due - self._clock.monotonic()
        if left > 0 and not stop.is_set():
            async with asyncio.TaskGroup() as group:
                asleep = group.create_task(self._clock.sleep(left))
                stopped = group.create_task(stop.wait())
                await asyncio.wait({asleep, stopped}, return_when=asyncio.FIRST_COMPLETED)
                asleep.cancel()
                stopped.cancel()
        return not stop.is_set()
