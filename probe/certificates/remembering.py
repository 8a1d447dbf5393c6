"""What is taken over from before a restart: what was seen elsewhere than in files, and which leaf each identity had."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from probe.certificates.contents import Found
from probe.certificates.kept import Before
from probe.certificates.sides import sides_of
from probe.certificates.wire import SYSTEM_STORE, Leg, Seen, restored
from probe.model.certificate import Certificate
from probe.model.path import Connector, Identity, PaymentPath, Proxy
from probe.model.watch import Held, InUseFound, Sighting, WatchedCertificate

Entries = Sequence[WatchedCertificate]


def legs_of(entries: Entries, paths: Iterable[PaymentPath]) -> dict[tuple[str, Held], Leg]:
    """What each peer showed last. What another endpoint showed, which is not configured any more, is left behind."""
    found: dict[tuple[str, Held], Leg] = {}
    for path in paths:
        mine = [entry for entry in entries if entry.path == path.name]
        for side, held in sides_of(path):
            if (leg := _leg(mine, side, held)) is not None:
                found[path.name, held] = leg
    return found


def _leg(entries: Entries, side: Connector | Proxy, held: Held) -> Leg | None:
    endpoint = str(side.endpoint)
    seen = list(_seen(entries, held, endpoint))
    if not seen:
        return None
    trust = SYSTEM_STORE.location if side.trust is None else str(side.trust)
    ends = [
        entry for entry in entries if not entry.held_as(held) or (entry.certificate and entry.certificate.self_issued)
    ]
    anchors = [one for one in _seen(ends, Held.TRUST, trust) if one.relied_on]
    staples = list(_seen(entries, Held.STAPLE, endpoint))
    leg = restored(seen, anchors)
    return dataclasses.replace(leg, staple=staples[-1] if staples else None)


def leaves_of(entries: Entries) -> dict[str, Seen]:
    """Identity -> the leaf that its file had last."""
    found: dict[str, Seen] = {}
    for entry, certificate, sighting in _sighted(entries, Held.IDENTITY):
        if entry.ours and (entry.name not in found or found[entry.name].at < sighting.at):
            found[entry.name] = Seen(certificate, sighting.at).at_place(sighting.source)
    return found


def files_of(entries: Entries) -> Before:
    """What files of trust, of revocation lists, and those that are watched held last."""
    found: dict[str, tuple[datetime, dict[str, Found]]] = {}
    for held in (Held.WATCHED, Held.TRUST, Held.CRL):
        for entry, certificate, sighting in _sighted(entries, held):
            file = sighting.source.location
            at, known = found.get(file, (sighting.at, {}))
            known[certificate.sha256] = Found(dataclasses.replace(certificate, source=sighting.source), entry.ours)
            found[file] = max(at, sighting.at), known
    return {file: (at, tuple(known.values())) for file, (at, known) in found.items()}


def uses_of(entries: Entries, identities: Mapping[str, Identity]) -> dict[str, InUseFound]:
    """Identity -> what its service was last seen to hold, where it is still configured how to see it."""
    found: dict[str, InUseFound] = {}
    for entry, certificate, sighting in _sighted(entries, Held.IN_USE):
        identity = identities.get(entry.name)
        before = found.get(entry.name)
        if identity is None or identity.in_use is None or (before is not None and before.at >= sighting.at):
            continue
        found[entry.name] = InUseFound(
            at=sighting.at, source=sighting.source, sha256=certificate.sha256 or None, certificate=certificate
        )
    return found


def _sighted(entries: Entries, held: Held) -> Iterator[tuple[WatchedCertificate, Certificate, Sighting]]:
    for entry in entries:
        for sighting in entry.seen:
            if entry.certificate is not None and sighting.held is held:
                yield entry, entry.certificate, sighting


def _seen(entries: Entries, held: Held, endpoint: str) -> Iterator[Seen]:
    for entry, certificate, sighting in _sighted(entries, held):
        if sighting.source.location == endpoint:
            yield Seen(certificate, sighting.at, entry.relied_on).at_place(sighting.source)
