"""What was found at single places, and how it becomes one entry for each certificate of a path."""

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from probe.model.aside import gently
from probe.model.certificate import Certificate, CertificateRole, Source, SourceKind
from probe.model.watch import Care, Held, Proof, Sighting, WatchedCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """One certificate at one place, or a file there that should have held one."""

    path: str | None
    name: str
    held: Held
    source: Source
    at: datetime
    certificate: Certificate | None = None
    ours: bool = False
    relied_on: bool | None = None
    care: Care = field(default_factory=Care)
    """Without thresholds where it has none of its own."""
    unreadable: str | None = None
    not_in_use: datetime | None = None
    use_unseen: bool = False
    half_rotated: str | None = None


def merge(finds: Sequence[Find], thresholds_s: tuple[float, ...]) -> tuple[WatchedCertificate, ...]:
    """One entry for each certificate of each path, in the order in which they were found first.

    What was found for no path, and stands on one or several, is a sighting there. Of two finds the first one counts wherever
    they say different things; `thresholds_s` are those of certificates that have none of their own.
    """
    on_paths = _on_paths(finds)
    groups: dict[tuple[str | None, str, str], list[Find]] = {}
    for find in gently(finds):
        for key in _keys(find, on_paths):
            groups.setdefault(key, []).append(find)
    return tuple(_entry(path, group, thresholds_s) for (path, _, _), group in gently(groups.items()))


def _on_paths(finds: Iterable[Find]) -> Mapping[str, Sequence[str]]:
    """Fingerprint -> the paths that it stands on."""
    found: dict[str, dict[str, None]] = {}
    for find in finds:
        if find.certificate is not None and find.path is not None:
            found.setdefault(find.certificate.sha256, {})[find.path] = None
    return {sha256: tuple(paths) for sha256, paths in found.items()}


def _keys(find: Find, on_paths: Mapping[str, Sequence[str]]) -> Iterator[tuple[str | None, str, str]]:
    """The entries that a find belongs to: path, fingerprint, and of what is unreadable or has none the place instead."""
    if find.certificate is None:
        yield find.path, "", f"{find.name}\n{find.source.location}\n{find.unreadable}"
    elif not find.certificate.sha256:
        yield find.path, "", f"{find.name}\n{find.source.location}"
    elif find.path is None and find.held is Held.WATCHED and find.certificate.sha256 in on_paths:
        yield from ((path, find.certificate.sha256, "") for path in on_paths[find.certificate.sha256])
    else:
        yield find.path, find.certificate.sha256, ""


def _entry(path: str | None, finds: Sequence[Find], thresholds_s: tuple[float, ...]) -> WatchedCertificate:
    first = finds[0]
    if len(finds) == 1:
        return _of_one(path, first, thresholds_s)
    return WatchedCertificate(
        path=path,
        name=first.name,
        certificate=_certificate(finds),
        seen=_sightings(finds),
        ours=any(find.ours for find in finds),
        relied_on=_relied_on(finds),
        care=_care(finds, thresholds_s),
        unreadable=first.unreadable,
        not_in_use=next((find.not_in_use for find in finds if find.not_in_use is not None), None),
        use_unseen=any(find.use_unseen for find in finds),
        half_rotated=next((find.half_rotated for find in finds if find.half_rotated is not None), None),
    )


def _of_one(path: str | None, find: Find, thresholds_s: tuple[float, ...]) -> WatchedCertificate:
    """The same for a single find: ten thousand watched files are ten thousand of them."""
    return WatchedCertificate(
        path=path,
        name=find.name,
        certificate=find.certificate,
        seen=(Sighting(find.source, find.at, find.held),),
        ours=find.ours,
        relied_on=find.relied_on,
        care=_filled(find.care, thresholds_s),
        unreadable=find.unreadable,
        not_in_use=find.not_in_use,
        use_unseen=find.use_unseen,
        half_rotated=find.half_rotated,
    )


@functools.lru_cache(maxsize=1024)
def _filled(care: Care, thresholds_s: tuple[float, ...]) -> Care:
    return care if care.thresholds_s else dataclasses.replace(care, thresholds_s=thresholds_s)


def _certificate(finds: Sequence[Find]) -> Certificate | None:
    """The first one; a CA of a bundle of which another place tells more has the role that it has there."""
    certificate = finds[0].certificate
    if certificate is None or certificate.role is not CertificateRole.CA_BUNDLE:
        return certificate
    roles = (find.certificate.role for find in finds if find.certificate is not None)
    better = next((role for role in roles if role is not CertificateRole.CA_BUNDLE), None)
    return certificate if better is None else dataclasses.replace(certificate, role=better)


def _sightings(finds: Sequence[Find]) -> tuple[Sighting, ...]:
    """Each place once, the latest sighting there; files before the wire."""
    latest: dict[tuple[Source, Held], datetime] = {}
    for find in finds:
        place = find.source, find.held
        latest[place] = max(find.at, latest.get(place, find.at))
    seen = [Sighting(source, at, held) for (source, held), at in latest.items()]
    return tuple(sorted(seen, key=lambda sighting: sighting.source.kind is SourceKind.WIRE))


def _relied_on(finds: Iterable[Find]) -> bool | None:
    """True where any place shows that it is needed; False where one shows that it is not, and none more."""
    said = {find.relied_on for find in finds}
    return True if True in said else False if False in said else None


def _care(finds: Sequence[Find], thresholds_s: tuple[float, ...]) -> Care:
    """What the first place says that says anything."""
    proofs: Iterator[Proof] = (find.care.proof for find in finds if find.care.proof is not None)
    return Care(
        managed_by=next((find.care.managed_by for find in finds if find.care.managed_by is not None), None),
        renew_before_s=next((find.care.renew_before_s for find in finds if find.care.renew_before_s is not None), None),
        thresholds_s=next((find.care.thresholds_s for find in finds if find.care.thresholds_s), thresholds_s),
        proof=next(proofs, None),
    )
