"""Watched certificates as facts: whole lives, places and care, made on the spot."""

from datetime import UTC, datetime, timedelta
from typing import Final

from probe.model.certificate import Certificate, CertificateRole, Source, SourceKind
from probe.model.watch import Care, Held, Proof, Sighting, WatchedCertificate

NOW: Final = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
DAY: Final = timedelta(days=1)
CLIENT_AUTH: Final = "1.3.6.1.5.5.7.3.2"
FILE: Final = Source(SourceKind.FILE, "/etc/billing/tls/tls.crt")
BUNDLE: Final = Source(SourceKind.FILE, "/etc/paypath/ca.pem")
WIRE: Final = Source(SourceKind.WIRE, "connector.internal:8443")
MANAGED: Final = Care(managed_by="vault", proof=Proof(proven=True, detail="listed as ready"))
_PLACES: Final = {
    Held.IDENTITY: FILE,
    Held.IN_USE: Source(SourceKind.WIRE, "127.0.0.1:9901"),
    Held.TRUST: BUNDLE,
    Held.PEER: WIRE,
    Held.UPSTREAM: Source(SourceKind.WIRE, "api.stripe.com:443"),
    Held.PROXY: Source(SourceKind.WIRE, "proxy.internal:3128"),
    Held.UPSTREAM: Source(SourceKind.WIRE, "api.stripe.com:443"),
    Held.WATCHED: Source(SourceKind.FILE, "/etc/ssl/billing/upstream.pem"),
    Held.CRL: Source(SourceKind.FILE, "/etc/paypath/ca.crl"),
    Held.STAPLE: WIRE,
}


def certificate(subject: str = "CN=billing", **changes: object) -> Certificate:
    """A client certificate of a year with 200 days left, from our file unless changed."""
    facts: dict[str, object] = {
        "role": CertificateRole.CLIENT,
        "subject": subject,
        "issuer": "CN=Issuing",
        "serial": "4f1c",
        "not_before": NOW - 165 * DAY,
        "not_after": NOW + 200 * DAY,
        "sha256": subject.encode().hex(),
        "source": FILE,
    }
    return Certificate(**(facts | changes))  # type: ignore[arg-type]  # a test's shorthand


def living(lifetime: timedelta, **changes: object) -> Certificate:
    """One that was issued at `NOW` and lives this long."""
    return certificate(**({"not_before": NOW, "not_after": NOW + lifetime} | changes))  # type: ignore[arg-type]  # likewise


def authority(subject: str, days: float, *, root: bool = False, **changes: object) -> Certificate:
    """A CA of ten years with so many days left."""
    facts = {
        "role": CertificateRole.ROOT if root else CertificateRole.INTERMEDIATE,
        "issuer": subject if root else "CN=Root",
        "is_ca": True,
        "self_issued": root,
        "not_before": NOW - (3650 - days) * DAY,
        "not_after": NOW + days * DAY,
        "sha256": f"{subject}{days}".encode().hex(),
    }
    return certificate(subject, **(facts | changes))


def watched(found: Certificate | None, *held: Held, **changes: object) -> WatchedCertificate:
    """An entry of the path `billing`, seen now in each of the places; ours and managed where it is the identity's leaf."""
    kinds = held or (Held.IDENTITY,)
    leaf = Held.IDENTITY in kinds and found is not None and not found.is_ca
    facts: dict[str, object] = {
        "path": "billing",
        "name": "billing",
        "certificate": found,
        "seen": tuple(Sighting(_PLACES[kind], NOW, kind) for kind in kinds),
        "ours": leaf,
        "care": MANAGED if leaf else Care(),
    }
    return WatchedCertificate(**(facts | changes))  # type: ignore[arg-type]  # a test's shorthand
