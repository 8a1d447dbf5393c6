"""What was made of files, for as long as they stand unchanged: two system calls in place of reading and parsing them again."""

import os
import stat
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

SETTLED_S: Final = 1.0
"""How long files must have looked the same before they count as unchanged: timestamps of some file systems are that coarse, and
within one tick a file may be written twice."""
_MOST: Final = 4096
"""Keys that are remembered; a path and its identity are one."""

Stamp = tuple[tuple[int, int, int, int, int], ...]
"""Of each file device, inode, size, and when content and inode last changed. Nobody can set the last one."""

T = TypeVar("T")


def stamp_of(files: Iterable[Path | None]) -> Stamp | None:
    """How the files look now, links followed; None where one of them is missing, or is no regular file. A path None is none."""
    found = []
    for file in files:
        if file is None:
            continue
        try:
            seen = os.stat(file)  # noqa: PTH116 - `Path.stat` costs as much again
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(seen.st_mode):
            return None
        found.append((seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    stamp: Stamp
    first_seen_s: float
    settled: bool
    made: T


class Standing(Generic[T]):
    """Remembers what was made of files by any key that says how. Take the stamp before reading."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Nothing is remembered. `monotonic` in seconds: whoever keeps the files may have another wall clock."""
        self._monotonic = monotonic
        self._kept: dict[Hashable, _Kept[T]] = {}

    def recall(self, key: Hashable, stamp: Stamp | None) -> T | None:
        """What was made of just these files, once they had settled; None where they have to be read."""
        kept = self._kept.get(key)
        return kept.made if kept is not None and kept.settled and kept.stamp == stamp else None

    def keep(self, key: Hashable, stamp: Stamp | None, made: T) -> None:
        """Remember what was made of files that were read after they looked like `stamp`."""
        if stamp is None:
            return
        now_s, before = self._monotonic(), self._kept.get(key)
        first_seen_s = before.first_seen_s if before is not None and before.stamp == stamp else now_s
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[key] = _Kept(stamp, first_seen_s, now_s - first_seen_s >= SETTLED_S, made)
