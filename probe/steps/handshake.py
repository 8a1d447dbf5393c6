"""Shake hands with the connector, wait for its judgement, and ask its health path."""

from probe.model.observation import HandshakeObservation
from probe.model.scenario import HandshakeAction
from probe.steps.context import StepContext


async def handshake(action: HandshakeAction, context: StepContext) -> HandshakeObservation:
    """One verified pass on a fresh connection; see `probe.transport.handshake`."""
    del action  # what it says concerns the judgement, not the handshake
    return await context.seams.handshakes.observe(
        context.path.connector,
        identity=context.identity,
        http_path=context.path.connector.health_path,
        limits=context.limits,
        deadline=context.deadline,
        traceparent=context.traceparent,
        span_id=context.request_span_id,
    )
