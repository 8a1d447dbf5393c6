"""Call one method of the Stripe SDK through the connector."""

from probe.billing.marking import mark
from probe.model.observation import StripeObservation
from probe.model.scenario import StripeAction
from probe.steps.context import StepContext


async def stripe(action: StripeAction, context: StepContext) -> StripeObservation:
    """One call on a fresh connection; what it creates is marked as synthetic with the run's id."""
    return await context.seams.stripe.call(
        path=context.path,
        identity=context.identity,
        method=action.method,
        parameters=mark(action.method, action.parameters, context.mark),
        idempotency_key=context.idempotency_key,
        limits=context.limits,
        deadline=context.deadline,
        traceparent=context.traceparent,
        span_id=context.request_span_id,
    )
