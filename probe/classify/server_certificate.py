"""Rules for our own refusal of the connector's certificate, by OpenSSL's verify code and by the chain that it sent."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from probe.classify.attempt import Attempt
from probe.classify.finding import Finding
from probe.classify.own import SERVER_AUTH, allows
from probe.classify.server_names import answers_to, told_names
from probe.classify.strength import weak_keys, weak_signatures
from probe.classify.wording import dates, described, sentence
from probe.model.certificate import Certificate, SourceKind
from probe.model.failure import Blame, Confidence
from probe.model.tls import VerifyError

EXPIRED: Final = 10
NOT_YET_VALID: Final = 9
PURPOSE: Final = 26
REVOKED: Final = 23
_NO_ISSUER: Final = frozenset({2, 20, 21})
"""No issuer was found for the last certificate of the chain."""
_INVALID: Final = "tls.server_cert.invalid"
_INCOMPLETE: Final = "tls.server_cert.chain_incomplete"
_CHAIN_EXPIRED: Final = "tls.server_cert.chain_expired"
_ROOT_EXPIRED: Final = "tls.server_cert.root_expired"
_NOT_YET_VALID: Final = "tls.server_cert.not_yet_valid"
_MALFORMED: Final = "tls.server_cert.malformed"
_NAME: Final = "tls.server_cert.name_mismatch"
_USAGE: Final = "tls.server_cert.wrong_eku"
_WEAK_KEY: Final = "tls.server_cert.weak_key"
_WEAK_SIGNATURE: Final = "tls.server_cert.weak_signature"

VERIFY_CODES: Final = {
    2: "tls.server_cert.incomplete_or_unknown_ca",
    3: "tls.crl.unavailable",
    11: "tls.crl.not_yet_valid",
    12: "tls.crl.expired",
    13: _MALFORMED,
    14: _MALFORMED,
    18: "tls.server_cert.self_signed",
    19: "tls.server_cert.untrusted_root",
    20: "tls.server_cert.incomplete_or_unknown_ca",
    21: "tls.server_cert.incomplete_or_unknown_ca",
    23: "tls.server_cert.revoked",
    33: "tls.crl.unavailable",
    41: _MALFORMED,
    44: "tls.crl.unavailable",
    62: _NAME,
    64: _NAME,
    66: _WEAK_KEY,
    67: _WEAK_KEY,
    68: _WEAK_SIGNATURE,
    **dict.fromkeys(range(80, 95), _MALFORMED),
}
"""X509_V_ERR -> reason, where the code alone decides. 9, 10 and 26 need the chain; all others are `invalid`."""

UNTOLD: Final = frozenset(range(3, 120)) - {9, 10, 26, *(n for n, r in VERIFY_CODES.items() if r != _MALFORMED)}
"""Numbers that do not tell which certificate of the chain they are about."""

_SAME_EVERYWHERE: Final = frozenset({3, 11, 12, 18, 19, 23, 62, 64})
"""Numbers that another OpenSSL gives too; how strong a key or how strict a form must be, each release decides anew."""
_ABOUT_LISTS: Final = frozenset({3, 11, 12})
"""The issuers' lists are not asked for: of those only the peer's own certificate is refused."""

_SAYS: Final = {
    "tls.server_cert.expired": "is not accepted",
    _CHAIN_EXPIRED: "stands in the connector's chain; the connector's own certificate is in date",
    _ROOT_EXPIRED: "is the root that the connector's chain leads to",
    _NOT_YET_VALID: "is not accepted; check this machine's clock too",
    "tls.server_cert.untrusted_root": "is the root of the connector's chain, and not in our trust bundle",
    "tls.server_cert.self_signed": "is self-signed and not in our trust bundle",
    "tls.server_cert.incomplete_or_unknown_ca": (
        "leads to no root in our trust bundle: an intermediate is missing, or its CA is unknown here"
    ),
    _INCOMPLETE: "leads to our trust only by way of {missing}, which the connector does not send and must",
    _USAGE: "does not allow server authentication in its extended key usage",
    "tls.server_cert.revoked": "is revoked by the CRL of this path",
    _WEAK_KEY: "has, or stands below, a key too small for our security level",
    _WEAK_SIGNATURE: "has, or stands below, a signature too weak for our security level",
    _MALFORMED: "breaks RFC 5280{words}",
    "tls.crl.unavailable": "cannot be checked for revocation: our CRL file has no usable CRL for an issuer of it",
    "tls.crl.not_yet_valid": "cannot be checked for revocation: our CRL is not yet valid",
    "tls.crl.expired": "cannot be checked for revocation: our CRL is out of date",
    _INVALID: "was refused by our verification{words}",
}

_SOMEWHERE: Final = "has, or stands below, a certificate that breaks RFC 5280"
_LATELY: Final = timedelta(seconds=60)
"""OpenSSL looks at the clock a little later than `at` says."""


def judge_server_certificate(attempt: Attempt, code: int) -> Finding:
    """What our verification has refused, which certificate, and what else is true of the chain."""
    reason, certificate = _which(attempt, code)
    doubt = _clock_doubt(attempt, code)
    return Finding(
        reason=reason,
        summary=_summary(attempt, reason, certificate, code, doubt),
        confidence=Confidence.INFERRED if doubt else Confidence.PROVEN,
        certificate=certificate,
        blame=Blame.UNKNOWN if doubt else None,
        also=tuple(also_true(attempt)),
    )


def _which(attempt: Attempt, code: int) -> tuple[str, Certificate | None]:
    """The reason, and the certificate that it is about."""
    leaf = _leaf(attempt)
    if code == EXPIRED:
        return _which_expired(attempt)
    if code == NOT_YET_VALID:
        return _NOT_YET_VALID, next((c for c in _chain(attempt) if c.not_yet_valid(attempt.at)), leaf)
    if code == PURPOSE:
        return _purpose(attempt)
    if code in _NO_ISSUER and attempt.completing:
        return _INCOMPLETE, leaf
    return _by_number(attempt, code, leaf)


def _by_number(attempt: Attempt, code: int, leaf: Certificate | None) -> tuple[str, Certificate | None]:
    """The reason that the number alone gives, and the certificate that whatever else is known points at."""
    reason = VERIFY_CODES.get(code, _INVALID)
    if attempt.refused is not None and attempt.refused.certificate is not None:
        return reason, attempt.refused.certificate
    if code == REVOKED:
        return reason, next((said.certificate for said in attempt.listed if said.code == REVOKED), leaf)
    if reason == "tls.server_cert.untrusted_root":
        return reason, next((c for c in reversed(_chain(attempt)) if c.self_issued), leaf)
    return reason, _weak(attempt).get(reason, leaf)


def also_true(attempt: Attempt) -> Iterable[str]:
    """Every reason that the chain itself shows, whatever OpenSSL named first: 62 masks 10 (measured)."""
    at = attempt.at
    for certificate in _chain(attempt):
        if certificate.expired(at):
            yield _expired_reason(attempt, certificate)
        if certificate.not_yet_valid(at):
            yield _NOT_YET_VALID
    leaf = _leaf(attempt)
    if leaf is not None and not answers_to(leaf, attempt.endpoint.server_name):
        yield _NAME
    if any(not allows(c, SERVER_AUTH) for c in _chain(attempt)):
        yield _USAGE
    yield from _weak(attempt)
    if attempt.unlinked:
        yield _unlinked(attempt)
    for said in attempt.listed:
        if said.code not in _ABOUT_LISTS or said.depth == 0:
            yield VERIFY_CODES[said.code]
    for error in attempt.also_refused:
        yield from _also_refused(attempt, error)


def _also_refused(attempt: Attempt, error: VerifyError) -> Iterable[str]:
    """The reason that a verify error of a second connection is, where it has one of its own."""
    about = error.certificate
    if error.code == EXPIRED and about is not None:
        yield _expired_reason(attempt, about)
    elif error.code in {NOT_YET_VALID, PURPOSE}:
        yield _NOT_YET_VALID if error.code == NOT_YET_VALID else _USAGE
    elif error.code in _SAME_EVERYWHERE:
        yield VERIFY_CODES[error.code]


def _unlinked(attempt: Attempt) -> str:
    """Why a chain that OpenSSL did not come to build leads nowhere."""
    if attempt.completing:
        return _INCOMPLETE
    root = next((c for c in attempt.presented if c.self_issued), None)
    if root is None:
        return VERIFY_CODES[20]
    return VERIFY_CODES[18 if root is _leaf(attempt) else 19]


def _weak(attempt: Attempt) -> dict[str, Certificate]:
    """What our security level refuses in the chain, whatever else OpenSSL named first, and the first certificate of each kind."""
    chain, level = _chain(attempt), attempt.security_level
    if level is None:
        return {}
    found = {_WEAK_KEY: weak_keys(chain, level), _WEAK_SIGNATURE: weak_signatures(chain, level)}
    return {reason: weak[0] for reason, weak in found.items() if weak}


def _chain(attempt: Attempt) -> tuple[Certificate, ...]:
    """What was verified: the built chain, and where that leads to no root, what was presented beyond it."""
    if attempt.built and attempt.built[-1].self_issued:
        return attempt.built  # a stray or superseded certificate beside it is no fault
    built, above = {c.sha256 for c in attempt.built}, _names_above(attempt)
    return (*attempt.built, *(c for c in attempt.presented if c.sha256 not in built and c.subject in above))


def _names_above(attempt: Attempt) -> frozenset[str]:
    """The leaf's own name, and those of whoever may have issued it, as far as they lead; behind a gap, nobody can say who stands in the chain."""
    known, leaf = (*attempt.built, *attempt.presented, *attempt.completing), _leaf(attempt)
    names: set[str] = set()
    sought = set() if leaf is None else {leaf.subject, leaf.issuer}
    while sought:
        names |= sought
        sought = {c.issuer for c in known if c.subject in sought} - names
    return frozenset(names)


def _leaf(attempt: Attempt) -> Certificate | None:
    return next(iter(attempt.presented or attempt.built), None)


def _which_expired(attempt: Attempt) -> tuple[str, Certificate | None]:
    """The expired one nearest to the leaf; OpenSSL's code is the same for leaf, intermediate and root."""
    chain = attempt.built or attempt.presented
    late = attempt.at + _LATELY
    found = next((c for c in chain if c.expired(late)), None) or next(
        (c for c in attempt.presented if c.expired(late)), None
    )
    if found is None:
        return _INVALID, _leaf(attempt)
    reason, root = _expired_reason(attempt, found), attempt.built[-1] if attempt.built else None
    if reason == _CHAIN_EXPIRED and root is not None and root.self_issued and root.expired(late):
        return _ROOT_EXPIRED, root  # whatever the connector sends below it, it cannot mend that
    return reason, found


def _expired_reason(attempt: Attempt, certificate: Certificate) -> str:
    leaf = _leaf(attempt)
    if leaf is not None and certificate.sha256 == leaf.sha256:
        return "tls.server_cert.expired"
    return _ROOT_EXPIRED if certificate.self_issued else _CHAIN_EXPIRED


def _purpose(attempt: Attempt) -> tuple[str, Certificate | None]:
    """Code 26 may also speak of the key usage: it is the extended usage only where a certificate of the chain shows it."""
    leaf = _leaf(attempt)
    wrong = next((c for c in _chain(attempt) if not allows(c, SERVER_AUTH)), None)
    return (_INVALID, leaf) if wrong is None and leaf is not None else (_USAGE, wrong)


def _clock_doubt(attempt: Attempt, code: int) -> str:
    """Everything that we know is out of date in the same direction, roots included: then our own clock is the likelier cause."""
    own = (attempt.own.leaf,) if attempt.own.leaf else ()
    known = (*_chain(attempt), *own)
    if len(known) > 1 and code == NOT_YET_VALID and all(c.not_yet_valid(attempt.at) for c in known):
        return "All certificates look not yet valid: this machine's clock is probably behind."
    ours, theirs = attempt.own.leaf, _leaf(attempt)
    if code == NOT_YET_VALID and ours is not None and theirs is not None:
        early = ours.not_yet_valid(attempt.at) and theirs.not_yet_valid(attempt.at)
        return "Our own certificate looks not yet valid too: this machine's clock is probably behind." if early else ""
    rooted = any(c.self_issued for c in attempt.built)
    if rooted and code == EXPIRED and all(c.expired(attempt.at) for c in known):
        return "All certificates look expired, the root too: this machine's clock is probably ahead."
    return ""


def _both_expired(attempt: Attempt, reason: str) -> str:
    """No doubt, as two that were issued together end together; and yet the first thing to look at."""
    both = reason == "tls.server_cert.expired" and attempt.own.expired is not None
    return "Our own certificate has expired too, if this machine's clock is right: check that first." if both else ""


def _below_the_root(attempt: Attempt, reason: str) -> str:
    """A chain that is expired below a root of ours that has expired too: of a cross-signed root, the connector may keep the one that it sends."""
    below = (c for c in _chain(attempt) if not c.self_issued and c is not _leaf(attempt) and c.expired(attempt.at))
    old = next(below, None) if reason == _ROOT_EXPIRED else None
    if old is None:
        return ""
    return f"So has {old.subject} below it, which the connector sends: whether it must be renewed too shows once the root here is in date."


def _found(missing: Certificate) -> str:
    """An intermediate that the peer lacks, and where we have it from: a file of ours, or where AIA led."""
    place = missing.source
    if place.kind is SourceKind.WIRE:
        return f"{missing.subject} (serial {missing.serial}), found by AIA at {place.location}"
    return described(missing)


def _summary(attempt: Attempt, reason: str, certificate: Certificate | None, code: int, clock: str) -> str:
    if certificate is None:
        named = f"The certificate of the connector {attempt.endpoint}"
        return f"{named} was refused by our verification (OpenSSL code {code}); it could not be read."
    subject = f"The certificate {described(certificate)} {dates(certificate, attempt.at)}"
    if reason == _NAME:
        asked = attempt.endpoint.server_name
        return sentence(f"{subject}; it is for {told_names(certificate, asked) or 'no host at all'}, not for {asked}.")
    missing = ", ".join(_found(c) for c in attempt.completing)
    more = _both_expired(attempt, reason) or _below_the_root(attempt, reason)
    said = _SAYS[reason].format(missing=missing, words=_words(attempt.refused))
    if reason == _MALFORMED and attempt.refused is None:
        said = _SOMEWHERE
    return sentence(f"{subject}; it {said} (OpenSSL code {code}).", clock or more)


def _words(refused: VerifyError | None) -> str:
    return f": {refused.text}" if refused is not None and refused.text else ""
