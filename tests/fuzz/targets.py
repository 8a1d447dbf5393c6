"""Every target by name: what hypothesis tries a little of in `make test`, and atheris a lot of in `make fuzz`."""

import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.fuzz import disclosure_targets, kept_targets, own_targets, peer_targets, stranger_targets

CORPUS: Final = pathlib.Path(__file__).parent / "corpus"
"""One directory for each target, one file for each input that once broke it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A reader of bytes that raises only where it breaks its contract."""

    name: str
    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]

    @property
    def says(self) -> str:
        """What it reads, in a sentence."""
        return (self.run.__doc__ or "").strip()


def targets() -> Mapping[str, Target]:
    """All of them; the seeds are made anew in each process."""
    rooms = (peer_targets, disclosure_targets, own_targets, kept_targets, stranger_targets)
    found = {run: seeds for room in rooms for run, seeds in room.seeds().items()}
    return {run.__name__: Target(run.__name__, run, seeds) for run, seeds in found.items()}


def corpus(name: str) -> tuple[pathlib.Path, ...]:
    """The inputs that once broke a target."""
    return tuple(sorted((CORPUS / name).glob("*")))
