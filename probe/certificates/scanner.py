"""Every file that certificates are read from: the identities', the trust and the revocation lists of the paths, and what is watched."""

import dataclasses
import os
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from probe.certificates.contents import Contents, Found, Reference
from probe.certificates.identity import read_identity
from probe.certificates.kept import Before, KeptFiles, Signature, kernel_now_ns, settled, signature_of
from probe.certificates.sides import sides_of
from probe.certificates.spots import Spot, find_spots, source_of, standing
from probe.documents.silence import UNANSWERED, FileSystems
from probe.model.certificate import Source, SourceKind
from probe.model.identity import FileFault, IdentityFacts
from probe.model.path import Identity, PaymentPath, Watch
from probe.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Read:
    """What stands at one configured place."""

    source: Source
    """The place itself."""
    files: tuple[tuple[Spot, Contents], ...] = ()
    problem: str | None = None
    """Why nothing, or not everything, that was to be watched is; without the place's name."""


@dataclass(frozen=True, slots=True)
class Scan:
    """All files as they were at one moment."""

    at: datetime
    identities: Mapping[str, IdentityFacts]
    """By name; the certificates' source says whether the file is of a mounted Secret."""
    bundles: Mapping[str, Read]
    """Trust and revocation lists, by the place as configured."""
    watched: tuple[Read, ...]
    """In the order of the configuration."""


@dataclass(slots=True)
class _KeptIdentity:
    signatures: tuple[Signature | None, ...]
    facts: IdentityFacts


class Scanner:
    """Reads what has changed since the last scan. For one thread at a time."""

    def __init__(
        self,
        paths: Iterable[PaymentPath],
        identities: Iterable[Identity],
        watches: Iterable[Watch],
        now_ns: Callable[[], int] = kernel_now_ns,
        before: Before | None = None,
        file_systems: FileSystems | None = None,
    ) -> None:
        """Nothing is read yet. `before` is what files held before a restart; `file_systems` tell what does not answer."""
        paths = tuple(paths)
        of_paths = (identity for path in paths for identity in identities_of(path))
        self._identities = {identity.name: identity for identity in (*identities, *of_paths)}
        self._bundles = tuple(dict.fromkeys(str(place) for path in paths for place in _bundles_of(path)))
        self._watches = tuple(watches)
        self._now_ns = now_ns
        self._files = KeptFiles(now_ns, before)
        self._kept: dict[str, _KeptIdentity] = {}
        self._identity_reads = 0
        self._file_systems = file_systems or FileSystems()
        self._reads: dict[str, Read] = {}

    @property
    def reads(self) -> int:
        """How many files have been opened so far; certificate and key of an identity count as one."""
        return self._files.reads + self._identity_reads

    def places(self, scan: Scan | None) -> tuple[pathlib.Path, ...]:
        """Files and directories in which a change matters; of patterns those that fitted in `scan`, and where more may come."""
        found = [file for identity in self._identities.values() for file in files_of(identity)]
        found += [pathlib.Path(place) for place in self._bundles]
        found += [pathlib.Path(standing(watch.files)) for watch in self._watches]
        for read in scan.watched if scan is not None else ():
            above = {spot.file.rpartition("/")[0] for spot, _ in read.files if not spot.named}
            found += [pathlib.Path(directory) for directory in sorted(above)]
            found += [pathlib.Path(spot.file) for spot, _ in read.files if spot.named]
        return tuple(dict.fromkeys(found))

    def scan(self, at: datetime) -> Scan:
        """Look at every file whose file system answers; of the others what was known stays. Never raises for what is found."""
        self._files.begin(at)
        silent = self._file_systems.all_silent(self.places(None))
        scan = Scan(
            at=at,
            identities={name: self._identity(identity, silent) for name, identity in self._identities.items()},
            bundles={place: self._read(place, None, silent) for place in self._bundles},
            watched=tuple(self._read(watch.files, watch.password, silent) for watch in self._watches),
        )
        self._files.sweep()
        return scan

    def _read(self, place: str, password: Secret | None, silent: AbstractSet[pathlib.Path]) -> Read:
        if pathlib.Path(standing(place)) in silent:
            return self._reads.get(place) or Read(Source(SourceKind.FILE, place), problem=UNANSWERED)
        self._reads[place] = read = self._looked(place, password)
        return read

    def _looked(self, place: str, password: Secret | None) -> Read:
        found = find_spots(place)
        files = [(spot, self._files.contents(spot.file, spot.source, password, spot.status)) for spot in found.spots]
        for _, contents in tuple(files):
            files += [self._referred(reference) for reference in contents.references]
        return Read(source_of(place), tuple(files), found.problem)

    def _referred(self, reference: Reference) -> tuple[Spot, Contents]:
        """A file that another one names."""
        spot = Spot(reference.file, source_of(reference.file))
        contents = self._files.contents(spot.file, spot.source)
        faults = tuple(f"it is the {reference.what}, and {fault}" for fault in contents.faults)
        return spot, dataclasses.replace(contents, faults=faults, found=tuple(_ours(contents.found, reference)))

    def _identity(self, identity: Identity, silent: AbstractSet[pathlib.Path]) -> IdentityFacts:
        kept = self._kept.get(identity.name)
        if not silent.isdisjoint(files_of(identity)):
            return _unread(identity, UNANSWERED) if kept is None else kept.facts
        signatures = _signatures(identity)
        if kept is not None and kept.signatures == signatures:
            return kept.facts
        self._identity_reads += 1
        source = source_of(str(identity.certificate))
        try:
            facts = read_identity(identity).facts
        except OSError as error:  # nothing is left to read it with, which says nothing about the files
            why = f"it cannot be read: {error.strerror or error}"
            return _unread(identity, why) if kept is None else kept.facts
        certificates = tuple(dataclasses.replace(one, source=source) for one in facts.certificates)
        facts = dataclasses.replace(facts, certificates=certificates)
        now_ns = self._now_ns()
        if signatures == _signatures(identity) and all(one is None or settled(one, now_ns) for one in signatures):
            self._kept[identity.name] = _KeptIdentity(signatures, facts)
        return facts


def _unread(identity: Identity, why: str) -> IdentityFacts:
    """What is known of files that nothing is left to read with, or that cannot be reached."""
    return IdentityFacts(
        name=identity.name,
        certificate_path=str(identity.certificate),
        key_path=None if identity.private_key is None else str(identity.private_key),
        fault=FileFault.CERTIFICATE_UNREADABLE,
        fault_path=str(identity.certificate),
        fault_detail=f"{identity.certificate}: {why}",
    )


def identities_of(path: PaymentPath) -> Iterator[Identity]:
    """Those that a path uses: the connector's, then the proxy's, then what the connector shows behind itself."""
    for side, _ in sides_of(path):
        if side.identity is not None:
            yield side.identity


def files_on(path: PaymentPath) -> Iterator[pathlib.Path]:
    """All that a path is verified by and shows, on every leg of it."""
    yield from (file for identity in identities_of(path) for file in files_of(identity))
    yield from _bundles_of(path)


def _bundles_of(path: PaymentPath) -> Iterator[pathlib.Path]:
    for side, _ in sides_of(path):
        yield from (place for place in (side.trust, side.verify.crl) if place is not None)


def _ours(found: Iterable[Found], reference: Reference) -> Iterator[Found]:
    """The leaf is ours where the kubeconfig names its key."""
    for place, one in enumerate(found):
        yield dataclasses.replace(one, key_beside=reference.ours) if place == 0 and not one.certificate.is_ca else one


def files_of(identity: Identity) -> tuple[pathlib.Path, ...]:
    """Certificate and key, where it has one."""
    return (identity.certificate,) if identity.private_key is None else (identity.certificate, identity.private_key)


def _signatures(identity: Identity) -> tuple[Signature | None, ...]:
    """Of both files; None for one that is not there."""
    return tuple(map(_signature, files_of(identity)))


def _signature(file: pathlib.Path) -> Signature | None:
    try:
        return signature_of(os.stat(file))  # noqa: PTH116 - beside the other calls of stat
    except (OSError, ValueError):
        return None
