"""The scheduler in virtual time: weeks pass in seconds, and no test waits for a clock."""

import asyncio
import itertools
import logging
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import pytest

from probe.model.network import Endpoint
from probe.model.outcome import Passed
from probe.model.path import Connector, PaymentPath
from probe.model.run import Run, RunSkipped, RunStarted, StepRun
from probe.model.scenario import Scenario
from probe.schedule.job import Job, Limits
from probe.schedule.scheduler import STUCK_AFTER_S, Scheduler
from tests.support.virtual_time import START, VirtualClock, run_virtually, suspend


def path(name: str) -> PaymentPath:
    """A path that nobody connects to."""
    endpoint = Endpoint(host="127.0.0.1", port=1, server_name="127.0.0.1")
    return PaymentPath(name=name, connector=Connector(url="https://127.0.0.1:1", endpoint=endpoint))


def job(scenario: str, on: str = "billing", *, every_s: float = 10) -> Job:
    """One scenario on one path."""
    made = Scenario(name=scenario, summary="", every_s=every_s, deadline_s=5, steps=(), source="test")
    return Job(scenario=made, path=path(on), every_s=every_s)


class Recorder:
    """An observer that counts what was skipped."""

    def __init__(self) -> None:
        """Begin empty."""
        self.skipped: Counter[tuple[str, str, str]] = Counter()

    def run_started(self, event: RunStarted) -> None:
        """Not of interest here."""

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Not of interest here."""

    def run_finished(self, run: Run) -> None:
        """Not of interest here."""

    def run_skipped(self, event: RunSkipped) -> None:
        """Count it."""
        self.skipped[event.scenario, event.path, event.cause] += 1


class Runs:
    """Runs that take a set time, and hold that no scenario overlaps with itself and no limit is passed."""

    def __init__(self, *, takes_s: float = 0.2, limits: Limits | None = None) -> None:
        """Each takes `takes_s`, or what `longer` says for its scenario and path."""
        self.began: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.under_way: Counter[tuple[str, str]] = Counter()
        self.most = 0
        self.most_of_a_path = 0
        self.longer: dict[tuple[str, str], float] = {}
        self.broken: set[str] = set()
        self.obstacles: dict[str, str] = {}
        self.versions: list[Scenario] = []
        self._takes_s = takes_s

    def obstacle(self, scenario: Scenario, path: PaymentPath) -> tuple[str, str] | None:
        """As told."""
        cause = self.obstacles.get(scenario.name)
        return None if cause is None else (cause, "a sentence")

    async def run(self, scenario: Scenario, path: PaymentPath, *, stop: asyncio.Event) -> Run:
        """Take the time, at most until `stop`, and pass."""
        key = scenario.name, path.name
        assert not self.under_way[key], f"{key} overlaps with itself"
        self.began[key].append(asyncio.get_running_loop().time())
        self.versions.append(scenario)
        self.under_way[key] += 1
        self.most = max(self.most, self.under_way.total())
        of_path = sum(count for (_, name), count in self.under_way.items() if name == path.name)
        self.most_of_a_path = max(self.most_of_a_path, of_path)
        try:
            if scenario.name in self.broken:
                raise ZeroDivisionError(scenario.name)
            await _within(stop, self.longer.get(key, self._takes_s))
        finally:
            self.under_way[key] -= 1
        return Run(
            run_id="a" * 32,
            span_id="b" * 16,
            scenario=scenario.name,
            path=path.name,
            environment="lab",
            location="here",
            started_at=START,
            duration_s=0.2,
            outcome=Passed(),
        )


async def _within(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass


@dataclass(kw_only=True)
class Stage:
    """A scheduler with all that is around it."""

    runs: Runs
    recorder: Recorder
    scheduler: Scheduler
    clock: VirtualClock
    lags: list[float]
    stop: asyncio.Event = field(default_factory=asyncio.Event)


def play(
    jobs: Iterable[Job],
    for_s: float,
    *,
    runs: Runs | None = None,
    limits: Limits | None = None,
    script: Sequence[tuple[float, Callable[[Stage], None]]] = (),
) -> Stage:
    """Let the scheduler run for so long; `script` says what happens at which second."""

    async def scene() -> Stage:
        lags: list[float] = []
        recorder, clock, driven = Recorder(), VirtualClock(), runs or Runs()
        scheduler = Scheduler(
            driven,
            list(jobs),
            clock=clock,
            randomness=random.Random(1),
            limits=limits,
            observers=[recorder],
            on_lag=lags.append,
        )
        stage = Stage(runs=driven, recorder=recorder, scheduler=scheduler, clock=clock, lags=lags)
        async with asyncio.TaskGroup() as group:
            group.create_task(scheduler.keep_running(stage.stop))
            for at_s, act in (*script, (for_s, lambda stage: stage.stop.set())):
                await asyncio.sleep(at_s - clock.monotonic())
                act(stage)
        return stage

    return run_virtually(scene())


def gaps(began: Sequence[float]) -> list[float]:
    """From one start to the next."""
    return [round(b - a, 3) for a, b in itertools.pairwise(began)]


def test_runs_come_on_their_interval_with_jitter() -> None:
    """Intervals stay within the jitter and are not all alike; nothing is late."""
    stage = play([job("a")], 200)
    found = gaps(stage.runs.began["a", "billing"])
    assert all(9 <= gap <= 11 for gap in found)
    assert len(set(found)) > 10
    assert max(stage.lags) < 0.001
    assert stage.scheduler.first_round.is_set()


def test_missed_ticks_are_counted_and_not_piled_up() -> None:
    """A run of 35 s on an interval of 10 s misses three ticks each time and is not followed by a burst."""
    stage = play([job("a")], 400, runs=Runs(takes_s=35))
    assert all(gap >= 35 for gap in gaps(stage.runs.began["a", "billing"]))
    runs = len(stage.runs.began["a", "billing"])
    assert stage.recorder.skipped["a", "billing", "overlap"] + runs == pytest.approx(40, abs=4)


def test_a_run_that_cannot_begin_is_skipped_with_its_cause() -> None:
    """The obstacle's cause reaches the observers, and the first round still completes."""
    runs = Runs()
    runs.obstacles["a"] = "no_state"
    stage = play([job("a")], 100, runs=runs)
    assert stage.recorder.skipped["a", "billing", "no_state"] >= 9
    assert not stage.runs.began
    assert stage.scheduler.first_round.is_set()


def test_without_jobs_it_is_ready_and_waits() -> None:
    """A shard may have no path today; a reload may bring one."""
    late = play([], 100, script=[(50, lambda stage: stage.scheduler.replace(stage.runs, [job("a")]))])
    assert late.scheduler.first_round.is_set()
    assert 50 <= late.runs.began["a", "billing"][0] <= 52


def test_limits_hold_and_those_that_wait_begin_as_soon_as_a_place_is_free() -> None:
    """Twenty jobs of one path and twenty of another, all slow: neither limit is passed, and everybody gets to run."""
    jobs = [job(f"s{n}", on, every_s=60) for n in range(20) for on in ("one", "two")]
    stage = play(jobs, 300, runs=Runs(takes_s=5), limits=Limits(runs=6, runs_per_path=4))
    assert stage.runs.most == 6
    assert stage.runs.most_of_a_path == 4
    assert len(stage.runs.began) == 40
    assert stage.scheduler.first_round.is_set()


def test_a_dead_path_takes_no_place_of_others() -> None:
    """All runs of one path hang until their deadline; the other path's runs are as punctual as ever."""
    runs = Runs()
    jobs = [job(f"s{n}", "dead") for n in range(50)] + [job("s", "well")]
    runs.longer = {(f"s{n}", "dead"): 9.0 for n in range(50)}
    stage = play(jobs, 300, runs=runs, limits=Limits(runs=10, runs_per_path=4))
    assert all(gap <= 11 for gap in gaps(stage.runs.began["s", "well"]))
    assert not stage.recorder.skipped["s", "well", "late"]
    assert sum(stage.recorder.skipped[f"s{n}", "dead", "late"] for n in range(50)) > 100


def test_other_limits_hold_as_soon_as_they_are_told() -> None:
    """More places are taken at once, by those that waited; fewer hold once who has one has given it back."""
    jobs = [job(f"s{n}", every_s=60) for n in range(8)]
    most: list[int] = []

    def to(limits: Limits) -> Callable[[Stage], None]:
        def tell(stage: Stage) -> None:
            most.append(stage.runs.most_of_a_path)
            stage.scheduler.replace(stage.runs, jobs, limits=limits)

        return tell

    def forget(stage: Stage) -> None:
        most.append(stage.runs.most_of_a_path)
        stage.runs.most_of_a_path = 0

    script = [(100.0, to(Limits(runs_per_path=3))), (300.0, to(Limits(runs_per_path=2))), (400.0, forget)]
    stage = play(jobs, 700, runs=Runs(takes_s=20), limits=Limits(runs_per_path=1), script=script)
    assert [*most, stage.runs.most_of_a_path] == [1, 3, 3, 2]


def test_a_stuck_run_gives_its_place_back(caplog: pytest.LogCaptureFixture) -> None:
    """Runs that never come back fill all places; a minute past their deadline the others go on, and it is said."""
    runs = Runs()
    runs.longer = {("s0", "a"): 1e6, ("s1", "a"): 1e6}
    jobs = [job("s0", "a"), job("s1", "a"), job("s2", "a")]
    with caplog.at_level(logging.WARNING):
        stage = play(jobs, 400, runs=runs, limits=Limits(runs=2, runs_per_path=2))
    began = stage.runs.began["s2", "a"]
    assert max(gaps(began)) >= 5 + STUCK_AFTER_S - 20
    assert len([at for at in began if at > 5 + STUCK_AFTER_S + 10]) >= 27
    assert len(stage.runs.began["s0", "a"]) == 1
    assert "s0 on a is not back after 65 s" in caplog.text


def test_a_bug_in_one_run_ends_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged with its traceback, tried again at its next tick, and everything else goes on."""
    runs = Runs()
    runs.broken.add("bad")
    with caplog.at_level(logging.ERROR):
        stage = play([job("bad"), job("good")], 100, runs=runs)
    assert len(stage.runs.began["bad", "billing"]) >= 9
    assert len(stage.runs.began["good", "billing"]) >= 9
    assert "ZeroDivisionError" in caplog.text


def test_a_machine_that_slept_finds_no_flood(caplog: pytest.LogCaptureFixture) -> None:
    """A hundred jobs after an hour of sleep: what was missed is counted, and the next runs are spread as before."""
    jobs = [job("s", f"p{n}") for n in range(100)]
    stage = play(jobs, 3760, script=[(100, lambda _stage: suspend(3600))], limits=Limits(runs=1000, runs_per_path=9))
    assert not caplog.records, "a run that slept is not stuck"
    after = sorted(at for began in stage.runs.began.values() for at in began if at >= 3700)
    busiest = max(sum(1 for at in after if start <= at < start + 1) for start in range(3700, 3755))
    assert busiest <= 50
    missed = sum(count for (_, _, cause), count in stage.recorder.skipped.items() if cause in {"late", "overlap"})
    assert missed == pytest.approx(100 * 360, rel=0.05)
    assert all(any(at >= 3700 for at in began) for began in stage.runs.began.values())


@pytest.mark.parametrize("days", [-1, 1])
def test_setting_the_wall_clock_does_nothing(days: int) -> None:
    """A step of a day either way neither floods nor stalls."""

    def step(stage: Stage) -> None:
        stage.clock.set_by = days * (START - START.replace(day=14))

    stage = play([job("a")], 200, script=[(100, step)])
    assert all(9 <= gap <= 11 for gap in gaps(stage.runs.began["a", "billing"]))


def test_a_reload_keeps_the_timetable_of_what_did_not_change() -> None:
    """The unchanged job goes on as if nothing had been; the new one begins soon, the removed one no more."""
    calm = play([job("kept"), job("removed")], 200)

    def reload(stage: Stage) -> None:
        stage.scheduler.replace(stage.runs, [job("kept"), job("new")])

    stage = play([job("kept"), job("removed")], 200, script=[(97, reload)])
    kept = stage.runs.began["kept", "billing"]
    assert [at for at in kept if at < 105] == [at for at in calm.runs.began["kept", "billing"] if at < 105]
    assert all(9 <= gap <= 11 for gap in gaps(kept))
    assert 97 <= stage.runs.began["new", "billing"][0] <= 99
    assert max(stage.runs.began["removed", "billing"]) <= 97


def test_a_reload_in_the_middle_of_a_run_does_not_overlap_with_it() -> None:
    """The run ends as it began; its new version begins at the next tick, also where it was gone for a while."""
    runs = Runs()
    runs.longer = {("a", "billing"): 8.0}
    newer = job("a", every_s=10)
    stage = play(
        [job("a", every_s=10)],
        60,
        runs=runs,
        script=[
            (4, lambda stage: stage.scheduler.replace(stage.runs, [])),
            (5, lambda stage: stage.scheduler.replace(stage.runs, [newer])),
        ],
    )
    assert stage.runs.versions[0] is not newer.scenario
    assert all(version is newer.scenario for version in stage.runs.versions[1:])
    assert len(stage.runs.versions) >= 5


def test_another_interval_takes_effect_at_once() -> None:
    """From once an hour to once a second, without waiting for the hour to end."""
    stage = play(
        [job("a", every_s=3600)],
        100,
        script=[(50, lambda stage: stage.scheduler.replace(stage.runs, [job("a", every_s=1)]))],
    )
    assert len([at for at in stage.runs.began["a", "billing"] if at > 50]) >= 45


def test_stop_waits_for_what_is_under_way_and_begins_nothing() -> None:
    """Runs are told, and end by themselves."""
    runs = Runs(takes_s=1000)
    stage = play([job("a"), job("b", every_s=60)], 30, runs=runs)
    assert not stage.runs.under_way.total()
    assert sum(len(began) for began in stage.runs.began.values()) == 2


def test_a_thousand_first_runs_are_spread() -> None:
    """At the start no second sees more than a share of them, and the first round is done within half a minute."""
    stage = play([job("s", f"p{n}") for n in range(1000)], 30, limits=Limits(runs=1000))
    firsts = [began[0] for began in stage.runs.began.values()]
    assert len(firsts) == 1000
    assert max(Counter(int(at) for at in firsts).values()) <= 150
    assert stage.scheduler.first_round.is_set()


def test_a_virtual_week_of_forty_paths() -> None:
    """Every interval is kept for a week: the number of runs is what the intervals say, with none late, lost or left behind as a task."""
    jobs = [job("s", f"p{n}", every_s=600) for n in range(40)]
    tasks: list[int] = []
    each_hour = [(3600.0 * hour, lambda _stage: tasks.append(len(asyncio.all_tasks()))) for hour in range(1, 168)]
    stage = play(jobs, 7 * 86400, script=each_hour)
    assert max(tasks) <= min(tasks) + 2
    for began in stage.runs.began.values():
        assert len(began) == pytest.approx(1008, rel=0.02)
        assert all(539 <= gap <= 661 for gap in gaps(began))
    assert not stage.recorder.skipped
    assert max(stage.lags) < 0.001
