"""The dates of certificates as they were last seen; they stay true while handshakes fail."""

import itertools
from dataclasses import dataclass

from probe.model.certificate import Certificate
from probe.model.observation import HandshakeObservation, Observation, StripeObservation, WaitObservation

_Chain = tuple[Certificate, ...]


@dataclass(frozen=True, slots=True)
class CertificateKey:
    """What tells one series from another; certificates that share it are one series."""

    path: str
    role: str
    name: str
    """The identity's name for what its file holds, the server name for what was seen on the wire: `proxy NAME` for a proxy's."""
    source: str
    """`file`, `wire` or `secret`."""


@dataclass(frozen=True, slots=True)
class Validity:
    """Unix seconds. Of several certificates the narrowest: the earliest end and the latest start."""

    not_before_s: float
    not_after_s: float


@dataclass(frozen=True, slots=True)
class _Origin:
    """A place that speaks for itself: an identity's files, or a peer. They may bear the same name."""

    path: str
    kind: str
    name: str


class CertificateDates:
    """What is known of each path's certificates.

    An identity file that is read anew, and a verified handshake, replace all that the same place said before. A handshake
    that broke off only updates what it did see: a peer that answers nothing has not lost its certificates.
    """

    def __init__(self) -> None:
        """Nothing is known."""
        self._known: dict[_Origin, dict[CertificateKey, Validity]] = {}
        self._whole: dict[_Origin, tuple[_Chain, ...]] = {}
        """The chains that are all that is known of a place: mostly it shows the very same again."""

    def learn(self, path: str, observation: Observation) -> None:
        """Take over what the observation saw."""
        if not isinstance(observation, WaitObservation) and observation.proxy is not None:
            self._learn(path, observation.proxy, "proxy ")
        self._learn(path, observation, "")

    def _learn(self, path: str, observation: Observation, before: str) -> None:
        match observation:
            case HandshakeObservation(identity=identity, endpoint=endpoint, tls=tls):
                if identity is not None:
                    self._update(_Origin(path, "identity", identity.name), identity.certificates, replace=True)
                seen = observation.presented, observation.built
                self._update(_Origin(path, "peer", before + endpoint.server_name), *seen, replace=tls.established)
            case StripeObservation(endpoint=endpoint, presented=presented):
                self._update(_Origin(path, "peer", endpoint.server_name), presented, replace=False)
            case _:
                return

    def known(self) -> dict[CertificateKey, Validity]:
        """Everything known now, a copy."""
        return {key: validity for dates in self._known.values() for key, validity in dates.items()}

    def _update(self, origin: _Origin, *chains: _Chain, replace: bool) -> None:
        whole = self._whole.get(origin, ())
        if len(whole) == len(chains) and all(one is other for one, other in zip(whole, chains, strict=True)):
            return  # parsed once, and kept by `probe.tls.certificate`
        seen: dict[CertificateKey, Validity] = {}
        for certificate in itertools.chain(*chains):
            key = CertificateKey(origin.path, certificate.role.value, origin.name, certificate.source.kind.value)
            seen[key] = _narrowest(seen.get(key), certificate)
        if seen:
            self._whole[origin] = chains if replace else ()
            self._known[origin] = seen if replace else {**self._known.get(origin, {}), **seen}


def _narrowest(so_far: Validity | None, certificate: Certificate) -> Validity:
    begins, ends = certificate.not_before.timestamp(), certificate.not_after.timestamp()
    if so_far is None:
        return Validity(begins, ends)
    return Validity(max(so_far.not_before_s, begins), min(so_far.not_after_s, ends))
