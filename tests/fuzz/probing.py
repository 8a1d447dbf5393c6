"""The probe against a hostile peer, as a run would use it."""

import pathlib
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from probe.billing.stripe import SdkCaller
from probe.model.clock import SystemClock
from probe.model.failure import Phase
from probe.model.identity import IdentityFacts, LoadedIdentity
from probe.model.network import Endpoint
from probe.model.observation import HandshakeObservation, HttpObservation, StripeObservation
from probe.model.path import Connector, PaymentPath, PhaseLimits, StripeAccess
from probe.model.scenario import HttpAction
from probe.model.secret import Secret
from probe.tls.contexts import ContextCache
from probe.transport.dial import NetworkDialer
from probe.transport.handshake import HandshakeProbe
from probe.transport.http import HttpProbe
from tests.fuzz.material import made

PATIENT: Final = PhaseLimits(default_s=30.0)
"""No slow machine reaches it."""
SHORT_S: Final = 0.5
HASTY: Final = PhaseLimits(default_s=30.0, by_phase=dict.fromkeys(("tls", "accept", "wait", "receive"), SHORT_S))
"""A slow machine may reach it in a phase before the one that is meant."""
_MOST_BYTES: Final = 32 << 20


def hasty(phase: Phase) -> PhaseLimits:
    """Impatient in one phase alone."""
    return PhaseLimits(default_s=30.0, by_phase={phase: SHORT_S})


@dataclass
class Probing:
    """Everything that speaks to a connector, with a good client certificate."""

    directory: pathlib.Path
    contexts: ContextCache = field(default_factory=ContextCache)
    clock: SystemClock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        """Write down whom to trust."""
        self.trust = self.directory / "ca.pem"
        self.trust.write_bytes(made().root.certificate_pem)
        client = made().client
        facts = IdentityFacts(name="billing", certificate_path="tls.crt", key_path="tls.key")
        self.identity = LoadedIdentity(facts=facts, certificate_pem=client.certificate_pem, key_pem=client.key_pem)

    def connector(self, port: int) -> Connector:
        """On loopback."""
        endpoint = Endpoint(host="127.0.0.1", port=port, server_name="localhost")
        return Connector(url=f"https://127.0.0.1:{port}", endpoint=endpoint, trust=self.trust)

    async def handshake(
        self, port: int, limits: PhaseLimits = PATIENT, *, within_s: float = 60.0
    ) -> HandshakeObservation:
        """A handshake and one question."""
        probe = HandshakeProbe(dialer=NetworkDialer(), contexts=self.contexts, clock=self.clock)
        return await probe.observe(
            self.connector(port),
            identity=self.identity,
            http_path="/healthz",
            limits=limits,
            deadline=self.clock.monotonic() + within_s,
        )

    async def http(self, port: int, limits: PhaseLimits = PATIENT) -> HttpObservation:
        """One request."""
        probe = HttpProbe(dialer=NetworkDialer(), contexts=self.contexts, clock=self.clock)
        return await probe.observe(
            self.connector(port),
            HttpAction(method="GET", path="/status"),
            identity=self.identity,
            limits=limits,
            deadline=self.clock.monotonic() + 60.0,
        )

    async def stripe(self, port: int, limits: PhaseLimits = PATIENT) -> StripeObservation:
        """One call of the real SDK."""
        path = PaymentPath(
            name="billing",
            connector=self.connector(port),
            stripe=StripeAccess(api_key=Secret("sk_test_hush0123456789")),
        )
        return await SdkCaller(contexts=self.contexts, clock=self.clock).call(
            path=path,
            identity=self.identity,
            method="v1.payment_intents.create",
            parameters={"amount": 100, "currency": "usd"},
            idempotency_key="paypath-1",
            limits=limits,
            deadline=self.clock.monotonic() + 60.0,
            traceparent=None,
            span_id=None,
        )


@contextmanager
def bounded_memory() -> Iterator[None]:
    """What Python allocates inside stays below 32 MiB at every moment, whatever the peer sends."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < _MOST_BYTES
