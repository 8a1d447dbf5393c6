"""Look at what is known of the path's certificates. Sends nothing: what the other side presents, handshakes have shown."""

from probe.model.observation import CertificatesObservation
from probe.steps.context import StepContext


async def certificates(context: StepContext) -> CertificatesObservation:
    """All of them, as they are known now, this run's own handshakes included."""
    return CertificatesObservation(
        started_at=context.seams.clock.now(), path=context.path.name, entries=context.certificates()
    )
