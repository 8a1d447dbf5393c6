"""A classified cause: what failed, where, whose fault, how sure, and what to do first.

Only `probe.catalogue` constructs a `Failure`: that is what keeps the set of reasons closed.
"""

from dataclasses import dataclass
from enum import StrEnum

from probe.model.certificate import Certificate


class Hop(StrEnum):
    """The network segment of the path on which it happened."""

    PROBE_CONNECTOR = "probe-connector"
    CONNECTOR_STRIPE = "connector-stripe"
    NONE = "none"


class Phase(StrEnum):
    """What was being done, in the order in which it is done."""

    DNS = "dns"
    TCP = "tcp"
    TLS = "tls"
    ACCEPT = "accept"
    """TLS 1.3: the client has finished, the server has not yet judged its certificate."""
    SEND = "send"
    WAIT = "wait"
    RECEIVE = "receive"


class Blame(StrEnum):
    """Who has to act."""

    OURS = "ours"
    CONNECTOR = "connector"
    STRIPE = "stripe"
    NETWORK = "network"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """How we know: proven by our own files or our own verification, or by whose word."""

    PROVEN = "proven"
    PEER_ALERT = "peer_alert"
    PEER_HTTP = "peer_http"
    INFERRED = "inferred"


class Severity(StrEnum):
    """Whom it wakes."""

    PAGE = "page"
    TICKET = "ticket"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeError:
    """Stripe's error object, without its free text."""

    type: str | None = None
    code: str | None = None
    decline_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The raw facts behind a failure, each absent where it was not seen."""

    verify_code: int | None = None
    """OpenSSL X509_V_ERR number of our own verification."""
    alert: int | None = None
    """IANA number of the TLS alert."""
    errno: int | None = None
    http_status: int | None = None
    observed_code: int | None = None
    """The customer-facing code that the connector itself answered (its own `5023`)."""
    stripe: StripeError | None = None
    bytes_received: int = 0
    """Bytes that the peer sent on the connection, TLS records included."""
    detail: str = ""
    """Text of the library or peer, redacted; for people, never for decisions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a step or run failed, or why we could not tell."""

    code: int
    """The number that the billing service shows its customers, such as 5023."""
    title: str
    """The billing service's text for that code. Never shown without the reason."""
    reason: str
    """Stable dotted name from the catalogue, `tls.client_cert.expired`."""
    hop: Hop
    phase: Phase | None
    blame: Blame
    confidence: Confidence
    retryable: bool
    """May succeed without anybody changing anything."""
    severity: Severity
    summary: str
    """One sentence that a tired person understands: which certificate, which file, since when."""
    certificate: Certificate | None = None
    evidence: Evidence
    also: tuple[str, ...] = ()
    """Other reasons that are true at the same time."""
    runbook: str
    """`docs/runbooks/….md#…`, relative to the project."""
    proxy: str | None = None
    """`host:port` of the HTTP proxy, where it happened on the way to it or is its own word; None: beyond it, or there is none."""
