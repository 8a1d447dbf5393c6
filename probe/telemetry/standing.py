"""How every scenario stands on every path now: what the gauges show. Absent stays absent until something is known."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from probe.history.last import LastKnown
from probe.model.clock import Clock
from probe.model.failure import Failure
from probe.model.outcome import Failed, Skipped
from probe.model.run import Run
from probe.telemetry.names import WINDOWS_S
from probe.verdict.sliding import SlidingRatio
from probe.verdict.window import tells_up

Pair = tuple[str, str]
"""Scenario and path."""
_UP: Final = {"passed": True, "failed": False}
"""By the recorded outcome; any other one could not tell."""


def _ratios() -> dict[str, SlidingRatio]:
    return {window: SlidingRatio(seconds) for window, seconds in WINDOWS_S.items()}


@dataclass(slots=True)
class Standing:
    """What the last runs of one scenario on one path left behind; None where nothing is known."""

    up: bool | None = None
    failure: Failure | None = None
    consecutive_failures: int | None = None
    failed_before: int = 0
    """Runs in a row that failed in a process before this one; they count once a run of this one has failed, too."""
    last_run_s: float | None = None
    last_success_s: float | None = None
    ratios: dict[str, SlidingRatio] = field(default_factory=_ratios)

    def learn(self, run: Run, monotonic_s: float) -> None:
        """Take over a finished run. One that could not tell changes only `last_run_s`, `up` and what is failing now."""
        ended_s = (run.started_at + timedelta(seconds=run.duration_s)).timestamp()
        self.last_run_s = ended_s
        self.up = tells_up(run.outcome)
        self.failure = run.outcome.failure if isinstance(run.outcome, Failed) else None
        if self.up is None:
            return
        before = self.failed_before if self.consecutive_failures is None else self.consecutive_failures
        self.consecutive_failures = 0 if self.up else before + 1
        if self.up:
            self.last_success_s = ended_s
        for ratio in self.ratios.values():
            ratio.add(monotonic_s, up=self.up)


def remembered(known: LastKnown, failure: Failure | None, *, now: datetime, monotonic_s: float) -> Standing:
    """The standing that runs of other processes have left behind; `failure` is what the last of them failed with."""
    standing = Standing()
    if known.last is None:
        return standing
    standing.last_run_s = known.last.ended_at.timestamp()
    standing.up = _UP.get(known.last.outcome)
    standing.failure = failure if standing.up is False else None
    if known.passed is not None:
        standing.last_success_s = known.passed.ended_at.timestamp()
    if known.passed is not None or known.failed_since:
        standing.consecutive_failures = known.failed_since
    for run in sorted(known.recent, key=lambda run: run.ended_at):
        if (up := _UP.get(run.outcome)) is not None:
            for ratio in standing.ratios.values():
                ratio.add(monotonic_s - (now - run.ended_at).total_seconds(), up=up)
    return standing


class Standings:
    """The standing of every configured pair. Not safe to use from two threads at once."""

    def __init__(self, clock: Clock) -> None:
        """No pair is known."""
        self._clock = clock
        self._of: dict[Pair, Standing] = {}

    def configure(self, pairs: Iterable[Pair]) -> None:
        """Keep what is known of these pairs, and forget the others: a pair that is no longer run is not failing."""
        self._of = {pair: self._of.get(pair) or Standing() for pair in pairs}

    def learn(self, run: Run) -> None:
        """Take over a finished run; a skipped one says nothing."""
        if not isinstance(run.outcome, Skipped):
            self._of.setdefault((run.scenario, run.path), Standing()).learn(run, self._clock.monotonic())

    def carry_on(self, pair: Pair, failed_before: int) -> None:
        """Count on from there, where nothing has been learnt of the pair yet."""
        self._of.setdefault(pair, Standing()).failed_before = failed_before

    def remember(self, pair: Pair, known: LastKnown, failure: Failure | None) -> None:
        """Take over how a pair stands from the history, in the place of what was learnt here."""
        self._of[pair] = remembered(known, failure, now=self._clock.now(), monotonic_s=self._clock.monotonic())

    def items(self) -> list[tuple[Pair, Standing]]:
        """Every pair with its standing."""
        return list(self._of.items())

    def ratios(self) -> list[tuple[Pair, str, float]]:
        """The success ratio of every pair and window in which something is known, as of now."""
        now_s = self._clock.monotonic()
        return [
            (pair, window, value)
            for pair, standing in self._of.items()
            for window, ratio in standing.ratios.items()
            if (value := ratio.ratio(now_s)) is not None
        ]
