"""Shake hands with the connector, wait for its judgement, and ask its health path."""

from dataclasses import replace

from probe.model.observation import HandshakeObservation
from probe.model.path import ConnectorKind
from probe.model.scenario import HandshakeAction
from probe.steps.context import StepContext


async def handshake(action: HandshakeAction, context: StepContext) -> HandshakeObservation:
    """One verified pass on a fresh connection; see `probe.transport.handshake`.

    Without our certificate `/` is asked for where there is no health path: nginx says only in an HTTP answer that it refuses.
    """
    connector, bare = context.path.connector, action.without_certificate
    tunnels = connector.kind is ConnectorKind.PROXY
    if bare:  # what stands behind it has nothing to do with that
        connector = replace(connector, identity=None, upstream=connector.upstream if tunnels else None)
    return await context.seams.handshakes.observe(
        connector,
        identity=None if bare else context.identity,
        http_path=connector.health_path or ("/" if bare and not tunnels else None),
        limits=context.limits,
        deadline=context.deadline,
        traceparent=context.traceparent,
        span_id=context.request_span_id,
    )
