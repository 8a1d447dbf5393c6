"""Runs as one line with performance data, for Nagios, Icinga and whatever else runs its plugins.

Monitoring Plugins Development Guidelines: text before the bar, `'label'=value[unit];warn;crit;min;max` after it.
"""

from collections.abc import Sequence
from typing import Final

from probe.model.failure import Failure, Severity
from probe.model.outcome import Failed, Outcome, Passed, Unknown
from probe.model.run import Run
from probe.report.facts import failure_of
from probe.report.words import headline, printable

OK: Final = 0
WARNING: Final = 1
CRITICAL: Final = 2
UNKNOWN: Final = 3

_WORDS: Final = {OK: "OK", WARNING: "WARNING", CRITICAL: "CRITICAL", UNKNOWN: "UNKNOWN"}
_WORST_FIRST: Final = (CRITICAL, UNKNOWN, WARNING, OK)


def render(runs: Sequence[Run], *, not_run: Sequence[str] = (), expiring: Sequence[Failure] = ()) -> tuple[str, int]:
    """The line without its newline, and its status: failed is critical, a pass with a warning for somebody is a warning.

    `not_run` are sentences about what was not begun: never a failure, but nothing that monitoring may not be told. `expiring` are
    certificates for which somebody wants the check to fail.
    """
    states = [(_state(run), run) for run in runs]
    worst = next((state for state in _WORST_FIRST if any(state == one for one, _ in states)), UNKNOWN)
    worst = CRITICAL if expiring else worst
    told = [_told(run) for state, run in states if state == worst and worst != OK]
    told += [named(failure) for failure in expiring]
    if not runs:
        text = "; ".join(["nothing was run", *not_run, *told])
    elif told:
        text = "; ".join([*told, *not_run])
    else:
        text = _all_well(runs, not_run)
    return line(worst, text, _perfdata(runs)), worst


def set_up_wrong(mistakes: Sequence[str]) -> str:
    """The line for a set-up that is wrong: status 3, because nothing was probed."""
    return line(UNKNOWN, "; ".join(mistakes))


def line(state: int, text: str, perfdata: str = "") -> str:
    """`PAYPATH STATE - text | perfdata`; a bar in the text would begin the performance data, so it goes."""
    clean = printable(text).replace("|", "/")
    return f"PAYPATH {_WORDS[state]} - {clean}" + (f" | {perfdata}" if perfdata else "")


def named(failure: Failure) -> str:
    """What is wrong, and in which words it is known."""
    return f"{headline(failure)} ({failure.code} {failure.reason}): {failure.summary}"


def _state(run: Run) -> int:
    if isinstance(run.outcome, Failed):
        return CRITICAL
    if not isinstance(run.outcome, Passed):
        return UNKNOWN
    return WARNING if _waking(run) else OK


def _waking(run: Run) -> list[str]:
    return [f"{w.reason}: {w.summary}" for w in run.warnings if w.severity is not Severity.NONE]


def _told(run: Run) -> str:
    failure = failure_of(run.outcome)
    where = f"{run.scenario} on {run.path}"
    if failure:
        return f"{where}: {named(failure)}"
    return f"{where}: {'; '.join(_waking(run)) or 'skipped'}"


def _all_well(runs: Sequence[Run], not_run: Sequence[str]) -> str:
    passed = ", ".join(f"{run.scenario} on {run.path}" for run in runs)
    count = f"{len(runs)} of {len(runs)} passed"
    return f"{count}, {len(not_run)} not run: {'; '.join([passed, *not_run])}" if not_run else f"{count}: {passed}"


def _perfdata(runs: Sequence[Run]) -> str:
    if not runs:
        return ""
    counts = [("passed", Passed), ("failed", Failed), ("unknown", Unknown)]
    times = [f"'{_label(run)}'={run.duration_s:.3f}s;;;0" for run in runs]
    return " ".join([*times, *(f"'{name}'={_count(runs, kind)};;;0;{len(runs)}" for name, kind in counts)])


def _count(runs: Sequence[Run], kind: type[Outcome]) -> int:
    return sum(isinstance(run.outcome, kind) for run in runs)


def _label(run: Run) -> str:
    """Neither a quote nor an equals sign may stand in a label."""
    return f"{run.scenario}@{run.path}".replace("'", "_").replace("=", "_")
