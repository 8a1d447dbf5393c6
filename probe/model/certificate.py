"""A certificate as facts: what people and reports need, never key material."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CertificateRole(StrEnum):
    """What the certificate is for: the CA flag decides first, then the extended key usage."""

    CLIENT = "client"
    SERVER = "server"
    INTERMEDIATE = "intermediate"
    ROOT = "root"
    CA_BUNDLE = "ca_bundle"
    """A CA read from a trust bundle, where nothing more is known about its use."""
    CRL = "crl"
    """A revocation list: its end is its nextUpdate."""
    OCSP = "ocsp"
    """A stapled OCSP answer: its end is its nextUpdate."""


class SourceKind(StrEnum):
    """Where a certificate was seen."""

    FILE = "file"
    WIRE = "wire"
    SECRET = "secret"  # noqa: S105 - a Kubernetes Secret as a place, not a password


@dataclass(frozen=True, slots=True)
class Source:
    """One place where a certificate was seen."""

    kind: SourceKind
    location: str
    """A path for `file` and `secret`, `host:port` for `wire`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One X.509 certificate, parsed."""

    role: CertificateRole
    subject: str
    """RFC 4514."""
    issuer: str
    """RFC 4514."""
    serial: str
    """Lower-case hex without prefix or separators."""
    not_before: datetime
    not_after: datetime
    sha256: str
    """Fingerprint of the DER, lower-case hex."""
    san: tuple[str, ...] = ()
    """DNS names, IP addresses and URIs, as text."""
    dns_names: tuple[str, ...] | None = ()
    """Those of `san` that are DNS names, also where such a one looks like an address; None where the extension cannot be read."""
    addresses: tuple[str, ...] = ()
    """Those of `san` that are IP addresses."""
    source: Source
    extended_key_usage: tuple[str, ...] = ()
    """Dotted OIDs; empty where the extension is absent (then any usage is allowed, RFC 5280 4.2.1.12)."""
    is_ca: bool = False
    self_issued: bool = False
    """Subject equals issuer."""
    key_bits: int | None = None
    """Bits of security of its key (NIST SP 800-57: 112 for RSA-2048); None where that is not known."""
    signature_bits: int | None = None
    """Bits of security of its issuer's signature on it, by the digest; None where that is not known."""
    public_key_sha256: str | None = None
    """Of its SubjectPublicKeyInfo (RFC 5280 4.1.2.7) in DER, lower-case hex: which private key is its own. None where that cannot be read."""
    key_id: str | None = None
    """Its subject key identifier (RFC 5280 4.2.1.2), lower-case hex; None where it has none."""
    issuer_key_id: str | None = None
    """The identifier of the key that signed it (RFC 5280 4.2.1.1), lower-case hex; None where it names none."""
    publicly_trusted: bool = False
    """Issued by a public CA: it names one of the CA/Browser Forum's policies (2.23.140.1.2), or holds embedded SCTs (RFC 6962 3.3)."""

    def expired(self, at: datetime) -> bool:
        """Whether `notAfter` has passed at `at`."""
        return at > self.not_after

    def not_yet_valid(self, at: datetime) -> bool:
        """Whether `notBefore` still lies ahead at `at`."""
        return at < self.not_before
