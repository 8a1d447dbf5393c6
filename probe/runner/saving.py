"""`save`: values of an answer that later steps name as `${saved.…}`."""

import json
from collections.abc import Mapping

from probe.catalogue.catalogue import Catalogue
from probe.checks.dotted import lookup
from probe.model.failure import Confidence, Hop, Phase
from probe.model.observation import HttpObservation, Observation, StripeObservation
from probe.model.outcome import Failed, Passed
from probe.model.scenario import StepPlan


def save(
    plan: StepPlan, observation: Observation | None, *, into: dict[str, object], catalogue: Catalogue
) -> Passed | Failed:
    """Copy what `plan.save` names. A value that the answer does not have fails the step, naming it."""
    answer = _answer(observation)
    for name, place in plan.save.items():
        value = lookup(answer, place)
        if value is None:
            reason = (
                "charge.unexpected" if isinstance(observation, StripeObservation) else "connector.unexpected_answer"
            )
            return Failed(
                catalogue.failure(
                    reason,
                    phase=Phase.RECEIVE,
                    hop=Hop.PROBE_CONNECTOR if isinstance(observation, HttpObservation) else None,
                    confidence=Confidence.PROVEN,
                    summary=f"The answer to step {plan.name} has no `{place}`, which the scenario saves as {name}.",
                )
            )
        into[name] = value
    return Passed()


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
