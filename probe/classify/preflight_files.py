"""What the candidate's files tell by themselves: can they be read, do they fit, are they in date, for clients, and strong enough."""

from collections.abc import Iterator
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.clocks import clock_skew, peer_date
from probe.classify.file_faults import FAULTS
from probe.classify.ladder import ladder, reached
from probe.classify.own import CLIENT_AUTH, allows, examine
from probe.classify.strength import bits_of, weak_keys, weak_signatures
from probe.classify.wording import dates, described, sentence
from probe.model.certificate import Certificate
from probe.model.failure import Confidence, Failure, Severity
from probe.model.identity import FileFault
from probe.model.observation import HandshakeObservation
from probe.model.outcome import Failed, Outcome, Passed, Skipped, Unknown
from probe.model.preflight import PreflightCheck, PreflightFacts
from probe.model.watch import Care

NO_CERTIFICATE: Final = "there is no certificate to look at"
_UNREADABLE: Final = frozenset(
    {FileFault.CERTIFICATE_MISSING, FileFault.CERTIFICATE_UNREADABLE, FileFault.CERTIFICATE_MALFORMED}
)
_OF_THE_KEY: Final = "client_key."
_PASSWORD: Final = frozenset({FileFault.KEY_ENCRYPTED, FileFault.KEY_BAD_PASSWORD})


def file_checks(facts: PreflightFacts, catalogue: Catalogue) -> Iterator[PreflightCheck]:
    """The checks that need neither the current identity nor a network."""
    yield _parses(facts, catalogue)
    yield _key_matches(facts, catalogue)
    yield _dates(facts, catalogue)
    yield _usage(facts, catalogue)
    yield _key_strength(facts, catalogue)
    yield _signature_strength(facts, catalogue)


def check(name: str, outcome: Outcome, detail: str = "", *, warnings: tuple[Failure, ...] = ()) -> PreflightCheck:
    """A check whose detail, where none is given, is what its outcome says."""
    if isinstance(outcome, Failed | Unknown):
        detail = detail or outcome.failure.summary
    if isinstance(outcome, Skipped):
        detail = detail or outcome.because
    return PreflightCheck(name=name, outcome=outcome, detail=detail, warnings=warnings)


def objection(
    catalogue: Catalogue,
    reason: str,
    *parts: str,
    certificate: Certificate | None = None,
    confidence: Confidence = Confidence.PROVEN,
    severity: Severity | None = None,
) -> Failure:
    """What stands against the candidate, as one sentence."""
    return catalogue.failure(
        reason,
        phase=None,
        confidence=confidence,
        summary=sentence(*parts),
        certificate=certificate,
        severity=severity,
    )


def _faults(facts: PreflightFacts) -> dict[FileFault, str]:
    """Each thing that is wrong with the two files, and its sentence."""
    own = facts.candidate.identity
    if own.fault is None:
        return {}
    found = {own.fault: own.fault_detail}
    for further in own.further_faults:
        path = own.key_path if further.value.startswith(_OF_THE_KEY) else own.certificate_path
        found[further] = f"{path} {FAULTS[further]}"
    return found


def _parses(facts: PreflightFacts, catalogue: Catalogue) -> PreflightCheck:
    name, candidate = "certificate-parses", facts.candidate
    wrong = next(((kind, text) for kind, text in _faults(facts).items() if kind in _UNREADABLE), None)
    if wrong is None:
        found = candidate.identity.certificates
        count = f"{len(found)} certificate{'' if len(found) == 1 else 's'}"
        return check(name, Passed(), f"{count} in {candidate.identity.certificate_path}")
    kind, text = wrong
    if candidate.swapped:
        text = f"{text}, and {candidate.identity.key_path} holds a certificate: --cert and --key are swapped"
    elif candidate.format is not None:
        text = candidate.format
    return check(name, Failed(objection(catalogue, f"tls.{kind.value}", text)))


def _key_matches(facts: PreflightFacts, catalogue: Catalogue) -> PreflightCheck:
    name, candidate, faults = "key-matches", facts.candidate, _faults(facts)
    wrong = next(((kind, text) for kind, text in faults.items() if kind.value.startswith(_OF_THE_KEY)), None)
    if candidate.swapped and wrong is not None:
        return check(name, Skipped("the two files are swapped"))
    if wrong is None:
        unread = not candidate.identity.certificates
        return check(name, Skipped(NO_CERTIFICATE)) if unread else check(name, Passed(), "the key is the certificate's")
    kind, text = wrong
    advice = " (--key-password-file FILE)" if kind in _PASSWORD else ""
    if kind is FileFault.KEY_MALFORMED and candidate.format is not None:
        text = candidate.format
    leaf = next(iter(candidate.identity.certificates), None)
    return check(name, Failed(objection(catalogue, f"tls.{kind.value}", text + advice, certificate=leaf)))


def _dates(facts: PreflightFacts, catalogue: Catalogue) -> PreflightCheck:
    """Every certificate of the chain; where the connector's clock disagrees about them, nobody can tell."""
    name, at = "dates", facts.at
    own = examine(facts.candidate.identity, at)
    if own.leaf is None:
        return check(name, Skipped(NO_CERTIFICATE))
    said = f"{own.leaf.subject} {dates(own.leaf, at)}"
    if not own.dated:
        soon = [*_low(facts, catalogue), *_soon(facts, own.leaf, own.root_expired, catalogue)]
        late = next((failure for failure in soon if failure.severity is Severity.PAGE), None)
        return check(name, Failed(late)) if late else check(name, Passed(), said, warnings=tuple(soon))
    reason, certificate = own.dated[0]
    doubt = next(_other_clock(facts, certificate, catalogue), None)
    if doubt is not None:
        return check(name, Unknown(doubt), f"{said}; {doubt.summary}")
    text = f"{described(certificate)} {dates(certificate, at)}"
    return check(name, Failed(objection(catalogue, reason, text, certificate=certificate)))


def _other_clock(facts: PreflightFacts, certificate: Certificate, catalogue: Catalogue) -> Iterator[Failure]:
    """The disagreement, where by the clock of a connector the certificate is in date."""
    for seen in _observations(facts):
        theirs = peer_date(seen.http)
        if theirs is not None and not certificate.expired(theirs) and not certificate.not_yet_valid(theirs):
            yield from clock_skew(seen.endpoint, seen.http, catalogue, started_at=seen.started_at, timings=seen.timings)


def _observations(facts: PreflightFacts) -> Iterator[HandshakeObservation]:
    for live in facts.lives:
        yield from (seen for seen in (live.candidate, live.control) if seen is not None)


def _low(facts: PreflightFacts, catalogue: Catalogue) -> Iterator[Failure]:
    """What already stands on a rung of its ladder: a page would follow the rollout, or a ticket."""
    for certificate in (c for c in facts.candidate.chain if not c.self_issued):
        care = facts.care if not certificate.is_ca else Care(thresholds_s=facts.care.thresholds_s)
        rung = reached(ladder(certificate, care), certificate.not_after - facts.at)
        if rung is not None:
            text = (
                f"{described(certificate)} {dates(certificate, facts.at)}: already inside its threshold of {rung.name}"
            )
            yield objection(catalogue, "certificate.expiring", text, certificate=certificate, severity=rung.severity)


def _soon(
    facts: PreflightFacts, leaf: Certificate, root: Certificate | None, catalogue: Catalogue
) -> Iterator[Failure]:
    """What the dates will lead to: an end before that of the certificate which is to be replaced, a root that has run out."""
    before = next(iter(facts.current.certificates), None) if facts.current else None
    if before is not None and leaf.not_after < before.not_after:
        text = f"{described(leaf)} {dates(leaf, facts.at)}: before the current one, which {dates(before, facts.at)}"
        yield objection(catalogue, "certificate.expiring", text, certificate=leaf)
    if root is not None:
        text = f"The root in the file, {described(root)}, {dates(root, facts.at)}; peers use roots of their own"
        yield objection(catalogue, "certificate.expired", text, certificate=root, severity=Severity.TICKET)


def _usage(facts: PreflightFacts, catalogue: Catalogue) -> PreflightCheck:
    """Extended key usage of the leaf and of every CA above it, key usage of the leaf, and whether its renewal will keep it."""
    name, candidate = "usage", facts.candidate
    if not candidate.chain:
        return check(name, Skipped(NO_CERTIFICATE))
    leaf = candidate.chain[0]
    wrong = next((c for c in candidate.chain if not allows(c, CLIENT_AUTH)), None)
    if wrong is not None:
        text = f"The extended key usage of {described(wrong)} does not allow client authentication (clientAuth)"
    elif leaf.is_ca:
        wrong, text = leaf, f"{described(leaf)} is a CA certificate: the client's own must come first in that file"
    elif not candidate.signs:
        wrong, text = (
            leaf,
            f"The key usage of {described(leaf)} does not allow digitalSignature, which a client signs with",
        )
    else:
        how = "allows clientAuth" if leaf.extended_key_usage else "is not restricted: no extended key usage"
        return check(name, Passed(), f"the certificate {how}", warnings=tuple(_public(leaf, catalogue)))
    return check(name, Failed(objection(catalogue, "tls.client_cert.wrong_eku", text, certificate=wrong)))


def _public(leaf: Certificate, catalogue: Catalogue) -> Iterator[Failure]:
    if leaf.publicly_trusted:
        text = f"{described(leaf)} comes from a public CA, whose renewals no longer allow client authentication"
        yield objection(catalogue, "certificate.renewal_loses_client_auth", text, certificate=leaf)


def _key_strength(facts: PreflightFacts, catalogue: Catalogue) -> PreflightCheck:
    chain, level = facts.candidate.chain, facts.security_level
    weak = [(c, c.key_bits) for c in weak_keys(chain, level)]
    return _strength("key-strength", "key", weak, facts, catalogue)


def _signature_strength(facts: PreflightFacts, catalogue: Catalogue) -> PreflightCheck:
    chain, level = facts.candidate.chain, facts.security_level
    weak = [(c, c.signature_bits) for c in weak_signatures(chain, level)]
    return _strength("signature-strength", "signature", weak, facts, catalogue)


def _strength(
    name: str,
    what: str,
    weak: list[tuple[Certificate, int | None]],
    facts: PreflightFacts,
    catalogue: Catalogue,
) -> PreflightCheck:
    level = facts.security_level
    asked = f"security level {level} asks for {bits_of(level)} bits"
    if not facts.candidate.chain:
        return check(name, Skipped(NO_CERTIFICATE))
    if not weak:
        return check(name, Passed(), f"{bits_of(level)} bits of security and more (level {level})")
    certificate, bits = weak[0]
    text = f"The {what} of {described(certificate)} gives {bits} bits of security, and {asked}"
    return check(name, Failed(objection(catalogue, f"tls.client_cert.weak_{what}", text, certificate=certificate)))
