"""Lines for those who read `paypath run` in a pipe."""

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


def test_a_reader_that_goes_away_does_not_stop_the_probing() -> None:
    """The stream falls silent; nothing is raised."""

    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    stream = LineStream(Gone(), finished=run_line)
    stream.run_finished(runs.passed())
    stream.run_finished(runs.passed())
    assert stream.gone
