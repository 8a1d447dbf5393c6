"""Lines for those who read `paypath run` in a pipe."""

import errno
import io

from probe.model.run import RunSkipped
from probe.report.line import run_line, skipped_line
from probe.report.stream import LineStream
from tests.report import runs


def test_one_line_for_each_run_at_once() -> None:
    """Written and flushed when the run ends; skipped ones too where asked for."""
    written = io.StringIO()
    stream = LineStream(written, finished=run_line, skipped=skipped_line)
    stream.run_finished(runs.passed())
    stream.run_skipped(RunSkipped(scenario="a", path="b", cause="overlap"))
    assert written.getvalue() == f"{run_line(runs.passed())}\nscenario=a path=b outcome=skipped cause=overlap\n"


def test_a_line_that_cannot_be_written_does_not_stop_the_probing() -> None:
    """Nothing is raised, and the next line is written where that is possible again."""

    class Full(io.StringIO):
        full = True

        def write(self, text: str) -> int:
            if self.full:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(text)

    written = Full()
    stream = LineStream(written, finished=run_line)
    stream.run_finished(runs.passed())
    written.full = False
    stream.run_finished(runs.passed())
    assert written.getvalue() == f"{run_line(runs.passed())}\n"
