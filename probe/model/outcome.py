"""What became of a step or run. Failures of the path are values; exceptions are for us and the operator."""

from dataclasses import dataclass
from typing import Final

from probe.model.failure import Failure


@dataclass(frozen=True, slots=True)
class Passed:
    """It did what the scenario expects."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The path is at fault, and this is why."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Skipped:
    """Not tried."""

    because: str
    """A sentence for people."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """We could not tell: our own bug, our own deadline, our own key. Neither up nor down."""

    failure: Failure


Outcome = Passed | Failed | Skipped | Unknown

_WORDS: Final[dict[type, str]] = {Passed: "passed", Failed: "failed", Skipped: "skipped", Unknown: "unknown"}


def word(outcome: Outcome) -> str:
    """`passed`, `failed`, `skipped` or `unknown`: the label of the outcome everywhere."""
    return _WORDS[type(outcome)]
