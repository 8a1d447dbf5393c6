"""What a step must not send, seen once its templates are filled in."""

import dataclasses

from probe.catalogue.catalogue import Catalogue
from probe.checks.tenant import misdirected
from probe.classify import prober
from probe.documents.masking import holds_live_key, quoted
from probe.model.failure import Confidence, Failure
from probe.model.outcome import Failed, Unknown
from probe.model.path import ConnectorKind, PaymentPath
from probe.model.scenario import Action, HttpAction, StepPlan
from probe.runner.sent import texts_of, unsafe
from probe.runner.writing import writes


def withheld(
    plan: StepPlan, action: Action, *, path: PaymentPath, saved: object, catalogue: Catalogue
) -> Failed | Unknown | None:
    """Why `action`, which the plan's came to with what was `saved`, is not sent; None where it may be."""
    what = None
    if action != plan.action:
        if any(map(holds_live_key, texts_of(action))):
            return Failed(_live_key(plan.name, catalogue))
        what = unsafe(action, saved)
    if what is None and isinstance(action, HttpAction) and may_change(plan, action, path):
        what = _for_somebody_else(action, path)
    return None if what is None else Unknown(prober.unsafe(plan.name, what, catalogue))


def may_change(plan: StepPlan, action: HttpAction, path: PaymentPath) -> bool:
    """Whether the request may change something at the connector."""
    return writes(dataclasses.replace(plan, action=action), path)


def _for_somebody_else(action: HttpAction, path: PaymentPath) -> str | None:
    """Why a request to the company's own API, that may change something, is not for its canary tenant alone; None where it is."""
    connector = path.connector
    if connector.kind is not ConnectorKind.API:
        return None
    if connector.api is None:
        return "what may change something at an API without a `canary`"
    wrong = misdirected(action, connector.api)
    if wrong is None:
        return None
    if wrong.leads_away:
        return f"what may lead past the canary tenant by {quoted(wrong.where)} in its path"
    if wrong.other is None:
        return f"what does not name the canary tenant at `{wrong.where}`"
    return f"what names another tenant than the canary at {quoted(wrong.where)}"


def _live_key(step: str, catalogue: Catalogue) -> Failure:
    return catalogue.failure(
        "charge.live_mode",
        phase=None,
        confidence=Confidence.PROVEN,
        summary=(
            f"Step {step} would have sent a live-mode Stripe key, put together from what was saved: nothing was "
            "sent. Whoever gave it to us answers in live mode."
        ),
    )
