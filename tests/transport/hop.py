"""Observe a server on loopback the way a run does."""

import time
from dataclasses import dataclass, replace

from probe.certificates.identity import read_identity
from probe.model.clock import SystemClock
from probe.model.failure import Phase
from probe.model.identity import LoadedIdentity
from probe.model.network import Ended, Endpoint
from probe.model.observation import HandshakeObservation
from probe.model.path import Connector, Identity, PhaseLimits
from probe.tls.contexts import ContextCache
from probe.transport.dial import Dialer, NetworkDialer
from probe.transport.handshake import HandshakeProbe
from tests.servers.material import Material

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Hop:
    """A probe, the material whose root it trusts, and what it observes."""

    material: Material

    def __post_init__(self) -> None:
        """Share contexts as one process does."""
        self.contexts = ContextCache()

    def connector(self, port: int, **changes: object) -> Connector:
        """A connector on loopback that our root has signed for."""
        endpoint = Endpoint(host="127.0.0.1", port=port, server_name="localhost")
        connector = Connector(url=f"https://127.0.0.1:{port}", endpoint=endpoint, trust=self.material.trust)
        return replace(connector, **changes)  # type: ignore[arg-type]  # the caller's keywords

    def identity(self, client: str | None) -> LoadedIdentity | None:
        """One of the material's clients, read from its files."""
        if client is None:
            return None
        pair = self.material.clients[client]
        return read_identity(Identity(name=client, certificate=pair.certificate, private_key=pair.private_key))

    async def observe(
        self,
        port: int,
        client: str | LoadedIdentity | None = "good",
        *,
        http_path: str | None = "/healthz",
        limits: PhaseLimits | None = None,
        dialer: Dialer | None = None,
        within_s: float = 60.0,
        **changes: object,
    ) -> HandshakeObservation:
        """One pass, with limits that no slow machine reaches unless the test sets them."""
        probe = HandshakeProbe(dialer=dialer or NetworkDialer(), contexts=self.contexts, clock=SystemClock())
        return await probe.observe(
            self.connector(port, **changes),
            identity=client if isinstance(client, LoadedIdentity) else self.identity(client),
            http_path=http_path,
            limits=limits or PhaseLimits(default_s=30.0),
            deadline=time.monotonic() + within_s,
            traceparent=TRACEPARENT,
            span_id="b7ad6b7169203331",
        )


def end(observation: HandshakeObservation) -> tuple[Phase, Ended]:
    """Where and how it ended."""
    return observation.phase, observation.ended


def peer_alerts(observation: HandshakeObservation) -> list[int]:
    """Numbers of the peer's fatal alerts."""
    return [alert.number for alert in observation.tls.alerts if alert.fatal and alert.sender == "peer"]


def seen_kinds(observation: HandshakeObservation) -> list[str]:
    """The exceptions' kinds, outermost first."""
    return [cause.kind for cause in observation.causes]
