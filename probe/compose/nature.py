"""What kind of transaction a scenario is: good or bad, and whether it may be made again without making anything new."""

from enum import StrEnum
from typing import Final

from probe.billing.methods import writes
from probe.model.scenario import HandshakeAction, HttpAction, Scenario, StepPlan, StripeAction

_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
"""RFC 9110 9.2.1."""


class Nature(StrEnum):
    """Derived from the steps; nobody has to declare it."""

    KNOWN_BAD = "known bad"
    """Something in it must be refused: passing means that it was."""
    REPEATABLE = "known good, repeatable"
    """It only looks: any number of times, from any number of places."""
    NOT_REPEATABLE = "known good, not repeatable"
    """Each run makes something new, which the same run takes back."""


def nature(scenario: Scenario) -> Nature:
    """The nature of a scenario. One that makes something on its way to a refusal is bad all the same."""
    if any(_must_be_refused(step) for step in scenario.steps):
        return Nature.KNOWN_BAD
    makes = any(_makes(step) for step in (*scenario.steps, *scenario.cleanup))
    return Nature.NOT_REPEATABLE if makes else Nature.REPEATABLE


def _must_be_refused(step: StepPlan) -> bool:
    match step.action:
        case HandshakeAction(without_certificate=True) | HttpAction(without_certificate=True):
            return True
        case StripeAction():
            return "error" in step.expect and step.same_key_as is None
        case _:
            return False


def _makes(step: StepPlan) -> bool:
    match step.action:
        case StripeAction(method=method):
            return writes(method)
        case HttpAction(method=method):
            return method not in _SAFE_METHODS
        case _:
            return False
