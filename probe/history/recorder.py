"""The observer that writes finished runs down. Probing goes on when it cannot; the loss is counted and said."""

import contextlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from probe.history.store import History, HistoryError
from probe.model.run import Run, RunSkipped, RunStarted, StepRun

_LOG: Final = logging.getLogger("paypath.history")
_A_DAY: Final = timedelta(days=1)


class RunRecorder:
    """Records each finished run; never raises."""

    def __init__(self, history: History, *, on_loss: Callable[[], None] = lambda: None) -> None:
        """Write to `history`, which the caller closes; `on_loss` is called for each run that could not be written."""
        self._history = history
        self._on_loss = on_loss
        self._forgot_at: datetime | None = None
        self.lost = 0
        """Runs that could not be written."""

    def run_started(self, event: RunStarted) -> None:
        """Nothing: only finished runs are history."""

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Nothing: the run holds its steps."""

    def run_finished(self, run: Run) -> None:
        """Write it down, and once a day forget what is too old; say the first loss of a row of losses, and when writing works again."""
        try:
            self._history.record(run)
        except HistoryError as error:
            if self.lost == 0:
                _LOG.warning("runs are not recorded: %s", error)
            self.lost += 1
            self._on_loss()
            return
        if self.lost:
            _LOG.warning("runs are recorded again; %d were lost", self.lost)
            self.lost = 0
        if self._forgot_at is None or run.started_at - self._forgot_at >= _A_DAY:
            self._forget(run.started_at)

    def _forget(self, now: datetime) -> None:
        with contextlib.suppress(HistoryError):  # another process holds the file: after the next run, then
            self._history.forget(now=now)
            self._forgot_at = now

    def run_skipped(self, event: RunSkipped) -> None:
        """Nothing: what did not run has no history."""
