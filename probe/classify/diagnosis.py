"""What a second, diagnostic connection adds, in plain sentences. Pure, and no judgement: the verdict has been given before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from probe.classify.server_names import told_names
from probe.classify.wording import age, listed, moment, sentence, subject_of
from probe.model.certificate import Certificate
from probe.model.observation import HandshakeObservation
from probe.model.staple import Staple, StapleSignature, StapleStatus
from probe.model.tls import DiagnosticFacts, VerifyError

NAME: Final = 62
_REVOKED: Final = 23
_NO_ISSUER, _ALONE, _EXPIRED, _NOT_YET_VALID = 20, 21, 10, 9
_STRICT: Final = range(80, 95)

_OBJECTIONS: Final = {
    2: "its issuer is missing",
    3: "we have no CRL of its issuer",
    7: "its signature is not its issuer's",
    _NOT_YET_VALID: "not yet valid",
    _EXPIRED: "expired",
    11: "our CRL of its issuer is not yet valid",
    12: "our CRL of its issuer is out of date",
    18: "self-signed, and not in our trust",
    19: "a root that is not in our trust",
    _NO_ISSUER: "its issuer is neither sent along nor in our trust",
    _ALONE: "alone, so that its signature cannot be checked",
    22: "the chain is too long",
    23: "revoked by our CRL",
    24: "not allowed to issue certificates",
    25: "more intermediates below it than it allows",
    26: "its extended key usage does not allow it to be a server",
    27: "not trusted for servers",
    28: "rejected for servers by our trust",
    32: "its key usage does not allow it to issue certificates",
    33: "the issuer of our CRL is missing",
    44: "our CRL does not cover it",
    NAME: "not for the name that was asked for",
    64: "not for the address that was asked for",
    66: "its key is too small for our security level",
    67: "its key is too small for our security level",
    68: "its signature is too weak for our security level",
    79: "not a proper CA certificate",
}
"""X509_V_ERR number -> words."""

_NO_OBJECTION: Final = "No certificate of the chain has a verify error"
_NO_STAPLE: Final = "No OCSP staple came, although we asked for one."


class Mark(StrEnum):
    """How a remark is to be taken."""

    GOOD = "good"
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence."""

    mark: Mark
    text: str


def remarks(observation: HandshakeObservation) -> tuple[Remark, ...]:
    """What the second connection of `observation` adds to the first; nothing where none was made."""
    facts = observation.diagnostics
    return () if facts is None else tuple(_remarks(facts, observation))


def _remarks(facts: DiagnosticFacts, first: HandshakeObservation) -> Iterator[Remark]:
    if not facts.presented:
        why = facts.causes[0].text if facts.causes else "it ended before the certificate came"
        yield Remark(Mark.PLAIN, sentence(f"A second connection told nothing more: {why}"))
        return
    if first.presented and first.presented[0].sha256 != facts.presented[0].sha256:
        serial = facts.presented[0].serial
        text = (
            f"A second connection met another certificate (serial {serial}): several servers stand behind this address."
        )
        yield Remark(Mark.BAD, text)
    if not facts.verify_errors and first.verify_code is None and facts.staple is None and not facts.must_staple:
        yield Remark(Mark.GOOD, f"{_NO_OBJECTION}. {_NO_STAPLE}")  # the commonest case, in one line
    else:
        yield from _objections(facts, first)
        yield _staple(facts)
    yield from _issuers(facts)
    yield from _authorities(facts, first)


def _objections(facts: DiagnosticFacts, first: HandshakeObservation) -> Iterator[Remark]:
    """One remark for each certificate that anything is wrong with, leaf first; the verdict's own is not told twice."""
    issuers = tuple(said for said in first.listed if said.code == _REVOKED and said.depth > 0)
    found = (*facts.verify_errors, *issuers)  # OpenSSL is asked about the peer's own certificate alone
    codes = {error.code for error in found} - {_ALONE}
    if codes and codes == {first.verify_code}:
        yield Remark(Mark.PLAIN, "The verify error above is the only kind that the chain has.")
        return
    by_depth: dict[int, list[VerifyError]] = {}
    for error in found:
        by_depth.setdefault(error.depth, []).append(error)
    for depth, errors in sorted(by_depth.items()):
        codes = {error.code for error in errors}
        asked = first.endpoint.server_name
        told = [_told(e, asked, facts.started_at) for e in errors if e.code != _ALONE or _NO_ISSUER not in codes]
        named = next((subject_of(e.certificate) for e in errors if e.certificate), "a certificate that cannot be read")
        yield Remark(Mark.BAD, sentence(f"Verify errors at depth {depth}, {named}: {'; '.join(told)}"))
    if not by_depth:
        doubt = "" if first.verify_code is None else ", although the first connection met one"
        mark = Mark.GOOD if first.verify_code is None else Mark.PLAIN
        yield Remark(mark, f"{_NO_OBJECTION}{doubt}.")


def _told(error: VerifyError, asked: str, at: datetime) -> str:
    found = error.certificate
    words = _OBJECTIONS.get(error.code, "breaks RFC 5280" if error.code in _STRICT else "refused")
    if error.code == _EXPIRED and found is not None and found.expired(at):
        words = f"expired {age(at - found.not_after)} ago"
    elif error.code == _NOT_YET_VALID and found is not None and found.not_yet_valid(at):
        words = f"valid only in {age(found.not_before - at)}"
    elif error.code == NAME and found is not None:
        words = f"not for the name that was asked for, but for {told_names(found, asked) or 'none'}"
    return f"{words} ({error.code})"


def _staple(facts: DiagnosticFacts) -> Remark:
    staple, leaf = facts.staple, facts.presented[0]
    if staple is None and facts.must_staple:
        text = f"{leaf.subject} must come with an OCSP staple, and none came: clients that hold to that refuse it."
        return Remark(Mark.BAD, text)
    if staple is None:
        return Remark(Mark.PLAIN, _NO_STAPLE)
    if staple.response != "successful":
        why = "cannot be read" if staple.response == "malformed" else f"holds only the answer `{staple.response}`"
        return Remark(Mark.BAD, sentence(f"The OCSP staple {why}"))
    if staple.status is None:
        return Remark(Mark.BAD, f"The OCSP staple is not for the certificate {leaf.subject}.")
    status, sound = _status(staple, leaf)
    dates, fresh = _dates(staple, facts.started_at)
    signed, genuine = _signed(staple)
    good = sound and fresh and genuine
    return Remark(
        Mark.BAD if good is False else Mark.GOOD if good else Mark.PLAIN,
        sentence(f"The OCSP staple says {status}; {dates}; {signed}"),
    )


def _status(staple: Staple, leaf: Certificate) -> tuple[str, bool]:
    if staple.status is StapleStatus.REVOKED:
        since = f" at {moment(staple.revoked_at)}" if staple.revoked_at else ""
        reason = f" ({staple.revocation_reason.replace('_', ' ')})" if staple.revocation_reason else ""
        return f"that {leaf.subject} was revoked{since}{reason}", False
    if staple.status is StapleStatus.UNKNOWN:
        return f"that the responder does not know {leaf.subject}", False
    return "`good`", True


def _dates(staple: Staple, at: datetime) -> tuple[str, bool]:
    if staple.this_update is not None and staple.this_update > at:
        return f"it is valid only from {moment(staple.this_update)} on", False
    if staple.next_update is None:
        return "it names no end", True
    if staple.next_update < at:
        return f"it is out of date since {moment(staple.next_update)}, {age(at - staple.next_update)} ago", False
    return f"it is valid for {age(staple.next_update - at)} more, until {moment(staple.next_update)}", True


def _signed(staple: Staple) -> tuple[str, bool | None]:
    match staple.signature:
        case StapleSignature.VERIFIED:
            return f"signed by {staple.responder}, for the issuer", True
        case StapleSignature.INVALID:
            return f"its signature by {staple.responder} is not the issuer's", False
        case StapleSignature.UNCHECKED:
            return "its signature cannot be checked here", None
        case _:
            assert_never(staple.signature)


def _issuers(facts: DiagnosticFacts) -> Iterator[Remark]:
    """What was found where the chain itself says that its missing issuers are (AIA)."""
    for sought in facts.issuers:
        if sought.certificate is None:
            text = f"The issuer of {sought.below} was sought at {sought.url}, which its certificate names: {sought.problem}"
            yield Remark(Mark.PLAIN, sentence(text))
            continue
        found = f"{sought.certificate.subject}, the issuer of {sought.below}, is not sent by the peer; it was found by AIA at {sought.url}"
        if facts.completed_by_issuers:
            yield Remark(Mark.BAD, f"{found}. With it the chain leads to our trust: the peer must send it.")
        else:
            unknown = (
                "its root is not in our trust"
                if sought.certificate.self_issued
                else "its own issuer is not in our trust"
            )
            yield Remark(Mark.BAD, f"{found}. With it the chain does not lead to our trust either: {unknown}.")


def _authorities(facts: DiagnosticFacts, first: HandshakeObservation) -> Iterator[Remark]:
    if not first.tls.acceptable_cas and facts.acceptable_cas:
        yield Remark(Mark.PLAIN, sentence(f"It accepts client certificates of {listed(facts.acceptable_cas)}"))
    accepted = {*first.tls.acceptable_cas, *facts.acceptable_cas}
    own = first.identity.certificates if first.identity else ()
    above = {c.issuer for c in own} | {c.subject for c in own if c.is_ca}
    if accepted and own and not above & accepted:
        text = f"No issuer in our file ({listed(tuple(sorted(above)))}) is among the CAs that it says it accepts."
        yield Remark(Mark.BAD, text)
