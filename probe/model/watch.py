"""What is known of every certificate on the payment path: one entry each, with all the places where it was seen."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from probe.model.certificate import Certificate, Source


class Held(StrEnum):
    """By whom or for what a certificate is held at a place where it was seen."""

    IDENTITY = "identity"
    """In the file of an identity of ours: the leaf, and the chain that comes with it."""
    IN_USE = "in_use"
    """In the memory of the running billing service, as far as it tells."""
    TRUST = "trust"
    """In a trust bundle of a path."""
    PEER = "peer"
    """Presented by the connector, or part of the chain that was built to it."""
    PROXY = "proxy"
    """The same, of the proxy in front of the connector."""
    UPSTREAM = "upstream"
    """The same, of what stands behind the connector."""
    WATCHED = "watched"
    """In a file that `certificates.watch` names."""
    CRL = "crl"
    """A revocation list (RFC 5280 5): its `not_after` is its nextUpdate."""
    STAPLE = "staple"
    """A stapled OCSP answer (RFC 6960): its `not_after` is its nextUpdate."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One place where it was seen, and when it was seen there last."""

    source: Source
    at: datetime
    held: Held


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether what is said to renew a certificate really does."""

    proven: bool | None
    """None: it could not be asked."""
    detail: str
    """What was found, for people."""
    renewal_at: datetime | None = None
    """When its manager means to renew it, where it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """How a certificate is looked after, as configured and as proven."""

    managed_by: str | None = None
    renew_before_s: float | None = None
    thresholds_s: tuple[float, ...] = ()
    """The unscaled rungs, longest first."""
    proof: Proof | None = None
    """None: nothing is configured that could prove `managed_by`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedCertificate:
    """One certificate of one path (or of none), or a file that should have held one."""

    path: str | None
    """None for watched files, and for an identity that no path uses."""
    name: str
    """The identity's name, the server name, or the watched file's path."""
    certificate: Certificate | None
    """None: the file is unreadable, and `unreadable` says why."""
    seen: tuple[Sighting, ...] = ()
    """Each place once, the latest sighting there; our files before the wire."""
    ours: bool = False
    """Ours to renew: the leaf of an identity, or a leaf whose private key lies beside it."""
    relied_on: bool | None = None
    """Whether the path needs it. False: the rest of a bundle; None: no handshake has shown yet."""
    care: Care = Care()
    unreadable: str | None = None
    """What is wrong with the file, with its path."""
    not_in_use: datetime | None = None
    """The file's certificate is new, but the running service still holds one that ends at this moment."""
    use_unseen: bool = False
    """`not_in_use` is the end of the one that the file held before: what the service holds could never be seen, although it is said how."""
    half_rotated: str | None = None
    """Certificate and key on disk are of two issues: what was found."""

    @property
    def ends(self) -> datetime | None:
        """When it stops to work: its notAfter, or the end of the older one that the running service still holds. None: not known."""
        if self.certificate is None:
            return None
        return min(self.certificate.not_after, self.not_in_use or self.certificate.not_after)

    @property
    def last_seen(self) -> datetime | None:
        """The latest of its sightings."""
        return max((sighting.at for sighting in self.seen), default=None)

    def held_as(self, *kinds: Held) -> bool:
        """Whether it was seen in one of these roles."""
        return any(sighting.held in kinds for sighting in self.seen)

    def only_held_as(self, *kinds: Held) -> bool:
        """Whether it was seen in one of these roles and in no other."""
        return bool(self.seen) and all(sighting.held in kinds for sighting in self.seen)


@dataclass(frozen=True, slots=True)
class Rotation:
    """The leaf of an identity's file has changed."""

    identity: str
    at: datetime
    """When the change was noticed."""
    before: Certificate | None
    """None: the file was not readable before."""
    after: Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class InUseFound:
    """What the running service was seen to hold, as far as the place tells: some give no more than a fingerprint."""

    at: datetime
    source: Source
    """Where it was looked for."""
    sha256: str | None = None
    """Of the certificate's DER, lower-case hex."""
    serial: str | None = None
    """Lower-case hex without prefix or separators."""
    certificate: Certificate | None = None
    not_after: datetime | None = None
    not_before: datetime | None = None
    subject: str | None = None
    """RFC 4514."""
    error: str | None = None
    """Why nothing could be found out; says nothing about what is in use."""
