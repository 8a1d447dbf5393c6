"""How loud a run may be: never louder than its scenario says."""

import dataclasses
from typing import Final

from probe.model.failure import Failure, Severity
from probe.model.outcome import Failed, Outcome, Unknown

_ORDER: Final = (Severity.NONE, Severity.TICKET, Severity.PAGE)
_ALWAYS: Final = frozenset({"charge.live_mode"})
"""Real money is in play: no scenario can keep that quiet."""


def at_most(outcome: Outcome, severity: Severity) -> Outcome:
    """The outcome, its failure's severity lowered to what the scenario allows; a milder reason stays as mild as it is."""
    match outcome:
        case Failed(failure):
            return Failed(_lowered(failure, severity))
        case Unknown(failure):
            return Unknown(_lowered(failure, severity))
        case _:
            return outcome


def _lowered(failure: Failure, severity: Severity) -> Failure:
    if failure.reason in _ALWAYS or _ORDER.index(failure.severity) <= _ORDER.index(severity):
        return failure
    return dataclasses.replace(failure, severity=severity)
