"""What was seen of the other side: a verified handshake replaces what was known, a broken one only adds to it.

A peer that answers nothing has not lost its certificates, so the last known facts stay, with the time when they were seen. Of one
that shows another leaf the leaf of before is no fact any more, also where its chain is not accepted.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from probe.certificates.leaves import ALTERNATES, Leaves
from probe.model.certificate import Certificate, CertificateRole, Source, SourceKind
from probe.model.observation import HandshakeObservation, Observation, StripeObservation
from probe.model.staple import StapleStatus
from probe.model.tls import DiagnosticFacts

SYSTEM_STORE: Final = Source(SourceKind.FILE, "the system's trust store")
"""As handshakes name it where no trust is configured."""
_MOST: Final = 64
"""Certificates of one peer that are remembered: one that shows another with every broken handshake must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One certificate, and when it was seen last."""

    certificate: Certificate
    at: datetime
    relied_on: bool | None = None

    def at_place(self, source: Source) -> "Seen":
        """The same certificate at another place."""
        return Seen(dataclasses.replace(self.certificate, source=source), self.at, self.relied_on)


@dataclass(frozen=True, slots=True)
class Leg:
    """What is known of one peer: a connector, or the proxy in front of it."""

    seen: Mapping[str, Seen] = field(default_factory=dict)
    """By fingerprint, in the order of the chain."""
    verified: frozenset[str] | None = None
    """Fingerprints of the chain that the last verified handshake built; None: there was none yet."""
    anchors: frozenset[str] = frozenset()
    """Those of them that it ended in: out of our trust."""
    leaf_issuer: str | None = None
    """Who issued the leaf that it verified."""
    leaves: Leaves = field(default_factory=Leaves)
    staple: Seen | None = None


Shown = tuple[tuple[Certificate, ...], ...]
"""All chains of an observation, by which one tells whether it shows anything new."""


def shown(observation: Observation) -> Shown | None:
    """What a whole observation showed; None of one that broke off or looked further, which has to be learnt from in any case."""
    match observation:
        case HandshakeObservation(tls=tls, presented=presented, built=built, proxy=proxy, upstream=upstream):
            if not tls.established or observation.addresses or observation.diagnostics is not None:
                return None
            legs = [shown(one) for one in (proxy, upstream) if one is not None]
            return None if None in legs else (presented, built, *(chain for leg in legs for chain in leg or ()))
        case StripeObservation(presented=presented, proxy=proxy):
            leg = () if proxy is None else shown(proxy)
            return None if leg is None else (presented, *leg)
        case _:
            return None


def after(leg: Leg, observation: Observation) -> Leg:
    """What is known of the connector after one more observation."""
    match observation:
        case HandshakeObservation():
            known = after_handshake(leg, observation)
            return known if observation.diagnostics is None else _after_diagnostics(known, observation.diagnostics)
        case StripeObservation(presented=presented, started_at=at) if presented:
            return _superseded(leg, _added(leg, presented[:1], presented, at), presented[:1], presented, at)
        case _:
            return leg


def after_handshake(leg: Leg, observation: HandshakeObservation) -> Leg:
    """The same of a handshake alone; one with every address of a name counts as verified where all of them were."""
    passes = observation.addresses or (observation,)
    leaves = [one.presented[0] for one in passes if one.presented]
    seen = [certificate for one in passes for certificate in (*one.presented, *one.built)]
    if not seen:
        return leg
    at = observation.started_at
    built = frozenset(certificate.sha256 for one in passes for certificate in one.built)
    if not all(one.tls.established for one in passes) or not built:
        known = _added(leg, leaves, seen, at)
        # An address that showed nothing may still hold the old one, and a resumed session shows what was presented long ago.
        whole = len(leaves) == len(passes) and not any(one.tls.resumed for one in passes)
        return _superseded(leg, known, leaves, seen, at) if whole else known
    followed = _followed(leg, leaves, at)
    stays = {sha256: leg.seen[sha256] for sha256 in followed.counting - followed.last}
    return Leg(
        seen=stays | {one.sha256: Seen(one, at, one.sha256 in built) for one in _once(seen)},
        verified=built,
        anchors=frozenset(one.built[-1].sha256 for one in passes if one.built),
        leaf_issuer=leaves[0].issuer if leaves else seen[0].issuer,
        leaves=followed,
        staple=leg.staple,
    )


def _once(certificates: Iterable[Certificate]) -> Sequence[Certificate]:
    return tuple({certificate.sha256: certificate for certificate in certificates}.values())


def _added(leg: Leg, leaves: Iterable[Certificate], seen: Iterable[Certificate], at: datetime) -> Leg:
    """Without a verdict on the chain: money cannot flow without the leaf, and of the rest it is not known."""
    needed = {leaf.sha256 for leaf in leaves}
    known = dict(leg.seen)
    for certificate in seen:
        before = known.get(certificate.sha256)
        relied = True if certificate.sha256 in needed else before.relied_on if before is not None else None
        known[certificate.sha256] = Seen(certificate, at, relied)
    kept = sorted(known, key=lambda sha256: known[sha256].at, reverse=True)[:_MOST]
    return dataclasses.replace(leg, seen={sha256: one for sha256, one in known.items() if sha256 in kept})


def _superseded(
    before: Leg, known: Leg, leaves: Iterable[Certificate], seen: Iterable[Certificate], at: datetime
) -> Leg:
    """`known` without the leaves that these took the place of; of another issuer, also without the chain that was presented with them."""
    leaves = tuple(leaves)
    followed = _followed(before, leaves, at)
    gone = before.leaves.counting - followed.counting
    if before.leaf_issuer is not None and all(leaf.issuer != before.leaf_issuer for leaf in leaves) and gone:
        presented = {sha256 for sha256, one in before.seen.items() if one.certificate.source.kind is SourceKind.WIRE}
        gone |= presented - before.anchors - followed.counting
    gone -= {certificate.sha256 for certificate in seen}
    return dataclasses.replace(
        known,
        seen={sha256: one for sha256, one in known.seen.items() if sha256 not in gone},
        verified=None if known.verified is None else known.verified - gone or None,
        anchors=known.anchors - gone,
        leaves=followed,
    )


def _followed(leg: Leg, leaves: Iterable[Certificate], at: datetime) -> Leaves:
    """The leaves after these were shown; of several servers' those that nobody has seen for long are taken for replaced."""
    lasting = {
        sha256 for sha256, one in leg.seen.items() if at - one.at <= ALTERNATES and not one.certificate.expired(at)
    }
    return leg.leaves.after({leaf.sha256 for leaf in leaves}, lasting=lasting, at=at)


def _after_diagnostics(leg: Leg, diagnostics: DiagnosticFacts) -> Leg:
    """A second connection may have met another server: what it saw is added. The latest staple counts."""
    known = _added(leg, (), diagnostics.presented, diagnostics.started_at)
    staple = _staple(diagnostics)
    return known if staple is None else dataclasses.replace(known, staple=staple)


def _staple(diagnostics: DiagnosticFacts) -> Seen | None:
    """The staple as facts of a certificate; None where it has no end, or says nothing of this peer."""
    staple = diagnostics.staple
    if staple is None or not diagnostics.presented or staple.status is not StapleStatus.GOOD:
        return None
    if staple.this_update is None or staple.next_update is None:
        return None
    leaf = diagnostics.presented[0]
    certificate = Certificate(
        role=CertificateRole.OCSP,
        subject=leaf.subject,
        issuer=staple.responder,
        serial=leaf.serial,
        not_before=staple.this_update,
        not_after=staple.next_update,
        sha256=staple.sha256,
        source=leaf.source,
    )
    return Seen(certificate, diagnostics.started_at, diagnostics.must_staple)


def restored(seen: Iterable[Seen], anchors: Iterable[Seen]) -> Leg:
    """What was remembered of a peer from before a restart, and what its chain ended in."""
    shown = {one.certificate.sha256: one for one in seen}
    ends = {one.certificate.sha256: one for one in anchors}
    known = shown | ends
    relied = {sha256: one.certificate for sha256, one in known.items() if one.relied_on}
    leaves = [one for one in relied.values() if not one.is_ca]
    alone = [one for sha256, one in relied.items() if one.self_issued and sha256 in shown]
    shown_leaves = frozenset(one.sha256 for one in leaves or alone)
    return Leg(
        seen=known,
        verified=frozenset(relied) or None,
        anchors=frozenset(ends),
        leaf_issuer=next((one.issuer for one in leaves), None),
        leaves=Leaves(counting=shown_leaves, last=shown_leaves),
    )
