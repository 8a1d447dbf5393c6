"""The observer that writes finished runs down. Probing goes on when it cannot; the loss is counted and said."""

import logging
from typing import Final

from probe.history.store import History, HistoryError
from probe.model.run import Run, RunSkipped, RunStarted, StepRun

_LOG: Final = logging.getLogger("paypath.history")


class RunRecorder:
    """Records each finished run; never raises."""

    def __init__(self, history: History) -> None:
        """Write to `history`, which the caller closes."""
        self._history = history
        self.lost = 0
        """Runs that could not be written."""

    def run_started(self, event: RunStarted) -> None:
        """Nothing: only finished runs are history."""

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Nothing: the run holds its steps."""

    def run_finished(self, run: Run) -> None:
        """Write it down; say the first loss of a row of losses, and when writing works again."""
        try:
            self._history.record(run)
        except HistoryError as error:
            if self.lost == 0:
                _LOG.warning("runs are not recorded: %s", error)
            self.lost += 1
            return
        if self.lost:
            _LOG.warning("runs are recorded again; %d were lost", self.lost)
            self.lost = 0

    def run_skipped(self, event: RunSkipped) -> None:
        """Nothing: what did not run has no history."""
