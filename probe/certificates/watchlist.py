"""Which files and directories `Changes` has to watch so that it tells of everything that a scan would read."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from probe.certificates.scanner import identities_of
from probe.certificates.sides import sides_of
from probe.certificates.spots import find_spots
from probe.model.path import Identity, PaymentPath, Watch

_MAGIC: Final = re.compile(r"[*?\[]")


def watchlist(
    paths: Iterable[PaymentPath], identities: Iterable[Identity], watches: Iterable[Watch]
) -> tuple[Path, ...]:
    """Absolute, each once; of a pattern the directories that its files lie in now. Blocks where there are patterns: call it on a thread."""
    found = dict[Path, None]()
    for path in paths:
        found |= dict.fromkeys(_bundles_of(path))
        for identity in identities_of(path):
            found |= dict.fromkeys(_files_of(identity))
    for identity in identities:
        found |= dict.fromkeys(_files_of(identity))
    for watch in watches:
        found |= dict.fromkeys(_directories_of(watch.files))
    return tuple(found)


def _files_of(identity: Identity) -> Iterator[Path]:
    yield identity.certificate
    if identity.private_key is not None:
        yield identity.private_key


def _bundles_of(path: PaymentPath) -> Iterator[Path]:
    for side, _ in sides_of(path):
        yield from (place for place in (side.trust, side.verify.crl) if place is not None)


def _directories_of(place: str) -> Iterator[Path]:
    """A file or directory itself; of a pattern the part before its first sign, and where that is not all, wherever it leads now."""
    sign = _MAGIC.search(place)
    if sign is None:
        yield Path(place)
        return
    yield Path(place[: sign.start()].rpartition("/")[0] or "/")
    if "/" in place[sign.start() :]:
        yield from (Path(spot.file).parent for spot in find_spots(place).spots)
