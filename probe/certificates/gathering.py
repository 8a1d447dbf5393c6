"""Everything that is known at one moment, as finds in the order in which people want to read them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from probe.certificates.bundle import Side, crl_finds, trust_finds
from probe.certificates.finds import Find
from probe.certificates.own import Used, identity_finds
from probe.certificates.scanner import Scan, identities_of
from probe.certificates.sides import sides_of
from probe.certificates.watched import watched_finds
from probe.certificates.wire import SYSTEM_STORE, Leg, Seen
from probe.model.certificate import Certificate, SourceKind
from probe.model.path import Connector, Identity, PaymentPath, Proxy, Watch
from probe.model.watch import Care, Held, Proof

Legs = Mapping[tuple[str, Held], Leg]
"""By path, and `PEER`, `PROXY` or `UPSTREAM`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is configured, what the files hold, and what was seen elsewhere."""

    at: datetime
    """Now."""
    paths: tuple[PaymentPath, ...]
    identities: tuple[Identity, ...]
    watches: tuple[Watch, ...]
    scan: Scan | None
    """None: no file has been looked at yet."""
    legs: Legs
    last: Mapping[str, Seen]
    """By identity: the leaf that its file held when it could be read last."""
    before: Mapping[str, Certificate]
    """By identity whose service was asked in vain: the leaf that its file held before that."""
    used: Mapping[str, Used]
    """By identity."""
    proofs: Mapping[str, Proof]
    """By identity."""


def gather(known: Known) -> Iterator[Find]:
    """Path by path, our files first; then the identities that no path uses, then what is watched."""
    of_paths = {identity.name for path in known.paths for identity in identities_of(path)}
    for path in known.paths:
        yield from _path(known, path)
    for identity in known.identities:
        if identity.name not in of_paths:
            yield from _identity(known, None, identity)
    if known.scan is not None:
        named = frozenset(watch.files for watch in known.watches)
        for watch, read in zip(known.watches, known.scan.watched, strict=True):
            yield from watched_finds(watch, read, known.scan.at, named=named)


def side_name(side: Connector | Proxy) -> str:
    """The server name; of a proxy `proxy NAME`, which is often the name of the connector's machine too."""
    name = side.endpoint.server_name
    return f"proxy {name}" if isinstance(side, Proxy) else name


def _path(known: Known, path: PaymentPath) -> Iterator[Find]:
    sides = tuple(sides_of(path))
    for identity in identities_of(path):
        yield from _identity(known, path.name, identity)
    for side, held in sides:
        yield from _files(known, path, side, held, known.legs.get((path.name, held), Leg()))
    for side, held in sides:
        yield from _wire(known, path, side, held, known.legs.get((path.name, held), Leg()))


def _identity(known: Known, path: str | None, identity: Identity) -> Iterator[Find]:
    if known.scan is not None:
        last = known.last.get(identity.name)
        if last is not None and last.certificate.source.location != str(identity.certificate):
            last = None  # the configuration names another file now
        yield from identity_finds(
            path,
            identity,
            known.scan.identities[identity.name],
            known.scan.at,
            proof=known.proofs.get(identity.name),
            used=known.used.get(identity.name),
            last=last,
            before=_still_ahead(known, identity),
        )


def _still_ahead(known: Known, identity: Identity) -> Certificate | None:
    """The leaf of before, which a service may still hold; none where it answers, nobody says how to ask it, or it has ended."""
    before = known.before.get(identity.name) if identity.in_use is not None else None
    return None if before is None or before.expired(known.at) else before


def _files(known: Known, path: PaymentPath, side: Connector | Proxy, held: Held, leg: Leg) -> Iterator[Find]:
    """Trust and revocation lists. Of the system's trust store only those CAs that a verified chain ended in."""
    if side.trust is None:
        anchors = (leg.seen[sha256] for sha256 in sorted(leg.anchors & leg.seen.keys()))
        yield from (_seen(known, path, side, held, seen.at_place(SYSTEM_STORE)) for seen in anchors)
    if known.scan is None:
        return
    shared = Side(path.name, side_name(side), _care(path), known.scan.at)
    if side.trust is not None:
        yield from trust_finds(shared, known.scan.bundles[str(side.trust)], leg)
    if side.verify.crl is not None:
        yield from crl_finds(shared, known.scan.bundles[str(side.verify.crl)], leg)


def _wire(known: Known, path: PaymentPath, side: Connector | Proxy, held: Held, leg: Leg) -> Iterator[Find]:
    for seen in leg.seen.values():
        yield _seen(known, path, side, held, seen)
    if leg.staple is not None:
        yield _seen(known, path, side, Held.STAPLE, leg.staple)


def _seen(known: Known, path: PaymentPath, side: Connector | Proxy, held: Held, seen: Seen) -> Find:
    """What verification added of its own came from our trust, and its source says so."""
    source = seen.certificate.source
    from_trust = source.kind is not SourceKind.WIRE
    if known.scan is not None and source.location in known.scan.bundles:
        source = known.scan.bundles[source.location].source
    return Find(
        path=path.name,
        name=side_name(side),
        held=Held.TRUST if from_trust else held,
        source=source,
        at=seen.at,
        certificate=seen.certificate,
        relied_on=seen.relied_on,
        care=_care(path),
    )


def _care(path: PaymentPath) -> Care:
    return Care(thresholds_s=path.connector.thresholds_s or ())
