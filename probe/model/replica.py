"""Which of several replicas this process is, and what it leaves to the others."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_ORDINAL: Final = re.compile(r"-(\d{1,6})$")


class Charges(StrEnum):
    """Which replicas run the scenarios that write to Stripe."""

    ALL = "all"
    """Every one; with shards each path is on one of them anyway."""
    FIRST = "first"
    """The first one alone: the others shake hands and watch certificates."""
    NONE = "none"
    """Not this one: a sidecar, which leaves charges to the Deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One of `of` shares of the paths."""

    index: int
    """From 1."""
    of: int

    def holds(self, path: str) -> bool:
        """Whether the path is in this share: by the highest of `of` hashes, so that one replica more moves only its own share."""
        return max(range(1, self.of + 1), key=lambda index: _weight(path, index)) == self.index

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


def ordinal(host: str) -> int | None:
    """The number that a StatefulSet gave the pod, from 0; None for a name without one."""
    found = _ORDINAL.search(host)
    return int(found.group(1)) if found else None


def _weight(path: str, index: int) -> bytes:
    return hashlib.sha256(f"{index}:{path}".encode()).digest()
