"""Our identities: what their files hold, and what the running service holds of them."""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from probe.certificates.finds import Find
from probe.certificates.wire import Seen
from probe.model.certificate import Certificate, CertificateRole, Source, SourceKind
from probe.model.identity import FileFault, IdentityFacts
from probe.model.path import Identity
from probe.model.watch import Care, Held, InUseFound, Proof

_SAME: Final = timedelta(seconds=1)
"""Two ends that are no further apart are one: metrics are floating-point numbers."""


@dataclass(frozen=True, slots=True)
class Used:
    """What the service was last seen to hold, with all that is known of it."""

    found: InUseFound
    certificate: Certificate | None
    """None: neither the place nor anything that was ever seen tells its end."""


def identity_finds(
    path: str | None,
    identity: Identity,
    facts: IdentityFacts,
    at: datetime,
    *,
    proof: Proof | None,
    used: Used | None,
    last: Seen | None = None,
    before: Certificate | None = None,
) -> Iterator[Find]:
    """The leaf, the chain that comes with it, and what is in use; where the file cannot be read, why, and the `last` leaf that it held.

    `before` is the leaf before that one, of a service that is said to tell what it holds: as long as it tells nothing, it may still be it.
    """
    leaf = next(iter(facts.certificates), None)
    base = Find(
        path=path,
        name=identity.name,
        held=Held.IDENTITY,
        source=Source(SourceKind.FILE, str(identity.certificate)) if leaf is None else leaf.source,
        at=at,
        care=Care(thresholds_s=identity.thresholds_s or ()),
    )
    if leaf is None:
        yield dataclasses.replace(base, unreadable=facts.fault_detail, care=_care(identity, proof))
    known = last if leaf is None else Seen(leaf, at)
    if known is not None:
        yield dataclasses.replace(
            base,
            certificate=known.certificate,
            source=known.certificate.source,
            at=known.at,
            ours=True,
            relied_on=True,
            care=_care(identity, proof),
            not_in_use=_unseen(before, known.certificate) if used is None else _older(used, known.certificate),
            use_unseen=used is None and _unseen(before, known.certificate) is not None,
            half_rotated=None if leaf is None else _half_rotated(facts),
        )
    if used is not None:
        yield _in_use(base, used, None if known is None else known.certificate)
    for certificate in facts.certificates[1:]:
        yield dataclasses.replace(base, certificate=certificate)


def is_leaf(found: InUseFound, leaf: Certificate) -> bool:
    """Whether the service holds this certificate, by the best that it tells: fingerprint, serial number, or else the end."""
    if (sha256 := found.sha256 or (found.certificate and found.certificate.sha256)) is not None:
        return sha256 == leaf.sha256
    if found.serial is not None:
        return found.serial.lstrip("0") == leaf.serial.lstrip("0")
    return found.not_after is not None and abs(found.not_after - leaf.not_after) <= _SAME


def tells(found: InUseFound) -> bool:
    """Whether it says anything of what is in use: a question without an answer says nothing."""
    marks = (found.sha256, found.serial, found.certificate, found.not_after)
    return found.error is None and any(mark is not None for mark in marks)


def used_of(found: InUseFound, known: Iterable[Certificate], *, leaf: Certificate | None = None) -> Used:
    """With the certificate that it is: the place's own, one of those that are known, or what the place tells of it.

    `leaf` is the file's: where only an end is told, the two are taken to live equally long.
    """
    certificate = found.certificate or next((one for one in known if is_leaf(found, one)), None)
    if certificate is None and found.not_after is not None:
        certificate = Certificate(
            role=CertificateRole.CLIENT,
            subject=found.subject or "",
            issuer="",
            serial=found.serial or "",
            not_before=found.not_before or _began(found.at, found.not_after, leaf),
            not_after=found.not_after,
            sha256=found.sha256 or "",
            source=found.source,
        )
    return Used(found, certificate)


def _began(at: datetime, ends: datetime, leaf: Certificate | None) -> datetime:
    """Since when a certificate is good of which only the end is told: who uses it is no sign of a wrong clock, so not after `at`."""
    lifetime = leaf.not_after - leaf.not_before if leaf is not None else timedelta()
    return min(at, ends - lifetime)


def _in_use(base: Find, used: Used, leaf: Certificate | None) -> Find:
    find = dataclasses.replace(base, held=Held.IN_USE, source=used.found.source, at=used.found.at)
    if leaf is not None and is_leaf(used.found, leaf):
        return dataclasses.replace(find, certificate=leaf)
    if used.certificate is not None:
        return dataclasses.replace(find, certificate=used.certificate, relied_on=True)
    mark = f"sha256 {used.found.sha256}" if used.found.sha256 else f"serial number {used.found.serial}"
    text = (
        f"{used.found.source.location}: the service holds a certificate ({mark}) that is not the one of"
        f" {base.source.location}, and nothing tells when it ends"
    )
    return dataclasses.replace(find, unreadable=text)


def _older(used: Used, leaf: Certificate) -> datetime | None:
    """The end of what is in use, where that is an older one than the file's."""
    one = used.certificate
    if one is None or is_leaf(used.found, leaf):
        return None
    known = used.found.not_before is not None or used.found.certificate is not None or one.issuer
    newer = one.not_before > leaf.not_before if known else one.not_after > leaf.not_after
    return None if newer else one.not_after


def _unseen(before: Certificate | None, leaf: Certificate) -> datetime | None:
    """The end of the leaf of before: until use of the new one is seen, it keeps counting."""
    return before.not_after if before is not None and before.not_before <= leaf.not_before else None


def _care(identity: Identity, proof: Proof | None) -> Care:
    return Care(
        managed_by=identity.managed_by,
        renew_before_s=identity.renew_before_s,
        thresholds_s=identity.thresholds_s or (),
        proof=proof,
    )


def _half_rotated(facts: IdentityFacts) -> str | None:
    """What was found, where certificate and key are of two issues; a CA that comes first is a file in the wrong order."""
    if facts.half_rotated is not None or facts.certificates[0].is_ca:
        return facts.half_rotated
    if facts.fault is FileFault.KEY_MISMATCH:
        return facts.fault_detail
    if FileFault.KEY_MISMATCH in facts.further_faults:
        return f"{facts.key_path} is not the key of {facts.certificate_path}: they come from different issues"
    return None
