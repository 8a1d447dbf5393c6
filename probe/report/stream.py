"""What `paypath run` writes where nobody looks at a terminal: one line for each run, as it ends."""

import contextlib
from collections.abc import Callable
from typing import TextIO

from probe.model.run import Run, RunSkipped, RunStarted, StepRun


class LineStream:
    """An observer that writes lines. One that cannot be written is left out: the probing goes on."""

    def __init__(
        self, stream: TextIO, *, finished: Callable[[Run], str], skipped: Callable[[RunSkipped], str] | None = None
    ) -> None:
        """`finished` and `skipped` render one event as one line; without `skipped` such events are not written."""
        self._stream = stream
        self._finished = finished
        self._skipped = skipped

    def run_started(self, event: RunStarted) -> None:
        """Nothing: a line tells a whole run."""

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Nothing, likewise."""

    def run_finished(self, run: Run) -> None:
        """Write the run's line."""
        self._write(self._finished(run))

    def run_skipped(self, event: RunSkipped) -> None:
        """Write that a due run was not begun."""
        if self._skipped is not None:
            self._write(self._skipped(event))

    def _write(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # ValueError: the stream was closed
            self._stream.write(f"{line}\n")
            self._stream.flush()
