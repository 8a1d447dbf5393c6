"""Every certificate of every path: what the files hold, what the wire showed, what the running service uses.

It says what is there and judges nothing. `scan` blocks and belongs on a thread of its own; all else may be called from anywhere.
"""

import pathlib
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from probe.certificates import remembering
from probe.certificates.finds import merge
from probe.certificates.gathering import Known, gather
from probe.certificates.halves import remember_leaf
from probe.certificates.kept import kernel_now_ns
from probe.certificates.own import Used, tells, used_of
from probe.certificates.scanner import Scan, Scanner, identities_of
from probe.certificates.sides import seen_of
from probe.certificates.wire import Leg, Seen, Shown, after, shown
from probe.model.aside import gently
from probe.model.certificate import Certificate
from probe.model.clock import Clock
from probe.model.observation import HandshakeObservation, Observation, StripeObservation
from probe.model.path import Identity, PaymentPath, Watch
from probe.model.watch import InUseFound, Proof, Rotation, WatchedCertificate

_SAME_S: Final = 60.0
"""A peer that shows the very same again is learnt anew this seldom: how fresh `seen.at` is."""
_MOST_LEAVES: Final = 64
"""Of one identity: leaves of before, by which a fingerprint is recognised."""


class Inventory:
    """One entry for each certificate of each path, wherever it was seen."""

    def __init__(
        self,
        *,
        paths: Iterable[PaymentPath],
        identities: Iterable[Identity],
        watches: Iterable[Watch],
        thresholds_s: tuple[float, ...],
        clock: Clock,
        remembered: Iterable[WatchedCertificate] = (),
        rotations: Iterable[Rotation] = (),
        now_ns: Callable[[], int] = kernel_now_ns,
    ) -> None:
        """No file is read before the first `scan`. `remembered` are the entries of before a restart, `rotations` those of then, oldest first.

        `now_ns` is the file systems' clock.
        """
        self._paths, self._identities, self._watches = tuple(paths), tuple(identities), tuple(watches)
        self._thresholds_s, self._clock = thresholds_s, clock
        self._names = frozenset(path.name for path in self._paths)
        entries = tuple(remembered)
        of_paths = (identity for path in self._paths for identity in identities_of(path))
        by_name = {identity.name: identity for identity in (*self._identities, *of_paths)}
        before = remembering.files_of(entries)
        self._scanner = Scanner(self._paths, self._identities, self._watches, now_ns, before)
        self._scanning, self._lock = threading.Lock(), threading.Lock()
        self._scan: Scan | None = None
        self._legs = remembering.legs_of(entries, self._paths)
        self._leaves: dict[str, Seen | None] = dict(remembering.leaves_of(entries))
        self._before: dict[str, dict[str, Certificate]] = {}
        self._remembered = {one.certificate.sha256: one.certificate for one in entries if one.certificate is not None}
        self._used = {
            name: Used(found, found.certificate) for name, found in remembering.uses_of(entries, by_name).items()
        }
        self._in_vain: set[str] = set()
        """Identities whose service was asked last without an answer."""
        self._proofs: dict[str, Proof] = {}
        for rotation in rotations:
            if rotation.before is not None:
                self._remember(rotation.identity, rotation.before)
        for name, leaf in self._known_leaves():
            if name in by_name:
                remember_leaf(by_name[name].certificate, leaf)
        self._shown: dict[tuple[str, type], tuple[float, Shown]] = {}
        """By path and kind of observation: what was learnt last, and when."""
        self._version = 1
        self._news = 0
        self._built: tuple[int, tuple[WatchedCertificate, ...]] = (0, ())
        """For which version, and what."""

    @property
    def reads(self) -> int:
        """How many files have been opened so far: unchanged ones are not opened again."""
        return self._scanner.reads

    @property
    def version(self) -> int:
        """Another number whenever something was learnt: what was made of `entries` is out of date then."""
        return self._version

    @property
    def news(self) -> int:
        """Another number whenever a certificate was seen, or seen in use, that was not known there: worth writing down at once."""
        return self._news

    def usable(self) -> tuple[tuple[str, str, bool], ...]:
        """Path, name, and whether the files of its identity can be used, as the last scan found them."""
        with self._lock:
            facts = self._scan.identities if self._scan is not None else {}
            named = ((path.name, identity.name) for path in self._paths for identity in identities_of(path))
            return tuple((path, name, facts[name].fault is None) for path, name in named if name in facts)

    def places(self) -> tuple[pathlib.Path, ...]:
        """Absolute files and directories in which a change matters: what `changes.Changes` is to look at. More after a scan."""
        with self._lock:
            return self._scanner.places(self._scan)

    def scan(self) -> tuple[Rotation, ...]:
        """Look at all files, and read those that have changed. Blocks; returns the identities whose leaf is another than before."""
        with self._scanning:
            scan = self._scanner.scan(self._clock.now())
            with self._lock:
                self._scan = scan
                self._version += 1
                return tuple(self._rotations(scan))

    def learn(self, path: str, observation: Observation) -> None:
        """Take over what a run saw of the other side. A path that is not configured has no entries.

        Next to nothing to do where the same chain was shown within the last minute, as in nearly every run.
        """
        if path not in self._names:
            return
        key, now, what = (path, type(observation)), self._clock.monotonic(), shown(observation)
        told = self._shown.get(key)
        if what is not None and told is not None and told[1] == what and now - told[0] < _SAME_S:
            return
        with self._lock:
            if (
                told is None or told[1] != what
            ):  # then it may have taken the place of what other kinds of steps were shown
                for kind in (HandshakeObservation, StripeObservation):
                    self._shown.pop((path, kind), None)
            if what is not None:
                self._shown[key] = now, what
            for held, seen in seen_of(observation):
                before = self._legs.get((path, held), Leg())
                self._legs[path, held] = after(before, seen)
                self._news += self._legs[path, held].seen.keys() != before.seen.keys()
            self._version += 1

    def found_in_use(self, identity: str, found: InUseFound) -> None:
        """Take over what the running service holds; of an answer that says nothing no more than that it was asked in vain."""
        if not tells(found):
            with self._lock:
                self._version += identity not in self._in_vain
                self._in_vain.add(identity)
            return
        with self._lock:
            self._in_vain.discard(identity)
            last = self._leaves.get(identity)
            leaf = last.certificate if last is not None else None
            before = self._used.get(identity)
            self._used[identity] = used = used_of(found, self._all(identity), leaf=leaf)
            self._news += before is None or before.certificate != used.certificate
            self._version += 1

    def proved(self, identity: str, proof: Proof) -> None:
        """Take over whether what is said to renew it really does."""
        with self._lock:
            self._proofs[identity] = proof
            self._version += 1

    def leaves(self, identity: str) -> tuple[Certificate, ...]:
        """The leaf of an identity's file, and those that it had before, the latest first: what a service can hold of it."""
        with self._lock:
            last, before = self._leaves.get(identity), reversed(self._before.get(identity, {}).values())
            now = last.certificate if last is not None else None
            return (*([now] if now else []), *(leaf for leaf in before if now is None or leaf.sha256 != now.sha256))

    def entries(self) -> tuple[WatchedCertificate, ...]:
        """All that is known now, in a fixed order. Cheap where nothing was learnt since the last call."""
        with self._lock:
            version = self._version
            if self._built[0] == version:
                return self._built[1]
            known = Known(
                at=self._clock.now(),
                paths=self._paths,
                identities=self._identities,
                watches=self._watches,
                scan=self._scan,
                legs=dict(self._legs),
                last={name: leaf for name, leaf in self._leaves.items() if leaf is not None},
                before={
                    name: next(reversed(self._before[name].values())) for name in self._in_vain & self._before.keys()
                },
                used=dict(self._used),
                proofs=dict(self._proofs),
            )
        entries = merge(tuple(gently(gather(known))), self._thresholds_s)
        with self._lock:
            if self._built[0] < version:
                self._built = version, entries
        return entries

    def _rotations(self, scan: Scan) -> Iterator[Rotation]:
        """Each change of a leaf once; a file that cannot be read for a while still has the leaf of before."""
        for name, facts in scan.identities.items():
            first_time, before = name not in self._leaves, self._leaves.get(name)
            leaf = next(iter(facts.certificates), None)
            if leaf is None:
                self._leaves.setdefault(name, None)
                continue
            self._leaves[name] = Seen(leaf, scan.at)
            if first_time or (before is not None and before.certificate.sha256 == leaf.sha256):
                continue
            if before is not None:
                self._remember(name, before.certificate)
            yield Rotation(name, scan.at, None if before is None else before.certificate, leaf)

    def _known_leaves(self) -> Iterator[tuple[str, Certificate]]:
        """Those of before, then those that the files had last."""
        yield from ((name, leaf) for name, before in self._before.items() for leaf in before.values())
        yield from ((name, leaf.certificate) for name, leaf in self._leaves.items() if leaf is not None)

    def _remember(self, name: str, leaf: Certificate) -> None:
        """Keep a leaf of before as the latest of them."""
        kept = self._before.setdefault(name, {})
        kept.pop(leaf.sha256, None)
        kept[leaf.sha256] = leaf
        if len(kept) > _MOST_LEAVES:
            del kept[next(iter(kept))]

    def _all(self, identity: str) -> Iterator[Certificate]:
        """Every certificate that was ever seen, those of this identity first."""
        now = self._leaves.get(identity)
        yield from [now.certificate] if now else []
        yield from reversed(self._before.get(identity, {}).values())
        yield from self._remembered.values()
        for leg in self._legs.values():
            yield from (seen.certificate for seen in leg.seen.values())
        for read in self._scan.watched if self._scan else ():
            yield from (one.certificate for _, contents in read.files for one in contents.found)
