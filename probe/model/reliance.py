"""On which of the certificates that were seen the money of a path depends.

A verified handshake shows it. Where none has been made yet, a bundle of CAs says only that one of them will be needed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from probe.model.certificate import Certificate, CertificateRole
from probe.model.watch import Held, WatchedCertificate

_CHAINS: Final = (Held.IDENTITY, Held.IN_USE, Held.PEER, Held.PROXY, Held.UPSTREAM)


class _Known(NamedTuple):
    """An entry whose certificate could be read."""

    entry: WatchedCertificate
    certificate: Certificate

    @property
    def undecided(self) -> bool:
        """A CA of which no handshake has shown whether it is needed."""
        entry = self.entry
        watched = entry.only_held_as(Held.WATCHED)  # named for this path by a person
        return entry.relied_on is None and authority(entry) and not entry.ours and not watched


def authority(entry: WatchedCertificate) -> bool:
    """Whether it stands above others, or is trusted as if it did: old roots do not say so themselves."""
    found = entry.certificate
    if found is None:
        return False
    return found.is_ca or found.role is CertificateRole.CA_BUNDLE or entry.only_held_as(Held.TRUST)


def by_path(entries: Iterable[WatchedCertificate]) -> Mapping[str, Sequence[WatchedCertificate]]:
    """The entries of each path, in their order: a thousand paths share one inventory."""
    found: dict[str, list[WatchedCertificate]] = {}
    for entry in entries:
        if entry.path is not None:
            found.setdefault(entry.path, []).append(entry)
    return found


def needed(path: str, entries: Iterable[WatchedCertificate]) -> tuple[WatchedCertificate, ...]:
    """The entries of `path` with a known end without which money cannot flow on it, in their order.

    What a handshake has shown to be needed counts, and what it has shown to be unneeded does not. Where it is not shown:
    of the CAs of a trust bundle the one that ends last counts, unless a CA of the bundle is known to be relied on; of CAs
    of one name in a chain the one that ends last; roots in a chain do not count, because whoever verifies it has roots of his
    own. Stapled OCSP answers never count: the next handshake brings a new one.
    """
    mine = [
        _Known(entry, entry.certificate)
        for entry in entries
        if entry.path == path and entry.certificate is not None and entry.relied_on is not False
    ]
    mine = [known for known in mine if known.certificate.role is not CertificateRole.OCSP]
    chosen = {id(known.entry) for known in (*_of_bundles(mine), *_of_chains(mine))}
    return tuple(known.entry for known in mine if not known.undecided or id(known.entry) in chosen)


def _of_bundles(mine: Sequence[_Known]) -> Iterator[_Known]:
    """The last of each bundle's CAs to end, where no handshake has shown which of them is relied on."""
    bundles: dict[str, list[_Known]] = {}
    for known in mine:
        for sighting in known.entry.seen:
            if sighting.held is Held.TRUST:
                bundles.setdefault(sighting.source.location, []).append(known)
    for bundle in bundles.values():
        if not any(known.entry.relied_on for known in bundle):
            yield max(bundle, key=lambda known: known.certificate.not_after)


def _of_chains(mine: Sequence[_Known]) -> Iterator[_Known]:
    """Of the intermediates of one name that were presented or stand in our file, the last to end."""
    last: dict[str, _Known] = {}
    for known in mine:
        subject = known.certificate.subject
        if not known.undecided or known.certificate.self_issued or not known.entry.held_as(*_CHAINS):
            continue
        if subject not in last or last[subject].certificate.not_after < known.certificate.not_after:
            last[subject] = known
    yield from last.values()
