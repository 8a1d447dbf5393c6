"""The exit status of commands that print runs: 0 healthy, 1 the path failed, 3 could not tell; of a sweep 0 or 3."""

from collections.abc import Iterable
from typing import Final

from probe.model.outcome import Failed, Passed, Unknown
from probe.model.run import Run
from probe.model.sweep import Sweep

HEALTHY: Final = 0
PATH_FAILED: Final = 1
SETUP_WRONG: Final = 2
COULD_NOT_TELL: Final = 3


def exit_status(told: Iterable[Run]) -> int:
    """Failed beats unknown beats passed; nothing that ran, or nothing but skipped, is 3."""
    kinds = {type(each.outcome) for each in told}
    if Failed in kinds:
        return PATH_FAILED
    if Unknown in kinds:
        return COULD_NOT_TELL
    return HEALTHY if Passed in kinds else COULD_NOT_TELL


def sweep_status(told: Iterable[Sweep]) -> int:
    """0 where every account is clean, or a dry run told what is there; else 3: it is not known to be. A sweep says nothing about the path."""
    outcomes = [each.outcome for each in told]
    return HEALTHY if outcomes and all(isinstance(outcome, Passed) for outcome in outcomes) else COULD_NOT_TELL
