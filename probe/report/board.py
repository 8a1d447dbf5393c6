"""What the last runs say, kept in memory for those who look: the status page, the API, the terminal.

An observer. Everything happens on the event loop; nothing blocks, and what is kept is bounded however long it runs.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from probe.billing.methods import writes
from probe.model.clock import Clock
from probe.model.failure import Failure
from probe.model.outcome import Failed, Passed, Skipped, Unknown
from probe.model.path import ConnectorKind, PaymentPath
from probe.model.run import Run, RunSkipped, RunStarted, StepRun
from probe.model.scenario import SAFE_METHODS, HttpAction, Scenario, StripeAction
from probe.report.facts import failure_of
from probe.report.words import headline
from probe.verdict.window import Sample, Verdict, judge, success_ratio

STRIP: Final = 60
"""Runs of a history strip: an hour of a scenario that runs each minute."""
_RECENT_RUNS: Final = 200
_EVENTS: Final = 300
_WINDOW: Final = timedelta(hours=1)


class EventKind(StrEnum):
    """What happened; the words of `paypath.incident/1` where it has one."""

    FAILED = "first_failure"
    CHANGED = "named"
    """It goes on failing, for another reason than before."""
    UNKNOWN = "unknown"
    RECOVERED = "recovered"
    ROTATION = "rotation"
    RELOAD = "reload"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of what happened lately."""

    number: int
    """Grows by one with each event of this process."""
    at: datetime
    kind: EventKind
    headline: str
    """A few words."""
    text: str
    """The whole sentence."""
    path: str | None = None
    scenario: str | None = None
    code: int | None = None
    reason: str | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """One run of a history strip."""

    run_id: str
    sample: Sample
    duration_s: float
    failure: Failure | None


@dataclass(slots=True, kw_only=True)
class Line:
    """One scenario on one path."""

    scenario: Scenario
    path: PaymentPath
    last: Run | None = None
    strip: deque[Tick] = field(default_factory=lambda: deque(maxlen=STRIP))
    failing_since: datetime | None = None
    charges: bool = False
    """Whether it moves money, in test mode: it is then the one that tells whether money can flow."""
    running: bool = False
    not_begun: str | None = None
    """Why the last due run was not begun; None once one was."""

    def verdict(self, now: datetime) -> Verdict:
        """Of the window, or of the last run where the scenario runs more seldom than that."""
        window = max(_WINDOW, timedelta(seconds=2.5 * self.scenario.every_s))
        return judge([tick.sample for tick in self.strip], now=now, window=window)

    def ratio(self, now: datetime) -> float | None:
        """Passed runs among those that could tell, of the strip and of the window."""
        return success_ratio((tick.sample for tick in self.strip), now=now, window=_WINDOW)

    @property
    def failure(self) -> Failure | None:
        """Why the last run did not pass."""
        return failure_of(self.last.outcome) if self.last is not None else None


def _charges(scenario: Scenario, path: PaymentPath) -> bool:
    own_api = path.connector.kind is ConnectorKind.API
    return any(
        (isinstance(step.action, StripeAction) and writes(step.action.method))
        or (isinstance(step.action, HttpAction) and own_api and step.action.method.upper() not in SAFE_METHODS)
        for step in scenario.steps
    )


class Board:
    """Every scenario on every path as it stands, and the latest events."""

    def __init__(self, clock: Clock) -> None:
        """Nothing is known; `configure` says what is to be shown."""
        self._clock = clock
        self._lines: dict[tuple[str, str], Line] = {}
        self._events: deque[Event] = deque(maxlen=_EVENTS)
        self._runs: deque[Run] = deque(maxlen=_RECENT_RUNS)
        self._listeners: list[Callable[[Event | None], None]] = []
        self._number = 0

    def configure(self, pairs: Iterable[tuple[Scenario, PaymentPath]]) -> None:
        """These are run now; what is known of one that was there before stays."""
        before, self._lines = self._lines, {}
        for scenario, path in pairs:
            key = scenario.name, path.name
            line = before.get(key) or Line(scenario=scenario, path=path)
            line.scenario, line.path, line.charges = scenario, path, _charges(scenario, path)
            self._lines[key] = line

    @property
    def lines(self) -> tuple[Line, ...]:
        """All of them, in the order of the configuration."""
        return tuple(self._lines.values())

    def runs(self) -> tuple[Run, ...]:
        """The latest runs of all scenarios, the newest first."""
        return tuple(reversed(self._runs))

    def events(self, after: int = 0) -> tuple[Event, ...]:
        """Those that came after the one with this number, the oldest first."""
        return tuple(event for event in self._events if event.number > after)

    @property
    def latest(self) -> int:
        """Number of the last event; 0 where there was none."""
        return self._number

    def listen(self, listener: Callable[[Event | None], None]) -> Callable[[], None]:
        """Be told of each event, and (None) of each finished run; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def note(self, kind: EventKind, text: str) -> None:
        """Something that no run says: a rotation, a reload."""
        self._happened(kind, text)

    def run_started(self, event: RunStarted) -> None:
        """It is under way."""
        line = self._lines.get((event.scenario, event.path))
        if line is not None:
            line.running = True

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Nothing: the run holds its steps."""

    def run_finished(self, run: Run) -> None:
        """Take it over, and tell whoever listens."""
        line = self._lines.get((run.scenario, run.path))
        if line is not None:
            self._tell_change(line, run)
            line.last, line.running, line.not_begun = run, False, None
            sample = Sample(run.started_at + timedelta(seconds=run.duration_s), run.outcome)
            line.strip.append(Tick(run.run_id, sample, run.duration_s, failure_of(run.outcome)))
        self._runs.append(run)
        self._tell(None)

    def run_skipped(self, event: RunSkipped) -> None:
        """Say why it was not begun."""
        line = self._lines.get((event.scenario, event.path))
        if line is not None:
            line.not_begun = event.cause

    def _tell_change(self, line: Line, run: Run) -> None:
        """Say what is another than at the last run; the same reason once more is no news."""
        before, failure = line.failure, failure_of(run.outcome)
        if before is not None and failure is not None and before.reason == failure.reason:
            return
        match run.outcome:
            case Passed():
                line.failing_since = None
                if before is not None:
                    self._happened(EventKind.RECOVERED, f"passes again, after: {headline(before)}", run)
            case Failed(failure=found):
                kind = EventKind.FAILED if line.failing_since is None else EventKind.CHANGED
                line.failing_since = line.failing_since or run.started_at
                self._happened(kind, f"{found.code} {headline(found)}", run, found)
            case Unknown(failure=found):
                self._happened(EventKind.UNKNOWN, f"{found.code} {headline(found)}", run, found)
            case Skipped():
                pass

    def _happened(self, kind: EventKind, words: str, run: Run | None = None, failure: Failure | None = None) -> None:
        self._number += 1
        event = Event(
            number=self._number,
            at=self._clock.now(),
            kind=kind,
            headline=words,
            text=f"{words}: {failure.summary}" if failure is not None else words,
            path=run.path if run else None,
            scenario=run.scenario if run else None,
            code=failure.code if failure else None,
            reason=failure.reason if failure else None,
            run_id=run.run_id if run else None,
        )
        self._events.append(event)
        self._tell(event)

    def _tell(self, event: Event | None) -> None:
        for listener in tuple(self._listeners):
            listener(event)
