"""A run for a tired person: the verdict first, then who has to act and what to do, then the facts."""

from collections.abc import Callable, Sequence

from probe.model.failure import Failure
from probe.model.outcome import Passed, Skipped
from probe.model.run import Run
from probe.report import blocks, way
from probe.report.facts import attempts, failure_of, phases, told_again, told_by
from probe.report.filling import filled
from probe.report.paint import DEFAULT_WIDTH, Paint, flowing, paragraph
from probe.report.words import first_steps, printable, took

FirstSteps = Callable[[str], Sequence[str]]
"""Gives the catalogue's first steps for a reason."""


def render_run(run: Run, *, color: bool, steps: FirstSteps = first_steps, width: int = DEFAULT_WIDTH) -> str:
    """One screen for a failure, one or two lines for a pass; ends without a newline."""
    paint = Paint(color)
    if isinstance(run.outcome, Passed):
        return "\n".join([_passed(run, paint), *blocks.warnings(run, paint, width=width)])
    if isinstance(run.outcome, Skipped):
        return blocks.verdict(run, paint)
    failure = failure_of(run.outcome)
    parts = [
        [
            blocks.verdict(run, paint, width=width),
            *map(paint.dim, flowing(blocks.where_and_when(run).split(" · "), gap=" · ", width=width)),
        ],
        *(explanation(run, failure, paint, steps=steps, width=width) if failure else []),
        way.hop_lines(run, paint, width=width),
        way.step_lines(run, paint),
        blocks.warnings(run, paint, width=width),
        [paint.dim(f"trace {run.run_id}")],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def render_again(run: Run, *, color: bool) -> str:
    """A run that failed for a cause that has just been explained: what is its own, without saying it all again."""
    paint = Paint(color)
    parts = [
        [blocks.verdict(run, paint), paint.dim(blocks.where_and_when(run)), "  the same cause as above"],
        way.step_lines(run, paint),
        [paint.dim(f"trace {run.run_id}")],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def explanation(run: Run, failure: Failure, paint: Paint, *, steps: FirstSteps, width: int) -> list[list[str]]:
    """What is wrong in a sentence, its particulars, and what to do first."""
    return [
        [paint.strong(line) for line in paragraph(printable(failure.summary), width=width)],
        blocks.particulars(failure, run.started_at, width=width),
        blocks.first_steps(failure, filled(steps(failure.reason), run, failure), paint, width=width),
    ]


def _passed(run: Run, paint: Paint) -> str:
    spent = phases(told_by(run).first_hop)
    timing = ", ".join(f"{phase.value} {took(seconds)}" for phase, seconds in spent.items())
    again = f" · {told_again(run)}" if attempts(run) > 1 else ""
    detail = f" ({timing})" if timing else ""
    return f"{blocks.verdict(run, paint)} · {took(run.duration_s)}{again}{paint.dim(detail)}"
