"""The observer that writes finished runs down. Where it cannot, they wait in memory and probing goes on; that is counted and said."""

import contextlib
import logging
import pathlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from probe.history.rows import Row, row_of
from probe.history.store import History
from probe.history.trouble import HistoryError
from probe.model.run import Run, RunSkipped, RunStarted, StepRun

_LOG: Final = logging.getLogger("paypath.history")
_A_DAY: Final = timedelta(days=1)
MOST_WAITING: Final = 10_000
"""Runs that wait, some 10 MB of them: a path that is probed every 10 seconds has a day's worth of room."""
_AT_ONCE: Final = 500
"""Runs of those that waited which are written after each run: a few milliseconds."""

Told = Callable[[int, int], None]
"""Told how many runs were lost just now, and how many wait."""


@dataclass(slots=True)
class Backlog:
    """Runs that are not written yet. Whoever takes over from a recorder goes on with it."""

    rows: deque[Row] = field(default_factory=deque)
    """Oldest first."""
    writers: int = 0
    """Recorders that have not finished."""
    failing: bool = False
    lost: int = 0
    """Runs that could not be written since writing last worked."""


class RunRecorder:
    """Records each finished run; never raises."""

    def __init__(
        self,
        history: History | None,
        *,
        told: Told = lambda _lost, _waiting: None,
        most_waiting: int = MOST_WAITING,
        backlog: Backlog | None = None,
    ) -> None:
        """Write to `history`, which the caller closes, after `finish`; None: there is none yet, and all runs wait for who comes after."""
        self._history, self._told, self._most_waiting = history, told, most_waiting
        self._forgot_at: datetime | None = None
        self._backlog = backlog or Backlog()
        self._backlog.writers += 1
        self._rows = self._backlog.rows

    @property
    def lost(self) -> int:
        """Runs that could not be written since writing last worked."""
        return self._backlog.lost

    @property
    def waiting(self) -> int:
        """Runs that are not written yet."""
        return len(self._rows)

    def run_started(self, event: RunStarted) -> None:
        """Nothing: only finished runs are history."""

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Nothing: the run holds its steps."""

    def run_skipped(self, event: RunSkipped) -> None:
        """Nothing: what did not run has no history."""

    def run_finished(self, run: Run) -> None:
        """Write it down, and what waits; once a day forget what is too old."""
        self._rows.append(row_of(run))
        if not self._write(1 if self._backlog.failing else _AT_ONCE):
            return
        if self._forgot_at is None or run.started_at - self._forgot_at >= _A_DAY:
            self._forget(run.started_at)

    def finish(self) -> None:
        """Before the history is closed: write what waits. What cannot be written now is lost, unless another recorder goes on with it."""
        self._backlog.writers -= 1
        while self._rows and self._write(_AT_ONCE):
            pass
        if self._rows and not self._backlog.writers:
            _LOG.warning("%d runs could not be recorded before the end; they are lost", len(self._rows))
            self._lose(len(self._rows))

    def _write(self, most: int) -> bool:
        """The first so many; whether that worked. Says it when it stops to work, and when it works again."""
        now = [self._rows[place] for place in range(min(most, len(self._rows)))]
        try:
            _written(now, self._history)
        except HistoryError as error:
            if not self._backlog.failing:
                _LOG.warning("runs are not recorded, and wait in memory, %d at the most: %s", self._most_waiting, error)
            self._backlog.failing = True
            self._lose(max(0, len(self._rows) - self._most_waiting))
            return False
        for _ in now:
            self._rows.popleft()
        if self._backlog.failing:
            self._backlog.failing = False
            _LOG.warning("runs are recorded again; %d were lost, %d had waited", self.lost, len(now) + len(self._rows))
            self._backlog.lost = 0
        self._told(0, len(self._rows))
        return True

    def _lose(self, count: int) -> None:
        """The oldest go first."""
        for _ in range(count):
            self._rows.popleft()
        self._backlog.lost += count
        self._told(count, len(self._rows))

    def _forget(self, now: datetime) -> None:
        if self._history is None:
            return
        with contextlib.suppress(HistoryError):  # another process holds the file: after the next run, then
            self._history.forget(now=now)
            self._forgot_at = now


def _written(rows: Sequence[Row], history: History | None) -> None:
    if history is None:
        raise HistoryError("there is no history", file=pathlib.Path())
    history.record_rows(rows)
