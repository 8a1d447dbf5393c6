"""How a watched certificate is looked after: whether anything renews it, and what stands in the way of its next renewal."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from probe.classify.concern import Concern, named
from probe.classify.own import CLIENT_AUTH
from probe.classify.renewal import announced_before_s, overdue_from
from probe.classify.wording import age, moment, sentence
from probe.model.certificate import Certificate
from probe.model.failure import Confidence
from probe.model.watch import Care, Held, WatchedCertificate

_UNASKED: Final = "nothing is configured that could prove it: set `managed_proof` of the identity"


def care_concerns(watched: WatchedCertificate, *, at: datetime) -> Iterator[Concern]:
    """Everything but the dates. Only what is ours can be unmanaged, overdue, or lose its usage."""
    certificate = watched.certificate
    if watched.unreadable is not None:
        unknown = watched.only_held_as(Held.IN_USE)  # the service tells what it holds, and it is not the file's
        reason = "certificate.rotated_but_not_used" if unknown else "certificate.unreadable"
        yield Concern(reason=reason, summary=sentence(watched.unreadable))
    if watched.half_rotated is not None:
        yield Concern(reason="certificate.half_rotated", summary=sentence(watched.half_rotated))
    if not watched.ours:
        return
    if certificate is not None:
        yield from _renewal(watched, certificate, at)
    yield from _management(watched, certificate, at)


def _renewal(watched: WatchedCertificate, certificate: Certificate, at: datetime) -> Iterator[Concern]:
    care, due = watched.care, overdue_from(certificate, watched.care)
    if due is not None and at > due:
        known = (
            ""
            if announced_before_s(certificate, care)
            else f" ({care.managed_by}'s default: `renew_before` is not set)"
        )
        yield Concern(
            reason="certificate.renewal_overdue",
            summary=(
                f"{named(watched, certificate, at=at)} should have been renewed by {care.managed_by} before {moment(due)}, "
                f"{age(at - due)} ago{known}; it ends at {moment(certificate.not_after)}."
            ),
            confidence=Confidence.INFERRED if known else Confidence.PROVEN,
        )
    if certificate.publicly_trusted and CLIENT_AUTH in certificate.extended_key_usage:
        yield Concern(
            reason="certificate.renewal_loses_client_auth",
            summary=(
                f"{named(watched, certificate, at=at)} comes from a public CA, {certificate.issuer}: "
                "its renewal will not have the usage clientAuth any more, and will be refused."
            ),
            confidence=Confidence.INFERRED,
        )


def _management(watched: WatchedCertificate, certificate: Certificate | None, at: datetime) -> Iterator[Concern]:
    care = watched.care
    name = f"Identity {watched.name}" if certificate is None else named(watched, certificate, at=at)
    if care.managed_by is None:
        yield Concern(
            reason="certificate.unmanaged",
            summary=f"Nothing is known to renew it: {name[0].lower()}{name[1:]} has no `managed_by`.",
        )
    elif care.proof is None or not care.proof.proven:
        yield Concern(
            reason="certificate.management_unproven",
            summary=f"{name} is said to be renewed by {care.managed_by}, and {_unproven(care)}.",
            detail="" if care.proof is None else care.proof.detail,
        )


def _unproven(care: Care) -> str:
    if care.proof is None:
        return _UNASKED
    if care.proof.proven is None:
        return f"whether it is could not be asked: {care.proof.detail.rstrip('.')}"
    return f"it is not: {care.proof.detail.rstrip('.')}"
