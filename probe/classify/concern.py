"""What is to be said of one watched certificate, before the catalogue makes a failure of it; and how it is named."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.classify.wording import age, described, moment
from probe.model.certificate import Certificate, CertificateRole
from probe.model.failure import Blame, Confidence, Evidence, Failure, Severity
from probe.model.watch import Held, WatchedCertificate

_KINDS: Final = {
    CertificateRole.CLIENT: "client certificate",
    CertificateRole.SERVER: "server certificate",
    CertificateRole.INTERMEDIATE: "intermediate CA",
    CertificateRole.ROOT: "root CA",
    CertificateRole.CA_BUNDLE: "trusted CA",
}
_FRESH: Final = timedelta(hours=1)
"""What was seen longer ago than this is told with its age."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """A reason, and one sentence."""

    reason: str
    summary: str
    severity: Severity | None = None
    """None: the catalogue's own."""
    confidence: Confidence = Confidence.PROVEN
    detail: str = ""


def concern_failure(concern: Concern, watched: WatchedCertificate, catalogue: Catalogue) -> Failure:
    """The warning that the concern is, with who has to act."""
    blame = acts_on(watched)
    proxies = [sighting.source.location for sighting in watched.seen if sighting.held is Held.PROXY]
    return catalogue.failure(
        concern.reason,
        phase=None,
        confidence=concern.confidence,
        summary=concern.summary,
        evidence=Evidence(detail=concern.detail),
        certificate=watched.certificate,
        blame=blame,
        severity=concern.severity,
        proxy=proxies[0] if proxies and blame is Blame.NETWORK else None,
    )


def acts_on(watched: WatchedCertificate) -> Blame:
    """Who has to replace it: what stands in our files is ours to put there, what is presented to us is theirs.

    A root that was found above their chain is ours: it stands in our bundle, and there it has to be replaced.
    """
    found = watched.certificate
    if watched.ours or watched.held_as(Held.IDENTITY, Held.IN_USE) or (found is not None and found.self_issued):
        return Blame.OURS
    if watched.held_as(Held.PEER, Held.STAPLE):
        return Blame.CONNECTOR
    if watched.held_as(Held.UPSTREAM):
        return Blame.STRIPE
    return Blame.NETWORK if watched.held_as(Held.PROXY) else Blame.OURS


def named(watched: WatchedCertificate, certificate: Certificate, *, at: datetime) -> str:
    """`The client certificate CN=billing (serial 4f1c) in /etc/…`, with when it was seen where that is not just now."""
    place = certificate.source.location
    if certificate.role is CertificateRole.CRL:
        return f"The revocation list of {certificate.issuer or 'an unnamed issuer'} in {place}"
    if certificate.role is CertificateRole.OCSP:
        return f"The OCSP answer that {place} staples"
    text = f"The {_KINDS[certificate.role]} {described(certificate)}"
    seen = watched.last_seen
    return text if seen is None or at - seen < _FRESH else f"{text} (last seen {age(at - seen)} ago)"


def ending(certificate: Certificate, end: datetime, at: datetime) -> str:
    """`expires in 12 days, at …`, `expired 2 minutes ago, at …`; a list or answer has a successor that is due."""
    published = certificate.role in {CertificateRole.CRL, CertificateRole.OCSP}
    if at > end:
        return f"{'ended' if published else 'expired'} {age(at - end)} ago, at {moment(end)}"
    return f"{'ends' if published else 'expires'} in {age(end - at)}, at {moment(end)}"
