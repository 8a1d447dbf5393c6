"""Send one request to the connector on a connection of its own."""

from dataclasses import replace

from probe.model.observation import HttpObservation
from probe.model.scenario import HttpAction
from probe.steps.context import StepContext


async def http(action: HttpAction, context: StepContext) -> HttpObservation:
    """One request, one bounded answer; no redirect is followed."""
    connector = context.path.connector
    if action.without_certificate:
        connector = replace(connector, identity=None)
    return await context.seams.http.observe(
        connector,
        action,
        identity=None if action.without_certificate else context.identity,
        limits=context.limits,
        deadline=context.deadline,
        traceparent=context.traceparent,
        span_id=context.request_span_id,
    )
