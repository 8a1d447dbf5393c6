"""What is said about a refused client certificate, beside the reason."""

from typing import Final

from probe.classify.attempt import Attempt
from probe.classify.refusal_rules import BY_DATE, Complaint, Fact, RefusalRule
from probe.classify.wording import dates, described, sentence
from probe.model.certificate import Certificate

_EXPLAINED: Final = {
    "tls.client_cert.expired": "issue a new one, and try it with `paypath preflight` before it is rolled out",
    "tls.client_cert.chain_expired": "put the CA's current intermediate into the file",
    "tls.client_cert.not_yet_valid": "check this machine's clock, or put the previous certificate back",
    "tls.client_cert.rejected_as_expired": (
        "but every certificate in our file is in date: the peer's clock, CRL or CA bundle is out of date"
    ),
    "tls.client_cert.rejected": "it does not say why, and nor do our own files: its log will",
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

_UNKNOWN_CA: Final = "tls.client_cert.unknown_ca"
_REJECTED: Final = "tls.client_cert.rejected"
_AS_EXPIRED: Final = "tls.client_cert.rejected_as_expired"
_NOT_WITHOUT: Final = "without one nobody is authorised there"
_NOT_OURS: Final = (
    "it does not say why, but none of the issuers in our file ({above}) is among the CAs that it accepts ({accepted})"
)
_NOR_USAGE: Final = "; nor does the extended key usage of ours allow client authentication"
_ELSE: Final = "The peer names none of our issuers among the CAs that it accepts ({accepted}): if it trusts no others, a renewal alone will not do."
_ALONE: Final = (
    "Our file holds no issuer, and the one of the certificate ({issuer}) is not among the CAs that the peer accepts ({accepted}): "
    "a renewal alone may not do."
)
_TOO: Final = "Our certificate has expired all the same: renew it too."
_UNNAMED: Final = "it says that it does not know the certificate's issuer, and names none of ours among the CAs that it accepts ({accepted})"
_OLD_ISSUER: Final = (
    "our file holds an issuer that {dates} ({issuer}), but the peer need not use that one: {why}. Replace it, and look for "
    "{rest}"
)
_OWN_COPY: Final = "it names that CA among its own"
_MAY_HOLD: Final = "it may hold a renewed one itself"
_ITS_LOG: Final = "the cause in the peer's log"
_ITS_DATES: Final = "the cause on its side: its clock, its CRL, or its own copy of that CA"
_SHOWN: Final = 3
"""Names of CAs in a sentence; the result has them all."""


def summary(attempt: Attempt, rule: RefusalRule, about: Certificate | None, said: str, doubt: str) -> str:
    """The sentence: which certificate, what its dates say, what the peer said (`said`), and what follows."""
    if attempt.own.known and not attempt.tls.client_certificate_sent:
        return sentence(f"No client certificate was sent; the connector {attempt.endpoint} {said}: {_NOT_WITHOUT}.")
    what = "The client certificate" if about is attempt.own.leaf else "The issuer of the client certificate,"
    named = f"{what} {described(about)}" if about else "Our client certificate"
    when = f" {dates(about, attempt.at)}" if about else " was offered"
    advice = rule.advice or _unexplained(attempt, rule) or _EXPLAINED[rule.gives]
    return sentence(
        f"{named}{when}; the connector {attempt.endpoint} {said}: {advice}.", doubt, _besides(attempt, rule)
    )


def _besides(attempt: Attempt, rule: RefusalRule) -> str:
    """What is to be seen to beside the cause, as far as our files and the peer's list of CAs show it.

    The peer may trust CAs that it does not name, as nginx does; a file that holds the leaf alone does not show what stands above it.
    """
    leaf = attempt.own.leaf
    if rule.gives in BY_DATE and leaf is not None and not_ours(attempt):
        words = _ALONE if attempt.own.alone else _ELSE
        return words.format(issuer=leaf.issuer, accepted=_listed(attempt.tls.acceptable_cas))
    return _TOO if rule.gives == _REJECTED and attempt.own.expired is not None else ""


def _unexplained(attempt: Attempt, rule: RefusalRule) -> str:
    """What our files and the peer's list say where they do not explain the refusal; empty where they say nothing."""
    if rule.gives == _UNKNOWN_CA and not_ours(attempt):
        return _UNNAMED.format(accepted=_listed(attempt.tls.acceptable_cas))
    if rule.gives not in {_REJECTED, _AS_EXPIRED}:
        return ""
    old = attempt.own.chain_expired
    if old is not None and rule.fact in {Fact.ANYTHING, Fact.IN_DATE}:
        accepted = frozenset(attempt.tls.acceptable_cas)
        why = _OWN_COPY if old.subject in accepted else _MAY_HOLD
        rest = _ITS_DATES if rule.complaint is Complaint.EXPIRED else _ITS_LOG
        return _OLD_ISSUER.format(dates=dates(old, attempt.at), issuer=old.subject, why=why, rest=rest)
    if rule.gives == _REJECTED and not_ours(attempt):
        above, accepted_cas = tuple(sorted(attempt.own.above)), attempt.tls.acceptable_cas
        nor = _NOR_USAGE if attempt.own.wrong_usage is not None else ""
        return _NOT_OURS.format(above=_listed(above), accepted=_listed(accepted_cas)) + nor
    return ""


def not_ours(attempt: Attempt) -> bool:
    """Whether the peer names CAs that it accepts, and none of them stands above our certificate."""
    own, accepted = attempt.own, frozenset(attempt.tls.acceptable_cas)
    if own.leaf is None or not accepted:
        return False
    return not accepted & {own.leaf.subject, *own.above}


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
