"""The raw facts of a step: what happened, before anybody judges it.

An observation holds no exception, socket or SDK object: only plain values, so that `probe.classify` stays pure
and each of its rows can be tested without a network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from probe.model.answer import HttpAnswer, StripeErrorFacts
from probe.model.certificate import Certificate
from probe.model.failure import Hop, Phase
from probe.model.identity import IdentityFacts
from probe.model.network import Cause, Ended, Endpoint, PhaseTiming, TcpFacts, Unresolved
from probe.model.tls import NOTHING_SAID, DiagnosticFacts, TlsFacts, VerifyError
from probe.model.watch import WatchedCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeObservation:
    """One pass over a hop: resolve, connect, shake hands, wait for acceptance, ask the health path."""

    endpoint: Endpoint
    started_at: datetime
    phase: Phase
    """The phase in which it ended: the last one where it completed."""
    ended: Ended
    timings: tuple[PhaseTiming, ...] = ()
    causes: tuple[Cause, ...] = ()
    peer_address: str | None = None
    tls: TlsFacts = NOTHING_SAID
    presented: tuple[Certificate, ...] = ()
    """What the peer sent, leaf first, also when verification failed."""
    built: tuple[Certificate, ...] = ()
    """The chain that verification built, as far as it got; ends in our trust anchor on success."""
    completing: tuple[Certificate, ...] = ()
    """Intermediates known here that the peer did not send, by which its chain leads to our trust: signatures checked."""
    identity: IdentityFacts | None = None
    """None where no client certificate is configured."""
    http: HttpAnswer | None = None
    http_path: str | None = None
    """What was asked for after the handshake; None where nothing was."""
    client_hello_sent: bool = False
    bytes_sent: int = 0
    bytes_received: int = 0
    first_bytes: bytes = b""
    """The first bytes that the peer sent, at most 64: tells HTTP and other protocols from TLS."""
    tcp: TcpFacts | None = None
    """Set where a wait ran out on a connection that was made, and the kernel tells."""
    verify_code: int | None = None
    """X509_V_ERR of our own verification where it refused the peer."""
    refused: VerifyError | None = None
    """Which certificate `verify_code` is about, where the number does not tell and OpenSSL could be asked once more."""
    listed: tuple[VerifyError, ...] = ()
    """What our own CRL file says of the built chain, leaf first: revoked (23), no list of its issuer (3), only lists that are out of
    date (12) or not yet valid (11). Empty where there is no such file."""
    security_level: int | None = None
    """OpenSSL's, at which the peer's chain was judged; None where nothing is known of it."""
    unlinked: bool = False
    """Verification had stopped before it looked whether the chain leads to our trust, and it does not."""
    strict_objection: VerifyError | None = None
    """What X509_STRICT has against the chain that was accepted without it."""
    local_error: str | None = None
    """`Ended.NOT_STARTED`: why our TLS context could not be built."""
    request_span_id: str | None = None
    """Span id that went out in `traceparent`; None where no request was sent."""
    trust: str | None = None
    """The CA file that we verified with; None for a directory or the system's trust store."""
    crl: str | None = None
    """The CRL file that we verified with, if any."""
    diagnostics: DiagnosticFacts | None = None
    """None where no second connection was made."""
    proxy: "HandshakeObservation | None" = None
    """The leg to the proxy, up to its answer to our CONNECT (`http`, `http_path`: the target); None where there is no proxy.
    Where it failed, nothing of the connector was reached."""
    addresses: tuple["HandshakeObservation", ...] = ()
    """One for each address of the name, in the resolver's order, where every one was tried; this one is then the first of them
    that did not go well, else the first."""
    unresolved: Unresolved | None = None
    """Set where every address was wanted, and nobody could tell whether there are more."""
    hop: Hop = Hop.PROBE_CONNECTOR
    """Which hop was passed over."""
    tunnel_to: Endpoint | None = None
    """Set where the connector itself is an HTTP proxy: what it was asked to CONNECT to (its answer is `http`)."""
    upstream: "HandshakeObservation | None" = None
    """The second hop: in the connector's tunnel, or straight from here with the connector's own identity. None: not probed, or not
    reached because the tunnel was not made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpObservation:
    """One HTTP request to the connector on a connection of its own."""

    endpoint: Endpoint
    started_at: datetime
    method: str
    path: str
    ended: Ended
    phase: Phase
    timings: tuple[PhaseTiming, ...] = ()
    answer: HttpAnswer | None = None
    causes: tuple[Cause, ...] = ()
    tls: TlsFacts = NOTHING_SAID
    request_span_id: str | None = None
    proxy: HandshakeObservation | None = None
    """The leg to the proxy, as in a handshake."""
    hop: Hop = Hop.PROBE_CONNECTOR
    """Where it ended; `connector-stripe` in the tunnel of a connector that is a proxy, whose leg is `proxy` then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeObservation:
    """One call of the Stripe SDK through the connector."""

    endpoint: Endpoint
    started_at: datetime
    method: str
    """Dotted path, `v1.payment_intents.create`."""
    writes: bool
    http_method: str | None = None
    """`GET`, `POST` or `DELETE`; None where the SDK built no request."""
    http_path: str | None = None
    """Path of the request without its query, `/v1/payment_intents`; None where the SDK built none."""
    ended: Ended
    phase: Phase
    timings: tuple[PhaseTiming, ...] = ()
    http: HttpAnswer | None = None
    """The raw answer where one came, also when it was not JSON."""
    request_id: str | None = None
    response: Mapping[str, object] | None = None
    """The object as plain values; None where the call did not succeed."""
    error: StripeErrorFacts | None = None
    """Stripe's error object where the answer carried one."""
    causes: tuple[Cause, ...] = ()
    """Outermost first: the SDK's exception, then what it was raised from."""
    tls: TlsFacts = NOTHING_SAID
    presented: tuple[Certificate, ...] = ()
    idempotency_key: str | None = None
    replayed: bool = False
    """The answer carried `Idempotent-Replayed: true`."""
    request_span_id: str | None = None
    proxy: HandshakeObservation | None = None
    """The leg to the proxy, as in a handshake."""
    hop: Hop = Hop.PROBE_CONNECTOR
    """Where it ended; `connector-stripe` in the tunnel of a connector that is a proxy, whose leg is `proxy` then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitObservation:
    """A step that only let time pass."""

    started_at: datetime
    waited_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesObservation:
    """What is known of a path's certificates at a moment."""

    started_at: datetime
    path: str
    entries: tuple[WatchedCertificate, ...]
    """Those of this path, in a fixed order; empty where nothing was learnt of any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookObservation(WaitObservation):
    """A step that waited for an event. Where asking Stripe for it went wrong, that call is the observation instead."""

    about: str
    """Id of the object that the event is about."""
    event_id: str | None = None
    """The event that was waited for; None where it did not come."""
    live: str = ""
    """Where a delivery of this path said `livemode: true`: id of the event; empty where none did."""
    pending: int | None = None
    """The event's `pending_webhooks` when last asked for."""
    endpoint_wants_it: bool | None = None
    """Whether an enabled endpoint of Stripe's leads to the path's own URL and wants this event; None where it was not asked."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """Deliveries to this path's listener that were refused meanwhile, by what was wrong with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeryObservation(WaitObservation):
    """A webhook that is not Stripe's was sent to the path's own endpoint."""

    url: str
    answer: HttpAnswer | None = None
    """None where no answer came."""
    causes: tuple[Cause, ...] = ()


OfflineObservation = WaitObservation | CertificatesObservation
"""What was seen without sending anything: there are no phases, no peer and no TLS in it."""


NetworkObservation = HandshakeObservation | HttpObservation | StripeObservation
"""What was seen by asking the other side."""


Observation = NetworkObservation | OfflineObservation
