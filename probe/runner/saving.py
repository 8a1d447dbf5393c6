"""`save`: values of an answer that later steps name as `${saved.…}`."""

import json
from collections.abc import Mapping
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.checks.dotted import lookup
from probe.model.failure import Confidence, Hop, Phase
from probe.model.observation import HttpObservation, Observation, StripeObservation
from probe.model.outcome import Failed, Passed
from probe.model.scenario import StepPlan

GOOD: Final = range(200, 300)
"""Statuses of an answer that says that something was done (RFC 9110 15.3)."""


def save(
    plan: StepPlan, observation: Observation | None, *, into: dict[str, object], catalogue: Catalogue
) -> Passed | Failed:
    """Copy what `plan.save` names. A value that the answer does not have fails the step, naming it; the others are copied all the same."""
    answer = _answer(observation)
    found = {name: lookup(answer, place) for name, place in plan.save.items()}
    into.update({name: value for name, value in found.items() if value is not None})
    lacking = next((name for name, value in found.items() if value is None), None)
    if lacking is None:
        return Passed()
    reason = "charge.unexpected" if isinstance(observation, StripeObservation) else "connector.unexpected_answer"
    return Failed(
        catalogue.failure(
            reason,
            phase=Phase.RECEIVE,
            hop=Hop.PROBE_CONNECTOR if isinstance(observation, HttpObservation) else None,
            confidence=Confidence.PROVEN,
            summary=f"The answer to step {plan.name} has no `{plan.save[lacking]}`, which the scenario saves as {lacking}.",
        )
    )


def save_all_the_same(
    plan: StepPlan, observation: Observation | None, *, into: dict[str, object], catalogue: Catalogue
) -> None:
    """What a step that did not pass has made all the same, as a good answer says (any 2xx): the cleanup needs its id."""
    if _good(observation):
        save(plan, observation, into=into, catalogue=catalogue)


def _good(observation: Observation | None) -> bool:
    match observation:
        case StripeObservation(response=response):
            return response is not None
        case HttpObservation(answer=answer) if answer is not None:
            return answer.status in GOOD
        case _:
            return False


def _answer(observation: Observation | None) -> Mapping[str, object]:
    match observation:
        case StripeObservation(response=response, error=error):
            if response is not None:
                return response
            return {"error": {"payment_intent": {"id": error.payment_intent}}} if error else {}
        case HttpObservation(answer=answer) if answer is not None:
            try:
                value = json.loads(answer.body)
            except (ValueError, RecursionError):
                return {}
            return value if isinstance(value, dict) else {}
        case _:
            return {}
