"""Which scenario runs on which path, and from here."""

from probe.model.path import PaymentPath
from probe.model.scenario import (
    HandshakeAction,
    HttpAction,
    Scenario,
    StepPlan,
    StripeAction,
    WebhookAction,
    WebhookProof,
    asks_health_path,
    names_canary,
)
from probe.steps.needs import missing


def runs_here(scenario: Scenario, location: str) -> bool:
    """Whether the scenario is to run from this location."""
    return scenario.locations is None or location in scenario.locations


def meant_for(scenario: Scenario, path: PaymentPath) -> bool:
    """Whether the scenario itself allows the path; what it needs of one is another question."""
    return scenario.paths is None or path.name in scenario.paths


def fits(scenario: Scenario, path: PaymentPath, *, listening: bool) -> bool:
    """Whether the path has what the scenario needs: Stripe access, a health path, a canary, or a client certificate to leave away.

    `listening`: webhooks can be delivered to this process.
    """
    actions = [step.action for step in _steps(scenario)]
    if path.stripe is None and any(isinstance(action, StripeAction | WebhookAction) for action in actions):
        return False
    if path.connector.health_path is None and any(asks_health_path(action) for action in actions):
        return False
    if path.connector.api is None and any(isinstance(a, HttpAction) and names_canary(a) for a in actions):
        return False
    if any(missing(action, path, listening=listening) is not None for action in actions):
        return False
    identity = path.connector.identity
    shows_one = identity is not None and identity.private_key is not None
    return shows_one or not any(
        isinstance(action, HandshakeAction | HttpAction) and action.without_certificate for action in actions
    )


def waits_for_delivery(scenario: Scenario) -> bool:
    """Whether a step of it waits for a webhook that is delivered to this process."""
    actions = [step.action for step in _steps(scenario)]
    return any(isinstance(action, WebhookAction) and action.proof is WebhookProof.DELIVERY for action in actions)


def _steps(scenario: Scenario) -> tuple[StepPlan, ...]:
    return (*scenario.steps, *scenario.cleanup)
