"""Proof of test mode in the answers of the company's own billing API: a place in them that the configuration names."""

import json
from collections.abc import Iterator
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.checks.comparing import shown
from probe.checks.dotted import MISSING, find
from probe.model.answer import HttpAnswer
from probe.model.failure import Confidence, Evidence, Failure, Phase
from probe.model.path import OwnApi
from probe.model.scenario import SAFE_METHODS, HttpAction, StepPlan

PROOF_STEP: Final = "test-mode"
"""Name of the step that asks for the proof before anything is written."""
_GOOD: Final = range(200, 300)


def check_test_mode(plan: StepPlan, answer: HttpAnswer, api: OwnApi, catalogue: Catalogue) -> Failure | None:
    """Why the answer does not prove test mode; None where it does, or has nothing to prove.

    What stands at a place of the proof must be what stands there in test mode, in every answer. That it stands there at all is wanted of
    each good answer to a request that writes, and to the question for the proof: an error has made nothing.
    """
    must = answer.status in _GOOD and (plan.name == PROOF_STEP or _writes(plan))
    wrong = list(_contradictions(answer, api, must=must))
    if not wrong:
        return None
    return catalogue.failure(
        "charge.live_mode",
        phase=Phase.RECEIVE,
        confidence=Confidence.PEER_HTTP,
        summary=f"Step {plan.name}: {'; '.join(wrong)}: the answer does not prove test mode, where alone a probe may write.",
        evidence=Evidence(http_status=answer.status),
    )


def _writes(plan: StepPlan) -> bool:
    return isinstance(plan.action, HttpAction) and plan.action.method.upper() not in SAFE_METHODS


def _contradictions(answer: HttpAnswer, api: OwnApi, *, must: bool) -> Iterator[str]:
    body = _json(answer)
    for place, wanted in api.proof.items():
        found = find(body, place)
        if found is MISSING and not must:
            continue
        if type(found) is not type(wanted) or found != wanted:
            yield f"`{place}` is {shown(found)}, in test mode it is {shown(wanted)}"


def _json(answer: HttpAnswer) -> object:
    """The body as JSON; an empty map where it is none."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
