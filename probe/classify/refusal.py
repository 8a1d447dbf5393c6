"""The peer refuses our client certificate: its complaint against what our own files prove."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from probe.classify.attempt import Attempt
from probe.classify.clocks import peer_date
from probe.classify.finding import Finding
from probe.classify.own import Own
from probe.classify.wording import dates, described, moment, sentence
from probe.model.certificate import Certificate
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
    CONTRADICTED = "contradicted"
    """An unknown CA, said by a peer that itself names an issuer of our certificate among the CAs that it accepts."""


class Fact(StrEnum):
    """What our own files say; the value is the field of `Own`, where there is one."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    CHAIN_EXPIRED = "chain_expired"
    ROOT_EXPIRED = "root_expired"
    WRONG_USAGE = "wrong_usage"
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
    "of that CA, or knows another CA of the same name"
)
_DATED: Final = (
    (Fact.EXPIRED, "tls.client_cert.expired"),
    (Fact.NOT_YET_VALID, "tls.client_cert.not_yet_valid"),
    (Fact.CHAIN_EXPIRED, "tls.client_cert.chain_expired"),
)


_BY_DATE: Final = frozenset(reason for _, reason in _DATED)
"""Reasons that only a sane clock proves."""


def _by_date(complaint: Complaint) -> tuple[RefusalRule, ...]:
    """The rows in which our own dates explain the complaint."""
    return tuple(RefusalRule(complaint, fact, reason, _PROVEN) for fact, reason in _DATED)


def _by_our_files(complaint: Complaint) -> tuple[RefusalRule, ...]:
    """The rows in which something in our own files explains a complaint that names no cause in them."""
    return (
        *_by_date(complaint),
        RefusalRule(complaint, Fact.WRONG_USAGE, "tls.client_cert.wrong_eku", _INFERRED),
        RefusalRule(complaint, Fact.INTERMEDIATE_MISSING, "tls.client_cert.chain_incomplete", _INFERRED),
        RefusalRule(complaint, Fact.SELF_MADE, "tls.client_cert.unknown_ca", _INFERRED, _SELF_MADE),
    )


RULES: Final = (
    # Alert 45 does not prove expiry: a stale CRL gives it too, and Envoy sends it for not-yet-valid (measured).
    *_by_date(Complaint.EXPIRED),
    RefusalRule(Complaint.EXPIRED, Fact.ROOT_EXPIRED, "tls.client_cert.chain_expired", _PROVEN),
    RefusalRule(Complaint.EXPIRED, Fact.IN_DATE, "tls.client_cert.rejected_as_expired"),
    RefusalRule(Complaint.EXPIRED, Fact.ANYTHING, "tls.client_cert.rejected"),
    RefusalRule(Complaint.NOT_YET_VALID, Fact.NOT_YET_VALID, "tls.client_cert.not_yet_valid", _PROVEN),
    RefusalRule(Complaint.NOT_YET_VALID, Fact.ANYTHING, "tls.client_cert.rejected"),
    RefusalRule(Complaint.UNKNOWN_CA, Fact.INTERMEDIATE_MISSING, "tls.client_cert.chain_incomplete", _INFERRED),
    RefusalRule(Complaint.UNKNOWN_CA, Fact.ANYTHING, "tls.client_cert.unknown_ca"),
    # OpenSSL and BoringSSL send 48 for want of a CRL, too (measured): their list of CAs tells the two apart.
    *_by_date(Complaint.CONTRADICTED),
    RefusalRule(Complaint.CONTRADICTED, Fact.ANYTHING, "tls.client_cert.rejected", advice=_CONTRADICTED),
    RefusalRule(Complaint.REVOKED, Fact.ANYTHING, "tls.client_cert.revoked"),
    RefusalRule(Complaint.DENIED, Fact.ANYTHING, "tls.client_cert.access_denied"),
    RefusalRule(Complaint.USAGE, Fact.WRONG_USAGE, "tls.client_cert.wrong_eku", _PROVEN),
    *_by_date(Complaint.USAGE),
    RefusalRule(Complaint.USAGE, Fact.ANYTHING, "tls.client_cert.rejected"),
    # OpenSSL sends 42 for not-yet-valid, Go for everything (measured).
    *_by_our_files(Complaint.UNSPECIFIED),
    RefusalRule(Complaint.UNSPECIFIED, Fact.ANYTHING, "tls.client_cert.rejected"),
    # OpenSSL checks on after an error, and tells the last one: the list that it lacks may be of a CA that it does not know.
    *_by_our_files(Complaint.ITS_OWN_LIST),
    RefusalRule(Complaint.ITS_OWN_LIST, Fact.ANYTHING, "tls.client_cert.rejected", advice=_ITS_OWN_LIST),
    *_by_date(Complaint.HUNG_UP),
    RefusalRule(Complaint.HUNG_UP, Fact.WRONG_USAGE, "tls.client_cert.wrong_eku", _INFERRED),
    RefusalRule(Complaint.HUNG_UP, Fact.ANYTHING, "tls.client_cert.rejected", _INFERRED),
    # A reset may as well be a crash or a firewall: only our own dates make it a refusal.
    *_by_date(Complaint.RESET),
    RefusalRule(Complaint.RESET, Fact.ANYTHING, "tls.reset_by_peer", _PROVEN),
)
"""First match wins; the last row of each complaint fits always."""

_EXPLAINED: Final = {
    "tls.client_cert.expired": "issue a new one, and try it with `paypath preflight` before it is rolled out",
    "tls.client_cert.chain_expired": "put the CA's current intermediate into the file",
    "tls.client_cert.not_yet_valid": "check this machine's clock, or put the previous certificate back",
    "tls.client_cert.rejected_as_expired": (
        "but every certificate in our file is in date: the peer's clock, CRL or CA bundle is out of date"
    ),
    "tls.client_cert.rejected": "it does not say why, and our own files show no cause: its log will",
    "tls.client_cert.unknown_ca": (
        "it says that it does not know the certificate's issuer; a peer that lacks a CRL of that CA says the same"
    ),
    "tls.client_cert.chain_incomplete": (
        "the file lacks the intermediate that issued it, and the peer accepts certificates of the root above"
    ),
    "tls.client_cert.revoked": "it says that the certificate is revoked",
    "tls.client_cert.wrong_eku": "its extended key usage does not allow client authentication",
    "tls.client_cert.access_denied": "the certificate is valid, but its subject is not authorised there",
    "tls.reset_by_peer": "that can be a refusal of the certificate, a crash or a firewall",
}

_NOT_WITHOUT: Final = "without one nobody is authorised there"

_CLOCKS: Final = "The peer's clock says {peer}, ours {ours}: check both before acting on dates."


def judge_refusal(attempt: Attempt, complaint: Complaint, *, said: str, word: Confidence) -> Finding:
    """What a refusal of our certificate means. `said` quotes the peer, `word` is how sure that makes us."""
    own = attempt.own
    if complaint is Complaint.UNKNOWN_CA and own.above & frozenset(attempt.tls.acceptable_cas):
        complaint = Complaint.CONTRADICTED
    rule = next(r for r in RULES if r.complaint is complaint and _holds(r.fact, attempt))
    doubt = _clock_doubt(attempt, rule)
    proven = rule.confidence or word
    return Finding(
        reason=rule.gives,
        summary=_summary(attempt, rule, said, doubt),
        confidence=_INFERRED if doubt and rule.gives in _BY_DATE else proven,
        certificate=_subject(own, rule.fact),
        also=own.proves,
    )


def _holds(fact: Fact, attempt: Attempt) -> bool:
    own, accepted = attempt.own, frozenset(attempt.tls.acceptable_cas)
    match fact:
        case Fact.ANYTHING:
            return True
        case Fact.SELF_MADE:
            made = own.leaf is not None and own.leaf.self_issued
            return made and bool(accepted) and not own.above & accepted
        case Fact.IN_DATE:
            return own.leaf is not None
        case Fact.INTERMEDIATE_MISSING:
            return intermediate_missing(attempt)
        case _:
            return getattr(own, fact.value) is not None


def intermediate_missing(attempt: Attempt) -> bool:
    """Our file holds the leaf alone; its issuer is an intermediate that the peer's own chain shows, below a root that the peer accepts."""
    own, accepted = attempt.own, attempt.tls.acceptable_cas
    if not own.alone or own.leaf is None or own.leaf.issuer in accepted:
        return False
    chain = (*attempt.built, *attempt.presented)
    above = {c.issuer for c in chain if c.subject == own.leaf.issuer and not c.self_issued}
    return bool(above & set(accepted))


def _subject(own: Own, fact: Fact) -> Certificate | None:
    """The certificate that the finding is about: the one that the fact names, else our leaf."""
    match fact:
        case Fact.ANYTHING | Fact.IN_DATE | Fact.INTERMEDIATE_MISSING | Fact.SELF_MADE:
            return own.leaf
        case _:
            found: Certificate | None = getattr(own, fact.value)
            return found


def _summary(attempt: Attempt, rule: RefusalRule, said: str, doubt: str) -> str:
    certificate = _subject(attempt.own, rule.fact)
    advice = rule.advice or _EXPLAINED[rule.gives]
    if attempt.own.known and not attempt.tls.client_certificate_sent:
        return sentence(f"No client certificate was sent; the connector {attempt.endpoint} {said}: {_NOT_WITHOUT}.")
    what = "The client certificate" if certificate is attempt.own.leaf else "The issuer of the client certificate,"
    named = f"{what} {described(certificate)}" if certificate else "Our client certificate"
    when = f" {dates(certificate, attempt.at)}" if certificate else " was offered"
    return sentence(f"{named}{when}; the connector {attempt.endpoint} {said}: {advice}.", doubt)


def _state(certificate: Certificate, at: datetime) -> tuple[bool, bool]:
    return certificate.expired(at), certificate.not_yet_valid(at)


def _clock_doubt(attempt: Attempt, rule: RefusalRule) -> str:
    """A proof by date needs a sane clock, and so does a peer that speaks of dates: whose clock says what, where they differ."""
    certificate = _subject(attempt.own, rule.fact)
    of_dates = rule.gives in _BY_DATE or rule.complaint in {Complaint.EXPIRED, Complaint.NOT_YET_VALID}
    if certificate is None or not of_dates:
        return ""
    theirs = peer_date(attempt.http)
    if theirs is not None and _state(certificate, theirs) != _state(certificate, attempt.at):
        return _CLOCKS.format(peer=moment(theirs), ours=moment(attempt.at))
    if rule.fact is Fact.NOT_YET_VALID and any(c.not_yet_valid(attempt.at) for c in attempt.presented):
        return "The connector's certificate looks not yet valid too: this machine's clock is probably behind."
    return ""
