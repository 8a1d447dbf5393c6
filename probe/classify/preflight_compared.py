"""The candidate beside the certificate that it is to replace: a connector may authorise by name, and the same file is no rotation."""

from collections.abc import Iterator
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.preflight_files import NO_CERTIFICATE, check, objection
from probe.classify.wording import described, listed
from probe.model.certificate import Certificate
from probe.model.outcome import Failed, Passed, Skipped
from probe.model.preflight import PreflightCheck, PreflightFacts

_NAMES: Final = ("same-subject", "same-names", "new-certificate")


def compared(facts: PreflightFacts, catalogue: Catalogue) -> Iterator[PreflightCheck]:
    """Same subject, same alternative names, and yet not the same certificate."""
    candidate = next(iter(facts.candidate.identity.certificates), None)
    current = next(iter(facts.current.certificates), None) if facts.current else None
    if candidate is None or current is None:
        why = NO_CERTIFICATE if candidate is None else _no_current(facts)
        yield from (check(name, Skipped(why)) for name in _NAMES)
        return
    subjects = (candidate.subject or "empty", current.subject or "empty")
    kept = subjects[0] == subjects[1]
    yield _same("same-subject", "subject is", subjects, candidate, facts, catalogue, kept=kept)
    kept = sorted(candidate.san) == sorted(current.san)
    names = _names(candidate, current)
    yield _same("same-names", "alternative names (SANs) are", names, candidate, facts, catalogue, kept=kept)
    yield _new(candidate, current, catalogue)


def _no_current(facts: PreflightFacts) -> str:
    if facts.current is None:
        return "there is no current certificate to compare it with"
    return f"the current certificate cannot be read, so compare by hand: {facts.current.fault_detail}"


def _names(candidate: Certificate, current: Certificate) -> tuple[str, str]:
    """The alternative names of both; of many, those that the other one lacks come first."""
    new, old = sorted(candidate.san), sorted(current.san)
    common = frozenset(new).intersection(old)
    return listed(new, common.__contains__) or "none", listed(old, common.__contains__) or "none"


def _same(
    name: str,
    what: str,
    pair: tuple[str, str],
    candidate: Certificate,
    facts: PreflightFacts,
    catalogue: Catalogue,
    *,
    kept: bool,
) -> PreflightCheck:
    new, old = pair
    if kept:
        return check(name, Passed(), new)
    text = f"new {what} {new}, and the current {'one' if name == 'same-subject' else 'ones'} {old}"
    if facts.allow_new_name:
        return check(name, Passed(), f"{text} (--allow-new-name)")
    why = "a connector may authorise by name (--allow-new-name, if that is meant)"
    found = objection(catalogue, "certificate.name_changed", f"The {text}: {why}", certificate=candidate)
    return check(name, Failed(found))


def _new(candidate: Certificate, current: Certificate, catalogue: Catalogue) -> PreflightCheck:
    if candidate.sha256 != current.sha256:
        return check(
            "new-certificate", Passed(), f"serial {candidate.serial}, in place of the current {current.serial}"
        )
    text = f"{described(candidate)} is the current certificate itself: rolling it out would change nothing"
    return check("new-certificate", Failed(objection(catalogue, "certificate.unchanged", text, certificate=candidate)))
