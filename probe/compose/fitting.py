"""Which scenario runs on which path, and from here."""

from probe.model.path import PaymentPath
from probe.model.scenario import Scenario, StripeAction


def runs_here(scenario: Scenario, location: str) -> bool:
    """Whether the scenario is to run from this location."""
    return scenario.locations is None or location in scenario.locations


def meant_for(scenario: Scenario, path: PaymentPath) -> bool:
    """Whether the scenario itself allows the path; what it needs of one is another question."""
    return scenario.paths is None or path.name in scenario.paths


def fits(scenario: Scenario, path: PaymentPath) -> bool:
    """Whether the path has what the scenario needs."""
    return path.stripe is not None or not _calls_stripe(scenario)


def _calls_stripe(scenario: Scenario) -> bool:
    return any(isinstance(step.action, StripeAction) for step in (*scenario.steps, *scenario.cleanup))
