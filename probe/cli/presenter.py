"""Prints the runs of `check` and `diagnose` in the format that was asked for, and gives their status."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from probe.cli.face import Face
from probe.model.failure import Failure
from probe.model.outcome import word
from probe.model.run import Run, RunSkipped, RunStarted, StepRun
from probe.report import junit, nagios
from probe.report.facts import failure_of
from probe.report.json import dump, run_to_dict
from probe.report.status import COULD_NOT_TELL, HEALTHY, PATH_FAILED, exit_status
from probe.report.text import render_again
from probe.report.words import CAUSES

RenderRun = Callable[[Run], str]
"""One run as text for people."""


class Presenter:
    """An observer: text and json appear as each run ends, so that nobody waits for the last one; junit and nagios at
    the end, because they are one document."""  # noqa: D205, D209 - one thought

    def __init__(self, face: Face, text: RenderRun) -> None:
        """`text` renders a run for people."""
        self._face = face
        self._text = text
        self._shown: dict[str, Run] = {}
        self._causes: set[tuple[object, ...]] = set()
        self._trouble: OSError | None = None

    def run_started(self, event: RunStarted) -> None:
        """Nothing to show yet."""

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Nothing to show yet."""

    def run_finished(self, run: Run) -> None:
        """Show it, where the format allows to. What goes wrong in writing is raised by `finish`, not here."""
        try:
            self._show(run)
        except OSError as error:
            self._trouble = error

    def run_skipped(self, event: RunSkipped) -> None:
        """Told by `finish`."""

    def finish(
        self,
        runs: Sequence[Run],
        skipped: Sequence[RunSkipped] = (),
        *,
        stopped: bool = False,
        expiring: Sequence[Failure] = (),
    ) -> int:
        """Show what has not been shown, and the documents; gives the exit status. Stopped by a signal is never healthy.

        `expiring` are certificates for which the command is to fail although the runs passed.
        """
        if self._trouble is not None:
            raise self._trouble
        for run in runs:
            if run.run_id not in self._shown:
                self._show(run)
        not_run = [
            f"{event.scenario} on {event.path} was not run: {CAUSES.get(event.cause, event.cause)}" for event in skipped
        ]
        for sentence in not_run:
            self._face.complain(f"paypath: {sentence}")
        if stopped:
            self._face.complain("paypath: interrupted; perhaps not everything was run")
        for failure in expiring:
            self._face.complain(f"paypath: {failure.reason}: {failure.summary}")
        if self._face.format == "nagios":
            return self._plugin(runs, not_run, expiring, stopped=stopped)
        if self._face.format == "junit":
            self._face.out(junit.render(runs, skipped=skipped, expiring=expiring))
        elif self._face.format == "text":
            self._sum_up(runs, len(not_run))
        status = PATH_FAILED if expiring else exit_status(runs)
        return COULD_NOT_TELL if stopped and status == HEALTHY else status

    def _plugin(
        self, runs: Sequence[Run], not_run: Sequence[str], expiring: Sequence[Failure], *, stopped: bool
    ) -> int:
        line, status = nagios.render(runs, not_run=not_run, expiring=expiring)
        if stopped and status != nagios.CRITICAL:
            line, status = nagios.line(nagios.UNKNOWN, "interrupted; perhaps not everything was run"), nagios.UNKNOWN
        self._face.out(line)
        return status

    def _show(self, run: Run) -> None:
        first = not self._shown
        self._shown[run.run_id] = run
        if self._face.format == "json":
            self._face.out(dump(run_to_dict(run)))
        elif self._face.format == "text":
            text = self._told(run)
            self._face.out(text if first or "\n" not in text else f"\n{text}")

    def _told(self, run: Run) -> str:
        """In full, or in brief where the same cause has been told for the same path: one screen, not one each."""
        failure = failure_of(run.outcome)
        if failure is None:
            return self._text(run)
        cause = (run.path, failure.reason, failure.certificate and failure.certificate.sha256, failure.evidence.detail)
        if cause in self._causes:
            return render_again(run, color=self._face.color)
        self._causes.add(cause)
        return self._text(run)

    def _sum_up(self, runs: Sequence[Run], not_run: int) -> None:
        if not runs:
            self._face.complain("paypath: nothing was run")
        elif len(runs) + not_run > 1:
            self._face.say(f"\n{Tally(runs)}" + (f", {not_run} not run" if not_run else ""))


class Tally:
    """An observer that counts outcomes; as text `3 runs: 2 passed, 1 failed`."""

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        """Begin with `runs`."""
        self._counts = Counter(word(run.outcome) for run in runs)

    def run_started(self, event: RunStarted) -> None:
        """Not counted: it has no outcome yet."""

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Not counted: runs are."""

    def run_finished(self, run: Run) -> None:
        """Count it."""
        self._counts[word(run.outcome)] += 1

    def run_skipped(self, event: RunSkipped) -> None:
        """Not counted: it was no run."""

    def __str__(self) -> str:
        """How many runs, and what became of them."""
        order = ("passed", "failed", "unknown", "skipped")
        told = ", ".join(f"{self._counts[name]} {name}" for name in order if self._counts[name])
        total = self._counts.total()
        return f"{total} run{'' if total == 1 else 's'}" + (f": {told}" if told else "")
