"""Trust bundles and revocation lists of a path: what of them it relies on."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from probe.certificates.finds import Find
from probe.certificates.scanner import Read
from probe.certificates.wire import Leg
from probe.model.certificate import Certificate, CertificateRole, Source
from probe.model.watch import Care, Held


@dataclass(frozen=True, slots=True)
class Side:
    """What all finds of one side of a path share: its connector, or the proxy in front of that."""

    path: str
    name: str
    care: Care
    at: datetime
    """When the files were read."""


def trust_finds(side: Side, read: Read, leg: Leg) -> Iterator[Find]:
    """Every CA of a configured bundle. One sighting's place is the bundle: a directory's CAs are one bundle."""
    anchors = [(one, at) for one, at in _found(read, side.at) if one.role is not CertificateRole.CRL]
    for certificate, at in anchors:
        relied = True if certificate.sha256 in (leg.verified or ()) else False if leg.anchors else None
        shown = _in_bundle(certificate, known=bool(relied) or len(anchors) == 1)
        yield _find(side, Held.TRUST, read.source, at, certificate=shown, relied_on=relied)
    yield from _faults(side, Held.TRUST, read, "it holds no certificate" if not anchors else None)


def crl_finds(side: Side, read: Read, leg: Leg) -> Iterator[Find]:
    """Every list of the file; the path relies on the one of its peer's issuer."""
    lists = [(one, at) for one, at in _found(read, side.at) if one.role is CertificateRole.CRL]
    for certificate, at in lists:
        relied = None if leg.leaf_issuer is None else certificate.issuer == leg.leaf_issuer
        yield _find(side, Held.CRL, certificate.source, at, certificate=certificate, relied_on=relied)
    yield from _faults(side, Held.CRL, read, "it holds no revocation list" if not lists else None)


def _found(read: Read, at: datetime) -> list[tuple[Certificate, datetime]]:
    """What the files hold, or held when they could be read last, and when that was."""
    return [(one.certificate, contents.as_of or at) for _, contents in read.files for one in contents.found]


def _in_bundle(certificate: Certificate, *, known: bool) -> Certificate:
    """A CA of which no more is known than that it stands in a bundle; a peer's own certificate that is trusted by itself."""
    if known and certificate.is_ca:
        return certificate
    role = CertificateRole.CA_BUNDLE if certificate.is_ca else CertificateRole.SERVER
    return dataclasses.replace(certificate, role=role)


def _faults(side: Side, held: Held, read: Read, nothing: str | None) -> Iterator[Find]:
    """What is wrong with the bundle; files of a directory that are something else are passed over."""
    place = read.source.location
    told = [f"{place}: {read.problem}"] if read.problem else []
    for spot, contents in read.files:
        if spot.named or contents.found:
            told += [f"{spot.file}: {fault}" for fault in contents.faults or filter(None, [contents.passed_over])]
    if nothing is not None and not told:
        told.append(f"{place}: {nothing}")
    for text in told:
        yield dataclasses.replace(_find(side, held, read.source, side.at), unreadable=text)


def _find(
    side: Side,
    held: Held,
    source: Source,
    at: datetime,
    *,
    certificate: Certificate | None = None,
    relied_on: bool | None = None,
) -> Find:
    return Find(
        path=side.path,
        name=side.name,
        held=held,
        source=source,
        at=at,
        certificate=certificate,
        relied_on=relied_on,
        care=side.care,
    )
