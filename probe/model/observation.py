"""The raw facts of a step: what happened, before anybody judges it.

An observation holds no exception, socket or SDK object: only plain values, so that `probe.classify` stays pure
and each of its rows can be tested without a network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from probe.model.certificate import Certificate
from probe.model.failure import Hop, Phase
from probe.model.staple import Staple
from probe.model.watch import WatchedCertificate


class Ended(StrEnum):
    """How a network action ended."""

    COMPLETED = "completed"
    TIMED_OUT = "timed_out"
    """A limit passed while we waited for the other side."""
    EOF = "eof"
    """The peer closed its side before it was due."""
    RESET = "reset"
    """ECONNRESET or EPIPE."""
    ERROR = "error"
    """Anything else; `causes` says what."""
    NOT_STARTED = "not_started"
    """Nothing was sent: our own set-up (a TLS context that cannot be built) stood in the way."""


_ICMP: Final = {
    (3, 0): "no route to that network",
    (3, 1): "no route to that host, or it does not answer",
    (3, 2): "no such protocol there",
    (3, 3): "that port is closed, as firewalls put it",
    (3, 9): "its rules forbid that network",
    (3, 10): "its rules forbid that host",
    (3, 13): "its rules forbid it",
}
"""Type and code (RFC 792, RFC 1812 5.2.7.1)."""
_ICMP6: Final = {
    (1, 0): "no route there",
    (1, 1): "its rules forbid it",
    (1, 3): "no route to that host, or it does not answer",
    (1, 4): "that port is closed, as firewalls put it",
    (1, 5): "its rules forbid our address",
    (1, 6): "its routes reject it",
}
"""The same of ICMPv6 (RFC 4443 3.1)."""
_FORBIDS: Final = frozenset({(3, 9), (3, 10), (3, 13)})
_FORBIDS6: Final = frozenset({(1, 1), (1, 5)})


@dataclass(frozen=True, slots=True, kw_only=True)
class IcmpWord:
    """A message on the way that refused a connection."""

    by: str
    """The address that it came from: mostly a router's or a firewall's."""
    kind: int
    """ICMP type."""
    code: int
    v6: bool = False
    """ICMPv6, whose numbers mean other things."""
    ours: bool = False
    """It came from this machine itself: nobody in its own network answers for the address."""

    @property
    def forbids(self) -> bool:
        """A rule of somebody's, not a lack of a way."""
        return (self.kind, self.code) in (_FORBIDS6 if self.v6 else _FORBIDS)

    @property
    def means(self) -> str:
        """For people."""
        return (_ICMP6 if self.v6 else _ICMP).get((self.kind, self.code), "not reachable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One exception of a chain, outermost first, as plain values."""

    kind: str
    """Class name without module: `SSLCertVerificationError`."""
    text: str
    """Redacted; for people, never for decisions."""
    errno: int | None = None
    verify_code: int | None = None
    ssl_reason: str | None = None
    """OpenSSL's reason name, `TLSV1_ALERT_UNKNOWN_CA`."""
    icmp: IcmpWord | None = None
    """Who on the way said that it cannot be, where somebody did."""
    dns_code: int | None = None
    """c-ares status (aiodns): 1 NODATA, 3 SERVFAIL, 4 NXDOMAIN, 6 REFUSED, 11 unreachable, 12 timeout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseTiming:
    """When a phase ran, relative to the start of the observation. Seconds."""

    phase: Phase
    offset_s: float
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpFacts:
    """What the kernel knew of a connection when a wait on it had run out."""

    acknowledged: int
    """Bytes of ours that the other side's TCP has acknowledged."""
    unacknowledged: int
    """Bytes of ours that were sent and not acknowledged."""
    tries_in_vain: int
    """How often in a row the oldest of them were sent again without an answer."""
    acknowledged_beyond: bool = False
    """Later bytes of ours were acknowledged, earlier ones not (SACK)."""
    largest_segment: int = 0
    """Bytes that we put into one packet."""
    received: int = 0
    """Bytes of theirs that came in order."""
    gap: bool = False
    """Packets came, and the first one of all did not: nothing could be read of them."""


class AlertFrom(StrEnum):
    """Who sent a TLS alert."""

    PEER = "peer"
    US = "us"


@dataclass(frozen=True, slots=True)
class Alert:
    """A TLS alert by its IANA number (RFC 8446 6)."""

    sender: AlertFrom
    number: int
    name: str
    """IANA name, `certificate_expired`; `alert_N` where IANA has none."""
    fatal: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """What was negotiated and said in a handshake, as far as it went."""

    version: str | None = None
    """`TLSv1.2` or `TLSv1.3`."""
    cipher: str | None = None
    group: str | None = None
    """Key exchange group by its IANA name, `x25519`."""
    alpn: str | None = None
    resumed: bool = False
    established: bool = False
    """Our side finished the handshake. Under TLS 1.3 the peer has not yet judged our certificate then."""
    client_certificate_requested: bool | None = None
    """None where the handshake ended before a CertificateRequest could have been seen."""
    client_certificate_sent: bool = False
    client_certificate_answered: bool = False
    """Our answer to the request went out, with a certificate or empty: before it the peer cannot have missed one."""
    acceptable_cas: tuple[str, ...] = ()
    """RFC 4514 names from the CertificateRequest."""
    session_ticket: bool = False
    alerts: tuple[Alert, ...] = ()


class FileFault(StrEnum):
    """What is wrong with a file of ours; each value is the tail of a reason (`tls.client_cert.…`, `tls.client_key.…`)."""

    CERTIFICATE_MISSING = "client_cert.file_missing"
    CERTIFICATE_UNREADABLE = "client_cert.file_unreadable"
    CERTIFICATE_MALFORMED = "client_cert.file_malformed"
    CERTIFICATE_WEAK_KEY = "client_cert.weak_key"
    CERTIFICATE_WEAK_SIGNATURE = "client_cert.weak_signature"
    KEY_MISSING = "client_key.file_missing"
    KEY_UNREADABLE = "client_key.file_unreadable"
    KEY_MALFORMED = "client_key.malformed"
    KEY_MISMATCH = "client_key.mismatch"
    KEY_ENCRYPTED = "client_key.encrypted"
    KEY_BAD_PASSWORD = "client_key.bad_password"  # noqa: S105 - a reason, not a password


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFacts:
    """Our own identity files, as read for this run."""

    name: str
    certificate_path: str
    key_path: str | None
    certificates: tuple[Certificate, ...] = ()
    """Every certificate of the file, in the file's order (the leaf first where the file is right)."""
    fault: FileFault | None = None
    """Why the identity cannot be used at all; None where it loads."""
    fault_path: str | None = None
    fault_detail: str = ""
    fits: int | None = None
    """The place in the file, from 1, of the certificate that the key fits, where that is not the first: a file in the wrong order."""
    further_faults: tuple[FileFault, ...] = ()
    """What else is wrong with the two files; each of it would keep the identity from being used as well."""
    half_rotated: str | None = None
    """Certificate and key are of two issues, and this is what shows which of them is the newer one; a sentence's end, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """One HTTP response, bounded."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Lower-case names; the values of one that came more than once are joined by a comma (RFC 9110 5.3)."""
    repeated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The values one by one of those that came more than once: a comma may as well stand within one."""
    body: str = ""
    """At most 64 KiB, decoded with replacement."""
    live: bool = False
    """The whole answer, also what is not kept of it, says `livemode: true` somewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a hop leads."""

    host: str
    """A name, an IP address, or the absolute path of a unix socket."""
    port: int
    """0 for a unix socket."""
    server_name: str
    """Sent as SNI (where it is a name) and verified: without the last dot of a name that is written whole (RFC 6066 3)."""

    def __post_init__(self) -> None:
        """`connector.internal.` is looked up as it stands, and called `connector.internal` in TLS and by its certificate."""
        object.__setattr__(self, "server_name", self.server_name.removesuffix("."))

    @property
    def local(self) -> bool:
        """A unix socket of this machine."""
        return self.host.startswith("/")

    def __str__(self) -> str:
        """`host:port`, with brackets around an IPv6 address; of a unix socket its path."""
        if self.local:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """Addresses of one family that could not be looked up, where every address of a name was wanted and the other family's were found."""

    endpoint: Endpoint
    """Whose name was looked up."""
    record: str
    """`A` or `AAAA`."""
    ended: Ended
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyError:
    """One objection of a verification that goes on after each."""

    code: int
    """X509_V_ERR number."""
    depth: int
    """0 for the peer's own certificate, 1 for its issuer, and so on up."""
    certificate: Certificate | None = None
    text: str = ""
    """OpenSSL's words, where they are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtIssuer:
    """One address at which an issuer was sought that the peer did not send (`caIssuers`, RFC 5280 4.2.2.1)."""

    url: str
    below: str
    """RFC 4514 subject of the certificate that names the address."""
    certificate: Certificate | None = None
    """What was found there; its signature on the certificate below was checked."""
    problem: str = ""
    """Why nothing was found; empty where something was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticFacts:
    """What a second connection saw, made without client certificate and application data. It never changes the verdict."""

    address: str
    started_at: datetime
    duration_s: float
    ended: Ended
    """A peer that requires a client certificate ends it with an alert; what it had said before is here all the same."""
    causes: tuple[Cause, ...] = ()
    engine: str = ""
    """The OpenSSL that looked; it need not be the one that verifies for the verdict."""
    tls_version: str | None = None
    presented: tuple[Certificate, ...] = ()
    """Leaf first; empty where it did not come so far. Another leaf than before means another server behind the address."""
    verify_errors: tuple[VerifyError, ...] = ()
    """All of them, leaf first; empty where nothing is wrong."""
    must_staple: bool = False
    """The leaf demands a staple (RFC 7633)."""
    staple: Staple | None = None
    """The OCSP response that came with the chain; None where none came although we asked."""
    acceptable_cas: tuple[str, ...] = ()
    """RFC 4514 names whose client certificates the peer says it accepts."""
    issuers: tuple[SoughtIssuer, ...] = ()
    """Where missing issuers were sought; empty where none was missing, or no address is named."""
    completed_by_issuers: bool = False
    """With those that were found, the chain leads to our trust: they exist, and the peer does not send them."""


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
    tls: TlsFacts = TlsFacts()
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
    tls: TlsFacts = TlsFacts()
    request_span_id: str | None = None
    proxy: HandshakeObservation | None = None
    """The leg to the proxy, as in a handshake."""
    hop: Hop = Hop.PROBE_CONNECTOR
    """Where it ended; `connector-stripe` in the tunnel of a connector that is a proxy, whose leg is `proxy` then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeErrorFacts:
    """Stripe's error object with the parts that checks and cleanup need."""

    type: str | None = None
    code: str | None = None
    decline_code: str | None = None
    message: str = ""
    """Redacted."""
    param: str | None = None
    payment_intent: str | None = None
    """Id of the intent that the error is about: a declined create still made one."""
    livemode: bool | None = None
    """`livemode` of that intent, where present."""
    about: Mapping[str, object] | None = None
    """The payment intent or setup intent that came along in the error, redacted."""


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
    tls: TlsFacts = TlsFacts()
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
