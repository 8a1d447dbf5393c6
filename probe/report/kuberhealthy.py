"""What a run says to Kuberhealthy, whose report knows good and bad, and no third."""

from collections.abc import Sequence
from typing import Final, TypedDict

from probe.model.failure import Failure
from probe.model.outcome import Failed
from probe.model.run import Run
from probe.redact.leaving import leaving
from probe.report.facts import failure_of
from probe.report.status import HEALTHY, PATH_FAILED, exit_status

_MOST_CHARACTERS: Final = 500
"""Of one sentence: Kuberhealthy makes a label of it."""


class KuberhealthyReport(TypedDict):
    """The body. Kuberhealthy refuses good news with errors, and bad news without."""

    OK: bool
    Errors: list[str]


def kuberhealthy_report(runs: Sequence[Run], expiring: Sequence[Failure] = ()) -> KuberhealthyReport | None:
    """None where nothing is known: bad news would say that the path is down, and good news that it is not."""
    failed = [run for run in runs if isinstance(run.outcome, Failed)]
    errors = [f"{run.scenario} on {run.path}: {_sentence(failure_of(run.outcome))}" for run in failed]
    errors += [_sentence(failure) for failure in expiring]
    if errors:
        return {"OK": False, "Errors": [leaving(error)[:_MOST_CHARACTERS] for error in errors]}
    status = exit_status(runs)
    assert status != PATH_FAILED  # noqa: S101 - a failed run has an error
    return {"OK": True, "Errors": []} if status == HEALTHY else None


def _sentence(failure: Failure | None) -> str:
    return "failed" if failure is None else f"{failure.reason}: {failure.summary}"
