"""What our own identity files prove at a moment: dates of every certificate in the chain, and what it may be used for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from probe.classify.file_faults import fault_words
from probe.model.certificate import Certificate
from probe.model.identity import FileFault, IdentityFacts

CLIENT_AUTH: Final = "1.3.6.1.5.5.7.3.2"
SERVER_AUTH: Final = "1.3.6.1.5.5.7.3.1"
ANY_USAGE: Final = "2.5.29.37.0"
"""RFC 5280 4.2.1.12."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Local facts about the client certificate. Everything is absent where nothing was read."""

    known: bool = False
    """The files were read for this observation (or it is known that none are configured)."""
    name: str | None = None
    """The identity's; None where none is configured."""
    file: str | None = None
    fault: FileFault | None = None
    fault_words: str = ""
    """What that is, to stand behind the file's path."""
    watched: bool = False
    """No private key is configured: the certificate is watched, and cannot be sent."""
    leaf: Certificate | None = None
    expired: Certificate | None = None
    """The leaf, where its notAfter has passed."""
    issuers: tuple[Certificate, ...] = ()
    """Those of the file that stand above the leaf, nearest first."""
    chain_expired: Certificate | None = None
    """The first intermediate in the file that has expired and that no valid one of the same name stands beside.

    It may be superseded: a peer that holds the renewed one by itself never looks at it.
    """
    root_expired: Certificate | None = None
    """The same for a root in the file. Peers use roots of their own: it never proves why one refuses."""
    not_yet_valid: Certificate | None = None
    """The leaf, else an issuer in the file, whose notBefore lies ahead."""
    wrong_usage: Certificate | None = None
    """The leaf, where its extended key usage does not allow client authentication."""
    alone: bool = False
    """The file holds the leaf without any issuer, and it is not self-issued."""
    above: frozenset[str] = frozenset()
    """Names of the issuers of the leaf, as far up as the file shows them."""

    def peer_needs(self, issuer: Certificate, accepted: frozenset[str]) -> bool:
        """Whether a peer that accepts these CAs must take `issuer` out of our file, as far as their names tell.

        It need not where it names that CA, or one below it, as its own; and where it names none above it, the chain leads
        nowhere there anyway.
        """
        place = next(n for n, one in enumerate(self.issuers, start=1) if one is issuer)
        up_to_it = {one.subject for one in self.issuers[:place]}
        return not up_to_it & accepted and bool((self.above - up_to_it) & accepted)

    @property
    def dated(self) -> tuple[tuple[str, Certificate], ...]:
        """Reasons that our dates prove, with the certificate of each, the leaf's own first."""
        found = (
            ("tls.client_cert.expired", self.expired),
            ("tls.client_cert.not_yet_valid", self.not_yet_valid),
            ("tls.client_cert.chain_expired", self.chain_expired),
        )
        return tuple((reason, certificate) for reason, certificate in found if certificate is not None)

    @property
    def proves(self) -> tuple[str, ...]:
        """Every reason that our own certificates prove, whatever a peer says of them."""
        usage = ("tls.client_cert.wrong_eku",) if self.wrong_usage is not None else ()
        return (*(reason for reason, _ in self.dated), *usage)


NOT_READ: Final = Own()
"""For observations that carry no identity: a call of the SDK, one HTTP request."""


def examine(identity: IdentityFacts | None, at: datetime) -> Own:
    """The local facts at `at`; `identity` is None where no client certificate is configured."""
    if identity is None:
        return Own(known=True)
    leaf = _leaf(identity.certificates)
    watched = identity.key_path is None
    if leaf is None:
        return Own(
            known=True,
            name=identity.name,
            file=identity.certificate_path,
            fault=identity.fault,
            fault_words=_fault_words(identity),
            watched=watched,
        )
    issuers = issuers_of(leaf, identity.certificates)
    late = _unusable(issuers, at, early=False)
    early = next((c for c in (leaf, *_unusable(issuers, at, early=True)) if c.not_yet_valid(at)), None)
    return Own(
        known=True,
        name=identity.name,
        file=identity.certificate_path,
        fault=identity.fault,
        fault_words=_fault_words(identity),
        watched=watched,
        leaf=leaf,
        expired=leaf if leaf.expired(at) else None,
        issuers=issuers,
        chain_expired=next((c for c in late if not c.self_issued), None),
        root_expired=next((c for c in late if c.self_issued), None),
        not_yet_valid=early,
        wrong_usage=None if allows(leaf, CLIENT_AUTH) else leaf,
        alone=not issuers and not leaf.self_issued,
        above=frozenset(c.issuer for c in (leaf, *issuers)),
    )


def _fault_words(identity: IdentityFacts) -> str:
    return "" if identity.fault is None else fault_words(identity, identity.fault)


def allows(certificate: Certificate, usage: str) -> bool:
    """Whether the extended key usage allows `usage` (an absent extension allows all)."""
    listed = certificate.extended_key_usage
    return not listed or usage in listed or ANY_USAGE in listed


def issuers_of(leaf: Certificate, others: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """Those of `others` that stand above `leaf`, by name and key, nearest first; a stray certificate is left out."""
    above: list[Certificate] = []
    edge, seen = [leaf], {leaf.subject}
    while edge:
        below = edge.pop(0)
        if below.issuer not in seen:
            seen.add(below.issuer)
            found = [c for c in others if c is not leaf and may_have_issued(c, below)]
            above += found
            edge += found
    return tuple(above)


def may_have_issued(issuer: Certificate, below: Certificate) -> bool:
    """A CA that was given a new key keeps its name: where both sides name the key, it must be the same."""
    keys = {issuer.key_id, below.issuer_key_id}
    return issuer.subject == below.issuer and (None in keys or len(keys) == 1)


def _leaf(certificates: tuple[Certificate, ...]) -> Certificate | None:
    """The first that is no CA, else the first of all."""
    return next((c for c in certificates if not c.is_ca), certificates[0] if certificates else None)


def _unusable(issuers: tuple[Certificate, ...], at: datetime, *, early: bool) -> tuple[Certificate, ...]:
    """Issuers out of date (in the future where `early`, else in the past) that have no valid twin of the same name."""
    valid = {c.subject for c in issuers if not c.expired(at) and not c.not_yet_valid(at)}
    out = [c for c in issuers if (c.not_yet_valid(at) if early else c.expired(at))]
    return tuple(c for c in out if c.subject not in valid)
