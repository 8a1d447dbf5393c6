"""Which files a configured place stands for: a file, a directory, or a pattern with `*`, `?`, `[…]` and `**`."""

import fnmatch
import itertools
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from probe.model.certificate import Source, SourceKind

MOST_FILES: Final = 100_000
"""Of one place: more are not looked at, and that is said."""

_TOO_MANY: Final = f"more than {MOST_FILES} files, of which the rest is not watched,"
_MAGIC: Final = re.compile(r"[*?\[]")
_LINK: Final = "..data"
"""In a mounted Kubernetes Secret, the link to the directory that holds its present version."""
_REHASHED: Final = re.compile(r"[0-9a-f]{8}\.r?[0-9]+")
"""Links that `openssl rehash` makes beside the files themselves."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One file."""

    file: str
    source: Source
    named: bool = True
    """The place names it; else it lies in a directory or fits a pattern, and may be something else altogether."""
    status: os.stat_result | None = None
    """What is known of it already."""


@dataclass(frozen=True, slots=True)
class Found:
    """What there is."""

    spots: tuple[Spot, ...] = ()
    problem: str | None = None
    """Why nothing, or not everything, that was to be watched is; for people, without the place's name."""


def find_spots(place: str) -> Found:
    """The files of an absolute place, in order of their names. Never raises; follows no link to a directory below a `**`."""
    if not _MAGIC.search(place) or os.path.lexists(place):
        return _directory(place) if os.path.isdir(place) else Found((Spot(place, source_of(place)),))  # noqa: PTH112 - texts: a Path costs more than the call
    files = list(dict.fromkeys(itertools.islice(_matching(place), MOST_FILES + 1)))
    kinds = {above: source_of(f"{above}/-").kind for above in {_above(file) for file in files}}
    spots = (Spot(file, Source(kinds[_above(file)], file), named=False) for file in files[:MOST_FILES])
    problem = "no file fits it" if not files else f"{_TOO_MANY} fit it" if len(files) > MOST_FILES else None
    return Found(tuple(sorted(spots, key=lambda spot: spot.file)), problem)


def source_of(file: str) -> Source:
    """`file` as a place: of a mounted Kubernetes Secret where the link `..data` lies beside it."""
    secret = os.path.islink(f"{_above(file)}/{_LINK}")  # noqa: PTH114 - texts
    return Source(SourceKind.SECRET if secret else SourceKind.FILE, file)


def _above(file: str) -> str:
    return file.rpartition("/")[0]


def _directory(directory: str) -> Found:
    """Every file that lies in it, not below it."""
    try:
        with os.scandir(directory) as entries:
            found = list(itertools.islice(filter(None, map(_entry, entries)), MOST_FILES + 1))
    except OSError as error:
        return Found(problem=f"it cannot be read: {error.strerror}")
    kind = source_of(f"{directory}/-").kind
    spots = (Spot(spot.file, Source(kind, spot.file), named=False, status=spot.status) for spot in found[:MOST_FILES])
    problem = f"{_TOO_MANY} lie in it" if len(found) > MOST_FILES else None
    return Found(tuple(sorted(spots, key=lambda spot: spot.file)), problem)


def _entry(entry: os.DirEntry[str]) -> Spot | None:
    """A regular file, or a link that leads nowhere, which somebody meant to be one."""
    if entry.name.startswith("..") or (_REHASHED.fullmatch(entry.name) and entry.is_symlink()):
        return None
    try:
        status = entry.stat()
    except OSError:
        return Spot(entry.path, Source(SourceKind.FILE, entry.path))
    regular = stat.S_ISREG(status.st_mode)
    return Spot(entry.path, Source(SourceKind.FILE, entry.path), status=status) if regular else None


def _matching(pattern: str) -> Iterator[str]:
    """The files that fit, in no order."""
    plain = re.sub(r"(/\*\*)+(?=/|$)", "/**", pattern)
    parts = [part for part in plain.split("/") if part not in {"", "."}]
    directories: Iterable[str] = ["/"]
    if parts[-1] == "**":
        parts.append("*")
    for part in parts[:-1]:
        directories = _below(directories, part)
    for directory in directories:
        yield from (path for path, is_directory in _fitting(directory, parts[-1]) if not is_directory)


def _below(directories: Iterable[str], part: str) -> Iterator[str]:
    for directory in directories:
        if part == "**":
            yield from _deep(directory)
        elif _MAGIC.search(part):
            yield from (f"{path}/" for path, is_directory in _fitting(directory, part) if is_directory)
        else:
            yield f"{directory}{part}/"


def _deep(directory: str) -> Iterator[str]:
    """The directory and every one below it; links are not followed, so that there is an end."""
    waiting = [directory]
    while waiting:
        yield (here := waiting.pop())
        waiting += [f"{path}/" for path, is_directory in _fitting(here, "*", follow=False) if is_directory]


def _fitting(directory: str, part: str, *, follow: bool = True) -> Iterator[tuple[str, bool]]:
    """What lies in `directory` and fits, and whether it is a directory; hidden names only where the pattern is hidden too."""
    fits = re.compile(fnmatch.translate(part)).match
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                hidden = entry.name.startswith(".") and not part.startswith(".")
                if hidden or entry.name.startswith("..") or not fits(entry.name):
                    continue
                is_directory = entry.is_dir(follow_symlinks=follow)
                if is_directory or (follow and _entry(entry) is not None):
                    yield f"{directory}{entry.name}", is_directory
    except OSError:
        return
