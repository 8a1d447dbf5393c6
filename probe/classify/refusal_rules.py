"""What a peer may have against our client certificate, what our own files may say to that, and the reason that both together give."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from probe.model.failure import Confidence


class Complaint(StrEnum):
    """What the peer said about our certificate, by alert, by HTTP, or by hanging up."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    UNKNOWN_CA = "unknown_ca"
    REVOKED = "revoked"
    USAGE = "usage"
    DENIED = "denied"
    UNSPECIFIED = "unspecified"
    ITS_OWN_LIST = "its_own_list"
    """It cannot check our certificate, for want of a current revocation list of its own."""
    HUNG_UP = "hung_up"
    RESET = "reset"
    PINNED = "pinned"
    """Ours is not the one whose hash it holds."""
    STATUS = "status"
    """It has no valid answer on whether ours is revoked."""
    CONTRADICTED = "contradicted"
    """An unknown CA, said by a peer that itself names an issuer of our certificate among the CAs that it accepts."""


class Fact(StrEnum):
    """What our own files say; the value is the field of `Own`, where there is one."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    CHAIN_EXPIRED = "chain_expired"
    """An intermediate that the peer, as far as it names its CAs, must take out of our file."""
    CHAIN_EARLY = "chain_early"
    """The same of an issuer that is not yet valid."""
    CHAIN_EXPIRED_STRANGE = "chain_expired_strange"
    """An intermediate out of date, where the peer names none of our issuers among its CAs: it may have come no further."""
    ROOT_EXPIRED = "root_expired"
    WRONG_USAGE = "wrong_usage"
    USAGE_EXPLAINS = "usage_explains"
    """The same, where the CAs that the peer accepts do not show another cause: none of them issued our certificate."""
    INTERMEDIATE_MISSING = "intermediate_missing"
    SELF_MADE = "self_made"
    """Our certificate signed itself, and is not among the CAs that the peer accepts."""
    IN_DATE = "in_date"
    ANYTHING = "anything"


@dataclass(frozen=True, slots=True)
class RefusalRule:
    """One row: complaint and local fact give a reason."""

    complaint: Complaint
    fact: Fact
    gives: str
    confidence: Confidence | None = None
    """None: as sure as the peer's word is."""
    advice: str = ""
    """Stands in for the words of the reason, where given."""


_PROVEN: Final = Confidence.PROVEN
_INFERRED: Final = Confidence.INFERRED
_SELF_MADE: Final = "it signed itself, and is not among the CAs that the peer accepts"
_ITS_OWN_LIST: Final = (
    "that is its own revocation list, which its owner must renew; nothing is said against the certificate"
)
_CONTRADICTED: Final = (
    "it says that it does not know the issuer, and yet names it among the CAs that it accepts: ask whether it lacks the CRL "
    "of that CA, allows fewer intermediates than ours has, or knows another CA of the same name"
)
_PINNED: Final = (
    "it compares certificates, or their keys, with hashes that it was given, and ours is not among them: a peer that pins what "
    "it accepts so has to be told of a new one, after a rotation too"
)
_STATUS: Final = (
    "that is about the answer on whether the certificate is revoked (OCSP), which it found missing or not valid: nothing is "
    "said against the certificate, and its log tells where that answer should have come from"
)
_UNSUITABLE: Final = (
    "that is about its kind and what it may be used for, not about its dates: compare its key usage, and that of its issuers, "
    "with what the peer asks for"
)
_CHAIN_EXPIRED: Final = "tls.client_cert.chain_expired"
_ITS_ROOT: Final = (
    "every certificate below the root is in date, and a peer trusts roots of its own: if it still holds the one that has "
    "expired in our file, renew it there; else its clock or CRL is out of date"
)
LEAF_DATES: Final = (
    (Fact.EXPIRED, "tls.client_cert.expired"),
    (Fact.NOT_YET_VALID, "tls.client_cert.not_yet_valid"),
)
CHAIN_DATES: Final = (
    (Fact.CHAIN_EXPIRED, _CHAIN_EXPIRED),
    (Fact.CHAIN_EARLY, "tls.client_cert.not_yet_valid"),
)

BY_DATE: Final = frozenset(reason for _, reason in (*LEAF_DATES, *CHAIN_DATES))
"""Reasons that only a sane clock proves."""


def _by_date(complaint: Complaint, confidence: Confidence = _PROVEN) -> tuple[RefusalRule, ...]:
    """The rows in which the dates of our own certificate explain the complaint."""
    return tuple(RefusalRule(complaint, fact, reason, confidence) for fact, reason in LEAF_DATES)


def _by_chain(complaint: Complaint, confidence: Confidence | None) -> tuple[RefusalRule, ...]:
    """The rows in which the dates of our issuers do. Never a proof: the peer may hold renewed ones that it does not name."""
    return tuple(RefusalRule(complaint, fact, reason, confidence) for fact, reason in CHAIN_DATES)


def _by_our_files(complaint: Complaint) -> tuple[RefusalRule, ...]:
    """The rows in which something in our own files but their dates explains a complaint that names no cause in them."""
    return (
        RefusalRule(complaint, Fact.USAGE_EXPLAINS, "tls.client_cert.wrong_eku", _INFERRED),
        RefusalRule(complaint, Fact.INTERMEDIATE_MISSING, "tls.client_cert.chain_incomplete", _INFERRED),
        RefusalRule(complaint, Fact.SELF_MADE, "tls.client_cert.unknown_ca", _INFERRED, _SELF_MADE),
    )


RULES: Final = (
    # Alert 45 does not prove expiry: a stale CRL gives it too, and Envoy sends it for not-yet-valid (measured).
    *_by_date(Complaint.EXPIRED),
    *_by_chain(Complaint.EXPIRED, None),
    # Go looks at the dates of our issuers before it looks for their CA (measured with 1.27).
    RefusalRule(Complaint.EXPIRED, Fact.CHAIN_EXPIRED_STRANGE, _CHAIN_EXPIRED, _INFERRED),
    RefusalRule(Complaint.EXPIRED, Fact.ROOT_EXPIRED, "tls.client_cert.rejected_as_expired", advice=_ITS_ROOT),
    RefusalRule(Complaint.EXPIRED, Fact.IN_DATE, "tls.client_cert.rejected_as_expired"),
    RefusalRule(Complaint.EXPIRED, Fact.ANYTHING, "tls.client_cert.rejected"),
    RefusalRule(Complaint.NOT_YET_VALID, Fact.NOT_YET_VALID, "tls.client_cert.not_yet_valid", _PROVEN),
    RefusalRule(Complaint.NOT_YET_VALID, Fact.CHAIN_EARLY, "tls.client_cert.not_yet_valid"),
    RefusalRule(Complaint.NOT_YET_VALID, Fact.ANYTHING, "tls.client_cert.rejected"),
    RefusalRule(Complaint.UNKNOWN_CA, Fact.INTERMEDIATE_MISSING, "tls.client_cert.chain_incomplete", _INFERRED),
    RefusalRule(Complaint.UNKNOWN_CA, Fact.ANYTHING, "tls.client_cert.unknown_ca"),
    # OpenSSL and BoringSSL send 48 for want of a CRL, too (measured): their list of CAs tells the two apart.
    # Lists come before dates there, so one that is in date would be refused all the same.
    RefusalRule(Complaint.CONTRADICTED, Fact.ANYTHING, "tls.client_cert.rejected", advice=_CONTRADICTED),
    RefusalRule(Complaint.REVOKED, Fact.ANYTHING, "tls.client_cert.revoked"),
    RefusalRule(Complaint.DENIED, Fact.ANYTHING, "tls.client_cert.access_denied"),
    RefusalRule(Complaint.USAGE, Fact.WRONG_USAGE, "tls.client_cert.wrong_eku", _PROVEN),
    # OpenSSL looks at usage before dates, too.
    RefusalRule(Complaint.USAGE, Fact.ANYTHING, "tls.client_cert.rejected", advice=_UNSUITABLE),
    # Envoy compares hashes after it has looked at dates, or at none (measured): ours are no cause.
    RefusalRule(Complaint.PINNED, Fact.ANYTHING, "tls.client_cert.rejected", advice=_PINNED),
    RefusalRule(Complaint.STATUS, Fact.ANYTHING, "tls.client_cert.rejected", advice=_STATUS),
    # OpenSSL sends 42 for not-yet-valid, Go before 1.21 for everything, Go since then for a usage (measured).
    *_by_date(Complaint.UNSPECIFIED),
    *_by_chain(Complaint.UNSPECIFIED, _INFERRED),
    *_by_our_files(Complaint.UNSPECIFIED),
    RefusalRule(Complaint.UNSPECIFIED, Fact.ANYTHING, "tls.client_cert.rejected"),
    # OpenSSL checks on after an error, and tells the last one: the list that it lacks may be of a CA that it does not know.
    # It looks at dates after that, so ours cannot have troubled it.
    *_by_our_files(Complaint.ITS_OWN_LIST),
    RefusalRule(Complaint.ITS_OWN_LIST, Fact.ANYTHING, "tls.client_cert.rejected", advice=_ITS_OWN_LIST),
    # Who hangs up says nothing: an access rule or a crash looks the same (measured), so our dates are no proof of the cause.
    *_by_date(Complaint.HUNG_UP, _INFERRED),
    *_by_chain(Complaint.HUNG_UP, _INFERRED),
    RefusalRule(Complaint.HUNG_UP, Fact.USAGE_EXPLAINS, "tls.client_cert.wrong_eku", _INFERRED),
    RefusalRule(Complaint.HUNG_UP, Fact.ANYTHING, "tls.client_cert.rejected", _INFERRED),
    # A reset may as well be a crash or a firewall: only our own dates make it a refusal.
    *_by_date(Complaint.RESET, _INFERRED),
    RefusalRule(Complaint.RESET, Fact.ANYTHING, "tls.reset_by_peer", _PROVEN),
)
"""First match wins; the last row of each complaint fits always."""
