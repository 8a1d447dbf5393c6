"""Watched files: what they hold, and which of them should have held a certificate and do not."""

import functools
import pathlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from probe.certificates.contents import Contents, Found
from probe.certificates.finds import Find
from probe.certificates.scanner import Read
from probe.certificates.spots import Spot
from probe.model.certificate import Source, SourceKind
from probe.model.path import Watch
from probe.model.watch import Care, Held

_BESIDE: Final = re.compile(
    r"readme.*|license.*|makefile|index\.txt.*|\..*|.*~|.*\."
    r"(?:key|p8|csr|req|srl|pub|md|txt|rst|html?|cfg|cnf|conf|config|ini|toml|ya?ml|json|sh|py|log|lock|pid|tmp|swp|bak|old|orig|jks|gz|zip|tar)",
    re.IGNORECASE,
)
"""Names of what usually lies beside certificates and is none; a key store among them is told all the same."""
_CERTIFICATES: Final = re.compile(r".*\.(?:crt|cer|cert|pem|der|p12|pfx|crl)", re.IGNORECASE)
"""Names that promise one. A Kubernetes Secret holds all sorts of texts beside."""


def watched_finds(watch: Watch, read: Read, at: datetime, *, named: frozenset[str] = frozenset()) -> Iterator[Find]:
    """Every certificate of the watch, and every file that is none although it was to be one.

    What another watch names is left to that one: it may have the password.
    """
    keys = _keys(read)
    nothing = read.problem is None
    for spot, contents in read.files:
        if not spot.named and spot.file in named:
            nothing = False
            continue
        beside = keys.get(_directory(spot), frozenset())
        for one in contents.found:
            nothing = False
            seen_at = contents.as_of or at
            yield _find(watch, spot.file, spot.source, seen_at, one, ours=one.key_beside or one.fits(beside))
        for fault in _faults(spot, contents):
            nothing = False
            yield _find(watch, spot.file, spot.source, at, unreadable=f"{spot.file}: {fault}")
    if read.problem is not None or nothing:
        problem = read.problem or "no certificate is in it"
        yield _find(watch, watch.files, read.source, at, unreadable=f"{watch.files}: {problem}")


def _keys(read: Read) -> dict[str, frozenset[str]]:
    """Directory -> the keys that lie in it in files of their own."""
    found: dict[str, frozenset[str]] = {}
    for spot, contents in read.files:
        if contents.keys:
            found[_directory(spot)] = found.get(_directory(spot), frozenset()) | contents.keys
    return found


def _directory(spot: Spot) -> str:
    return spot.file.rpartition("/")[0]


def _faults(spot: Spot, contents: Contents) -> Iterable[str]:
    """What is worth telling of a file: all of what is named, and of the rest what may be a certificate."""
    if spot.named:
        return contents.faults or ((contents.other,) if contents.other else ())
    name = pathlib.PurePath(spot.file).name
    other = _BESIDE.fullmatch(name) if spot.source.kind is SourceKind.FILE else not _CERTIFICATES.fullmatch(name)
    return contents.faults if contents.found or contents.store or not other else ()


def _find(
    watch: Watch,
    name: str,
    source: Source,
    at: datetime,
    one: Found | None = None,
    *,
    ours: bool = False,
    unreadable: str | None = None,
) -> Find:
    return Find(
        path=watch.path,
        name=name,
        held=Held.WATCHED,
        source=source,
        at=at,
        certificate=None if one is None else one.certificate,
        ours=ours,
        relied_on=True if watch.path is not None and one is not None else None,
        care=_care(watch.managed_by, watch.renew_before_s, watch.thresholds_s or ()),
        unreadable=unreadable,
    )


@functools.lru_cache(maxsize=1024)
def _care(managed_by: str | None, renew_before_s: float | None, thresholds_s: tuple[float, ...]) -> Care:
    """One for all files of a watch."""
    return Care(managed_by=managed_by, renew_before_s=renew_before_s, thresholds_s=thresholds_s)
