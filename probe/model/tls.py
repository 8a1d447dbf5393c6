"""What was said in a TLS handshake, and what verification and a second look found of the chain that the peer sent."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from probe.model.certificate import Certificate
from probe.model.network import Cause, Ended
from probe.model.staple import Staple


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


NOTHING_SAID: Final = TlsFacts()
"""Where no handshake was begun, or nothing is known of one."""


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
