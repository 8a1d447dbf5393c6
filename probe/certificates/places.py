"""Where a change of a file can be noticed: in its own directory, at each link on the way to it, and where a part of the way is missing."""

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_MOST_LINKS: Final = 40
"""On the way to one file, as many as Linux follows (path_resolution(7))."""
_ROOT: Final = Path("/")

State = tuple[int, ...]
"""Of a file: each write, each rename onto it and each change of its rights gives another one."""


@dataclass(slots=True)
class Places:
    """What belongs to some files: the names whose change matters, the directories that they stand in, and how all is now."""

    names: set[str] = field(default_factory=set)
    """The files, and every directory and link that leads to them, each by its real directory."""
    whole: set[str] = field(default_factory=set)
    """Directories of which every name matters."""
    directories: set[str] = field(default_factory=set)
    """Those that are there and hold one of `names`, or are `whole`."""
    state: dict[str, State | None] = field(default_factory=dict)
    """Of each file, as it was named; None for what is missing."""

    def concern(self, path: str) -> bool:
        """Whether a change of `path` may be one of the files."""
        return path in self.names or path.rpartition("/")[0] in self.whole


def survey(paths: Iterable[Path]) -> Places:
    """Look at all `paths`, which are absolute; a directory stands for every file in it. Blocks, and never raises for what is there."""
    places, parents = Places(), dict[Path, Path | None]()
    for path in paths:
        if path.parent not in parents:
            parents[path.parent] = _followed(path.parent, places)
        parent = parents[path.parent]
        real = None if parent is None else _followed(parent / path.name, places, known=parent)
        found = None if real is None else _stat(real)
        places.state[str(path)] = None if found is None else _state(found)
        if real is not None and found is not None and stat.S_ISDIR(found.st_mode):
            _add_whole(real, places)
    return places


def _followed(path: Path, places: Places, *, known: Path = _ROOT) -> Path | None:
    """Where `path` leads to once all links are followed; None where a part of it is missing. Notes what it passes.

    `known` is a part of it without links.
    """
    real, links = known, 0
    rest = list(path.relative_to(known).parts)[::-1]
    while rest:
        part = rest.pop()
        if part == "..":
            real = real.parent
            continue
        here = real / part
        places.names.add(str(here))
        places.directories.add(str(real))
        try:
            target = here.readlink() if here.is_symlink() else None
            here.lstat()
        except (OSError, ValueError):  # ValueError: a NUL in the name
            return None
        if target is None:
            real = here
            continue
        links += 1
        if links > _MOST_LINKS:
            return None
        real = _ROOT if target.is_absolute() else real
        rest += [part for part in target.parts if part != "/"][::-1]
    return real


def _add_whole(directory: Path, places: Places) -> None:
    places.whole.add(str(directory))
    places.directories.add(str(directory))
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                found = _stat(entry)
                places.state[entry.path] = None if found is None else _state(found)
    except OSError:  # gone, or not ours to read: the next look shows it
        return


def _stat(file: "Path | os.DirEntry[str]") -> os.stat_result | None:
    try:
        return file.stat()
    except (OSError, ValueError):
        return None


def _state(found: os.stat_result) -> State:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
