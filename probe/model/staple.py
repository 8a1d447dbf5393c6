"""An OCSP response that a peer staples to its certificate (RFC 6960, RFC 6066 8), as facts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StapleStatus(StrEnum):
    """What the responder says about the certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class StapleSignature(StrEnum):
    """Whether the response is the issuer's own word."""

    VERIFIED = "verified"
    """By the issuer's key, or by a responder's whose certificate the issuer signed for that use."""
    INVALID = "invalid"
    UNCHECKED = "unchecked"
    """The issuer's certificate is not at hand, or the algorithm is none that we can check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staple:
    """One stapled response. Where it is not for the peer's certificate, `status` and its dates are absent."""

    response: str
    """RFC 6960 4.2.1: `successful`, `try_later`, …; `malformed` where it cannot be read at all."""
    size: int
    """Bytes."""
    status: StapleStatus | None = None
    this_update: datetime | None = None
    next_update: datetime | None = None
    """Absent where the responder names none: newer information is then always available (RFC 6960 4.2.2.1)."""
    produced_at: datetime | None = None
    revoked_at: datetime | None = None
    revocation_reason: str | None = None
    responder: str = ""
    """RFC 4514 name, or the hex of the hash of its key."""
    signature: StapleSignature = StapleSignature.UNCHECKED
    sha256: str = ""
    """Of the whole response, lower-case hex."""
