"""The peer refuses our client certificate: its complaint against what our own files prove."""

from datetime import datetime
from typing import Final

from probe.classify.attempt import Attempt
from probe.classify.clocks import peer_date
from probe.classify.finding import Finding
from probe.classify.own import Own, may_have_issued
from probe.classify.refusal_rules import BY_DATE, CHAIN_DATES, LEAF_DATES, RULES, Complaint, Fact, RefusalRule
from probe.classify.refusal_words import not_ours, summary
from probe.classify.wording import moment
from probe.model.certificate import Certificate
from probe.model.failure import Blame, Confidence

_CLOCKS: Final = "The peer's clock says {peer}, ours {ours}: check both before acting on dates."
_REJECTED: Final = "tls.client_cert.rejected"


def judge_refusal(attempt: Attempt, complaint: Complaint, *, said: str, word: Confidence) -> Finding:
    """What a refusal of our certificate means. `said` quotes the peer, `word` is how sure that makes us."""
    own = attempt.own
    if complaint is Complaint.UNKNOWN_CA and own.above & frozenset(attempt.tls.acceptable_cas):
        complaint = Complaint.CONTRADICTED
    rule = next(r for r in RULES if r.complaint is complaint and _holds(r.fact, attempt))
    doubt = _clock_doubt(attempt, rule)
    about = _subject(own, rule.fact)
    unsure = doubt and rule.gives in BY_DATE
    return Finding(
        reason=rule.gives,
        summary=summary(attempt, rule, about, said, doubt),
        confidence=Confidence.INFERRED if unsure else rule.confidence or word,
        certificate=about,
        also=own.proves,
        blame=Blame.UNKNOWN if rule.gives == _REJECTED and (not_ours(attempt) or own.expired) else None,
    )


def dates_explain(attempt: Attempt) -> bool:
    """Whether a hang-up after our certificate is explained by its dates, or by those of an issuer that the peer must take from us."""
    return explaining_dates(attempt) is not None


def explaining_dates(attempt: Attempt) -> tuple[str, Certificate] | None:
    """The reason that these dates are, and the certificate that has them."""
    for fact, reason in (*LEAF_DATES, *CHAIN_DATES):
        about = _subject(attempt.own, fact)
        if about is not None and _holds(fact, attempt):
            return reason, about
    return None


def _holds(fact: Fact, attempt: Attempt) -> bool:
    own = attempt.own
    match fact:
        case Fact.ANYTHING | Fact.IN_DATE:
            return fact is Fact.ANYTHING or own.leaf is not None
        case Fact.SELF_MADE | Fact.CHAIN_EXPIRED_STRANGE:
            about = _subject(own, fact)
            return about is not None and (about.self_issued or about is not own.leaf) and not_ours(attempt)
        case Fact.INTERMEDIATE_MISSING:
            return intermediate_missing(attempt)
        case Fact.CHAIN_EXPIRED | Fact.CHAIN_EARLY:
            return _is_needed(attempt, _subject(own, fact))
        case Fact.USAGE_EXPLAINS:
            return own.wrong_usage is not None and not not_ours(attempt)
        case _:
            found = getattr(own, fact.value)
            return found is not None and (fact is not Fact.NOT_YET_VALID or found is own.leaf)


def _is_needed(attempt: Attempt, issuer: Certificate | None) -> bool:
    """Whether the peer must have taken `issuer` out of our file: by the CAs that it names, else by the chain that it shows."""
    if issuer is None or issuer is attempt.own.leaf:
        return False
    if attempt.tls.acceptable_cas:
        return attempt.own.peer_needs(issuer, frozenset(attempt.tls.acceptable_cas))
    return all(other.subject != issuer.subject for other in (*attempt.built, *attempt.presented))


def intermediate_missing(attempt: Attempt) -> bool:
    """Our file holds the leaf alone; its issuer is an intermediate that the peer's own chain shows, below a root that the peer accepts."""
    own, accepted = attempt.own, attempt.tls.acceptable_cas
    if not own.alone or own.leaf is None or own.leaf.issuer in accepted:
        return False
    chain = (*attempt.built, *attempt.presented)
    above = {c.issuer for c in chain if may_have_issued(c, own.leaf) and not c.self_issued}
    return bool(above & set(accepted))


def _subject(own: Own, fact: Fact) -> Certificate | None:
    """The certificate that the finding is about: the one that the fact names, else our leaf."""
    match fact:
        case Fact.ANYTHING | Fact.IN_DATE | Fact.INTERMEDIATE_MISSING | Fact.SELF_MADE | Fact.USAGE_EXPLAINS:
            return own.leaf
        case Fact.CHAIN_EXPIRED_STRANGE:
            return own.chain_expired
        case Fact.CHAIN_EARLY:
            return own.not_yet_valid
        case _:
            found: Certificate | None = getattr(own, fact.value)
            return found


def _state(certificate: Certificate, at: datetime) -> tuple[bool, bool]:
    return certificate.expired(at), certificate.not_yet_valid(at)


def _clock_doubt(attempt: Attempt, rule: RefusalRule) -> str:
    """A proof by date needs a sane clock, and so does a peer that speaks of dates: whose clock says what, where they differ."""
    certificate = _subject(attempt.own, rule.fact)
    of_dates = rule.gives in BY_DATE or rule.complaint in {Complaint.EXPIRED, Complaint.NOT_YET_VALID}
    if certificate is None or not of_dates:
        return ""
    theirs = peer_date(attempt.http)
    if theirs is not None and _state(certificate, theirs) != _state(certificate, attempt.at):
        return _CLOCKS.format(peer=moment(theirs), ours=moment(attempt.at))
    if rule.fact in {Fact.NOT_YET_VALID, Fact.CHAIN_EARLY} and any(
        c.not_yet_valid(attempt.at) for c in attempt.presented
    ):
        return "The connector's certificate looks not yet valid too: this machine's clock is probably behind."
    return ""
