"""Send the path's own endpoint for webhooks something that Stripe has not signed."""

from probe.billing.forging import forged
from probe.model.observation import ForgeryObservation
from probe.model.scenario import ForgeryAction
from probe.steps.context import StepContext


async def forgery(action: ForgeryAction, context: StepContext) -> ForgeryObservation:
    """One request, one answer; what it means is judged elsewhere."""
    clock, endpoint = context.seams.clock, context.path.webhook
    if endpoint is None:
        raise AssertionError("a step that needs `paths.NAME.webhook` is not begun without it")
    started_at, began = clock.now(), clock.monotonic()
    body, headers = forged(
        action.forgery, secret=endpoint.secret, run_id=context.mark.run_id, at=int(started_at.timestamp())
    )
    within_s = max(0.0, min(context.limits.default_s, context.deadline - began))
    sent = await context.seams.webhooks.post(endpoint, body=body, headers=headers, within_s=within_s)
    return ForgeryObservation(
        started_at=started_at,
        waited_s=clock.monotonic() - began,
        url=endpoint.url,
        answer=sent.answer,
        causes=sent.causes,
    )
