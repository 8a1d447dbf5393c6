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
_VERSION: Final = re.compile(r"\.\.[0-9]{4}(?:_[0-9]{2}){5}\.[0-9]+")
"""How the kubelet names that directory, by the time of its writing. Others use the same link for their own rotations."""
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
    pattern = Pattern(place)
    files = list(dict.fromkeys(itertools.islice(pattern.files(), MOST_FILES + 1)))
    kinds = {above: source_of(f"{above}/-").kind for above in {_above(file) for file in files}}
    spots = (Spot(file, Source(kinds[_above(file)], file), named=False) for file in files[:MOST_FILES])
    problem = "no file fits it" if not files else f"{_TOO_MANY} fit it" if len(files) > MOST_FILES else None
    return Found(tuple(sorted(spots, key=lambda spot: spot.file)), "; ".join(pattern.unread) or problem)


def standing(place: str) -> str:
    """The place itself, or of a pattern the directory that all that fits it lies in or below."""
    if not _MAGIC.search(place):
        return place
    parts = place.split("/")
    plain = itertools.takewhile(lambda part: not _MAGIC.search(part), parts[:-1])
    return "/".join(plain) or "/"


def source_of(file: str) -> Source:
    """`file` as a place: of a mounted Kubernetes Secret where the kubelet's link `..data` lies beside it."""
    try:
        version = os.readlink(f"{_above(file)}/{_LINK}")  # noqa: PTH115 - texts
    except (OSError, ValueError):  # no such link: an ordinary directory; a path that is none shows when it is read
        return Source(SourceKind.FILE, file)
    return Source(SourceKind.SECRET if _VERSION.fullmatch(version) else SourceKind.FILE, file)


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


class Pattern:
    """An absolute pattern. Hidden names fit only where the pattern's part is hidden too."""

    def __init__(self, pattern: str) -> None:
        """`pattern` as written."""
        plain = re.sub(r"(/\*\*)+(?=/|$)", "/**", pattern)
        self._parts = [part for part in plain.split("/") if part not in {"", "."}]
        if self._parts[-1] == "**":
            self._parts.append("*")
        self.unread: list[str] = []
        """Directories that could not be looked into, and why."""

    def files(self) -> Iterator[str]:
        """Those that fit, in no order."""
        directories: Iterable[str] = ["/"]
        for part in self._parts[:-1]:
            directories = self._below(directories, part)
        last = self._parts[-1]
        for directory in directories:
            if _MAGIC.search(last):
                yield from (entry.path for entry in self._fitting(directory, last) if _entry(entry) is not None)
            elif os.path.lexists(directory + last):
                yield directory + last

    def _below(self, directories: Iterable[str], part: str) -> Iterator[str]:
        for directory in directories:
            if part == "**":
                yield from self._deep(directory)
            elif _MAGIC.search(part):
                yield from (f"{entry.path}/" for entry in self._fitting(directory, part) if _is_directory(entry))
            else:
                yield f"{directory}{part}/"

    def _deep(self, directory: str) -> Iterator[str]:
        """The directory and every one below it; links are not followed, so that there is an end."""
        waiting = [directory]
        while waiting:
            yield (here := waiting.pop())
            found = self._fitting(here, "*")
            waiting += [f"{entry.path}/" for entry in found if entry.is_dir(follow_symlinks=False)]

    def _fitting(self, directory: str, part: str) -> list[os.DirEntry[str]]:
        """What lies in `directory` and fits."""
        fits = re.compile(fnmatch.translate(part)).match
        try:
            with os.scandir(directory) as entries:
                found = [entry for entry in entries if fits(entry.name)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self.unread.append(f"{directory} cannot be read: {error.strerror}")
            return []
        return [entry for entry in found if not entry.name.startswith(".." if part.startswith(".") else ".")]


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
