"""Shake hands with the connector, wait for its judgement, and ask its health path."""

from probe.model.observation import HandshakeObservation
from probe.model.scenario import HandshakeAction
from probe.steps.context import StepContext


async def handshake(action: HandshakeAction, context: StepContext) -> HandshakeObservation:
    """One verified pass on a fresh connection; see `probe.transport.handshake`.

    Without our certificate `/` is asked for where there is no health path: nginx says only in an HTTP answer that it refuses.
    """
    bare = action.without_certificate
    return await context.seams.handshakes.observe(
        context.path.connector,
        identity=None if bare else context.identity,
        http_path=context.path.connector.health_path or ("/" if bare else None),
        limits=context.limits,
        deadline=context.deadline,
        traceparent=context.traceparent,
        span_id=context.request_span_id,
    )
