"""Keeps running scenarios until told to stop: no overlap of a scenario with itself, jitter for every run.

One loop looks at one heap of due times; each run is a task. The clock is the monotonic one, so that setting the wall clock does nothing. A machine that
slept, or a process that was stopped, finds all its jobs overdue: they go on where their timetable would have them, instead of all at once.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from probe.model.clock import Clock
from probe.model.path import PaymentPath
from probe.model.run import Observer, Run, RunSkipped
from probe.model.scenario import Scenario
from probe.schedule.job import Entry, Job, Key, Limits
from probe.schedule.places import Place, Places
from probe.schedule.timetable import Timetable
from probe.schedule.watchdog import Watchdog

_LOG: Final = logging.getLogger("paypath.schedule")

JITTER: Final = 0.1
"""Each interval varies by up to this share either way, so that replicas and scenarios do not march in step."""
_FIRST_WITHIN_S: Final = 2.0
"""First runs are spread over this long, so that a first answer is there soon."""
_FIRST_PER_S: Final = 50.0
"""With many jobs they are spread further: so many begin in a second."""
_LATE: Final = 0.5
"""A run that could not begin within this share of its interval is missed: the next one is nearer."""
_LEAST_LATE_S: Final = 1.0
"""However short the interval, a run that is less late than this still begins."""
STUCK_AFTER_S: Final = 60.0
"""Past its deadline. Steps are cut at the deadline and cleanup has ten seconds: who is still not back will not come back soon."""


class Runs(Protocol):
    """What the scheduler drives; `probe.runner.runner.Runner` is the real one."""

    def obstacle(self, scenario: Scenario, path: PaymentPath) -> tuple[str, str] | None:
        """Why the scenario cannot even begin; None where it can."""

    async def run(self, scenario: Scenario, path: PaymentPath, *, stop: asyncio.Event) -> Run:
        """Run once; cut short, with cleanup, when `stop` is set."""


class Scheduler:
    """Begins each job when it is due and a place is free; a slow or stuck run does not hold up another."""

    def __init__(
        self,
        runs: Runs,
        jobs: Iterable[Job],
        *,
        clock: Clock,
        randomness: random.Random,
        limits: Limits | None = None,
        observers: Sequence[Observer] = (),
        on_lag: Callable[[float], None] = lambda _lag_s: None,
    ) -> None:
        """`on_lag` is told, for each run, how many seconds after its time it began."""
        self._clock, self._randomness = clock, randomness
        self._observers = tuple(observers)
        self._on_lag = on_lag
        self._places = Places(limits or Limits())
        self._table = Timetable()
        self._under_way: dict[Key, Entry] = {}
        self._waiting: dict[str, list[Entry]] = {}
        """By path: what was due while all places of the path were taken."""
        self._not_begun: set[Key] = set()
        self._wake = asyncio.Event()
        self.first_round = asyncio.Event()
        """Set when every job has run, or was skipped, once."""
        self.replace(runs, jobs)

    def replace(self, runs: Runs, jobs: Iterable[Job], *, limits: Limits | None = None) -> None:
        """Drive these jobs, by `runs`, from now on, within other `limits` where they are given. One that was there before, with the same interval, keeps its place on the timetable.

        What is under way ends as it began, and never overlaps with its own new version.
        """
        self._runs, self._places.limits = runs, limits or self._places.limits
        jobs = list(jobs)
        self._first_within_s = max(_FIRST_WITHIN_S, len(jobs) / _FIRST_PER_S)
        known = {**self._under_way, **self._table.entries}
        entries = [self._entry(job, known.get(job.key)) for job in jobs]
        self._waiting.clear()
        self._table.fill(entries, without=self._under_way)
        self._not_begun = {entry.job.key for entry in entries if not entry.begun_once}
        self._tell_first_round()
        self._wake.set()

    async def keep_running(self, stop: asyncio.Event) -> None:
        """Run every job on its interval until `stop`; return when the last run and its cleanup have ended."""
        async with asyncio.TaskGroup() as group:
            stopping = group.create_task(self._wake_at(stop))
            while not stop.is_set():
                self._wake.clear()
                self._begin_due(group, stop)
                await self._until_due()
            stopping.cancel()

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _until_due(self) -> None:
        """Wait until something is due that may begin, or until something has changed."""
        due_s = None if self._places.full else self._table.next_due_s
        if due_s is None:
            await self._wake.wait()
            return
        left_s = due_s - self._clock.monotonic()
        if left_s <= 0 or self._wake.is_set():
            await asyncio.sleep(0)  # runs that are under way come first
            return
        async with asyncio.TaskGroup() as group:
            asleep = group.create_task(self._clock.sleep(left_s))
            woken = group.create_task(self._wake.wait())
            await asyncio.wait({asleep, woken}, return_when=asyncio.FIRST_COMPLETED)
            asleep.cancel()
            woken.cancel()

    def _begin_due(self, group: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        now_s = self._clock.monotonic()
        while not self._places.full and (entry := self._table.take_due(now_s)) is not None:
            late_s, path = now_s - entry.due_s, entry.job.path.name
            if late_s > max(_LEAST_LATE_S, _LATE * entry.job.every_s):
                self._miss(entry, now_s)
            elif not self._places.free(path):
                self._waiting.setdefault(path, []).append(entry)
            elif (obstacle := self._runs.obstacle(entry.job.scenario, entry.job.path)) is not None:
                self._skipped(entry, obstacle[0])
                self._again(entry)
            else:
                self._on_lag(late_s)
                self._under_way[entry.job.key] = entry
                group.create_task(self._once(entry, self._runs, self._places.take(path), stop))

    def _miss(self, entry: Entry, now_s: float) -> None:
        """The machine slept, or no place came free in time: go on where the timetable would be now."""
        while entry.due_s <= now_s:
            self._skipped(entry, "late")
            entry.due_s += entry.job.every_s
        self._table.put(entry)

    async def _once(self, entry: Entry, runs: Runs, place: Place, stop: asyncio.Event) -> None:
        job = entry.job
        watchdog = Watchdog(job.scenario.deadline_s + STUCK_AFTER_S, lambda: self._stuck(job, place))
        try:
            await runs.run(job.scenario, job.path, stop=stop)
        except Exception:  # noqa: BLE001 - a bug in one run must not end the others
            _LOG.exception("a run of %s on %s broke off, and is not counted; this is a bug", *job.key)
        finally:
            watchdog.cancel()
            del self._under_way[job.key]
            self._free(job.path.name, place)
        self._again(entry)

    def _stuck(self, job: Job, place: Place) -> None:
        """Its place goes to others; it keeps missing its own ticks until it is back."""
        longest_s = job.scenario.deadline_s + STUCK_AFTER_S
        what = "a run of %s on %s is not back after %g s, although it should have been cut at %g s; this is a bug, or a disk that does not answer"
        _LOG.warning(what, *job.key, longest_s, job.scenario.deadline_s)
        self._free(job.path.name, place)

    def _free(self, path: str, place: Place) -> None:
        """Let those begin that waited for the place."""
        was_full = self._places.full
        place.give_back()
        waiting = self._waiting.pop(path, ())
        for entry in waiting:
            self._table.put(entry)
        if was_full or waiting:
            self._wake.set()

    def _again(self, entry: Entry) -> None:
        """Put it back on the timetable. Ticks that passed while it ran are counted, not piled up."""
        every_s = entry.job.every_s
        entry.due_s += every_s * (1 + JITTER * (2 * self._randomness.random() - 1))
        now_s = self._clock.monotonic()
        while entry.due_s < now_s:
            self._skipped(entry, "overlap")
            entry.due_s += every_s
        self._begun(entry)
        if self._table.holds(entry) and self._table.put(entry):
            self._wake.set()

    def _entry(self, job: Job, known: Entry | None) -> Entry:
        if known is None:
            return Entry(job=job, due_s=self._soon(job))
        if known.job.every_s != job.every_s:
            known.due_s = self._soon(job)
        known.job = job
        return known

    def _soon(self, job: Job) -> float:
        return self._clock.monotonic() + self._randomness.random() * min(self._first_within_s, job.every_s)

    def _skipped(self, entry: Entry, cause: str) -> None:
        event = RunSkipped(scenario=entry.job.scenario.name, path=entry.job.path.name, cause=cause)
        for observer in self._observers:
            observer.run_skipped(event)
        self._begun(entry)

    def _begun(self, entry: Entry) -> None:
        if not entry.begun_once:
            entry.begun_once = True
            self._not_begun.discard(entry.job.key)
            self._tell_first_round()

    def _tell_first_round(self) -> None:
        if not self._not_begun:
            self.first_round.set()
