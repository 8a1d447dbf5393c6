"""The scheduler on a clock that moves only when somebody sleeps on it."""

import asyncio
import itertools
import random
from datetime import UTC, datetime

from probe.model.clock import FakeClock
from probe.model.observation import Endpoint
from probe.model.outcome import Passed
from probe.model.path import Connector, PaymentPath
from probe.model.run import Run, RunSkipped, RunStarted, StepRun
from probe.model.scenario import Scenario
from probe.schedule.scheduler import Job, Scheduler

NOW = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)
PATH = PaymentPath(
    name="billing",
    connector=Connector(
        url="https://127.0.0.1:1", endpoint=Endpoint(host="127.0.0.1", port=1, server_name="127.0.0.1")
    ),
)


def _scenario(name: str) -> Scenario:
    return Scenario(name=name, summary="", every_s=10, deadline_s=5, steps=(), source="test")


class Recorder:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        """Begin empty."""
        self.skipped: list[RunSkipped] = []

    def run_started(self, event: RunStarted) -> None:
        """Not of interest here."""

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Not of interest here."""

    def run_finished(self, run: Run) -> None:
        """Not of interest here."""

    def run_skipped(self, event: RunSkipped) -> None:
        """Keep it."""
        self.skipped.append(event)


class CountedRuns:
    """Runs that take a set time on the fake clock and stop the scheduler after so many."""

    def __init__(self, clock: FakeClock, *, takes_s: float, most: int, obstacle: tuple[str, str] | None = None) -> None:
        """`takes_s` of fake time for each run."""
        self.began: list[tuple[str, float]] = []
        self.at_once = 0
        self._clock = clock
        self._takes_s = takes_s
        self._most = most
        self._obstacle = obstacle
        self.stop = asyncio.Event()
        self._running: set[str] = set()

    def obstacle(self, scenario: Scenario, path: PaymentPath) -> tuple[str, str] | None:
        """As told; each asking counts as a run."""
        if self._obstacle is not None:
            self._count(scenario.name)
        return self._obstacle

    async def run(self, scenario: Scenario, path: PaymentPath, *, stop: asyncio.Event) -> Run:
        """Take the time and pass."""
        assert scenario.name not in self._running, "a scenario overlaps with itself"
        self._running.add(scenario.name)
        self._count(scenario.name)
        await self._clock.sleep(self._takes_s)
        self._running.discard(scenario.name)
        return Run(
            run_id="a" * 32,
            span_id="b" * 16,
            scenario=scenario.name,
            path=path.name,
            environment="lab",
            location="here",
            started_at=NOW,
            duration_s=self._takes_s,
            outcome=Passed(),
        )

    def _count(self, name: str) -> None:
        self.began.append((name, self._clock.monotonic()))
        if len(self.began) >= self._most:
            self.stop.set()


async def test_runs_come_on_their_interval_with_jitter() -> None:
    """Intervals stay within the jitter and are not all alike."""
    clock = FakeClock(NOW)
    runs = CountedRuns(clock, takes_s=0.5, most=20)
    lags: list[float] = []
    scheduler = Scheduler(
        runs,
        [Job(scenario=_scenario("a"), path=PATH, every_s=10)],
        clock=clock,
        randomness=random.Random(1),
        on_lag=lags.append,
    )
    await scheduler.keep_running(runs.stop)
    starts = [at for _, at in runs.began]
    gaps = [round(b - a, 3) for a, b in itertools.pairwise(starts)]
    assert all(9 <= gap <= 11 for gap in gaps)
    assert len(set(gaps)) > 10
    assert scheduler.first_round.is_set()
    assert max(lags) == 0


async def test_missed_ticks_are_counted_and_not_piled_up() -> None:
    """A run of 35 s on an interval of 10 s misses three ticks and is not followed by a burst."""
    clock, recorder = FakeClock(NOW), Recorder()
    runs = CountedRuns(clock, takes_s=35, most=3)
    scheduler = Scheduler(
        runs,
        [Job(scenario=_scenario("a"), path=PATH, every_s=10)],
        clock=clock,
        randomness=random.Random(1),
        observers=[recorder],
    )
    await scheduler.keep_running(runs.stop)
    starts = [at for _, at in runs.began]
    assert all(b - a >= 35 for a, b in itertools.pairwise(starts))
    assert len(recorder.skipped) >= 6
    assert {event.cause for event in recorder.skipped} == {"overlap"}


async def test_a_run_that_cannot_begin_is_skipped_with_its_cause() -> None:
    """The obstacle's cause reaches the observers, and the first round still completes."""
    clock, recorder = FakeClock(NOW), Recorder()
    runs = CountedRuns(clock, takes_s=1, most=2, obstacle=("no_state", "no directory"))
    scheduler = Scheduler(
        runs,
        [Job(scenario=_scenario("a"), path=PATH, every_s=10)],
        clock=clock,
        randomness=random.Random(1),
        observers=[recorder],
    )
    await scheduler.keep_running(runs.stop)
    assert recorder.skipped[0] == RunSkipped(scenario="a", path="billing", cause="no_state")
    assert scheduler.first_round.is_set()


async def test_without_jobs_it_is_ready_and_ends_at_once() -> None:
    """Nothing to run is not an error of the scheduler's."""
    scheduler = Scheduler(
        CountedRuns(FakeClock(NOW), takes_s=1, most=1), [], clock=FakeClock(NOW), randomness=random.Random(1)
    )
    await scheduler.keep_running(asyncio.Event())
    assert scheduler.first_round.is_set()
