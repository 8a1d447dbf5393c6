"""What classification gives back."""

from dataclasses import dataclass

from probe.model.failure import Failure
from probe.model.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome, and what is worth saying although it does not decide it."""

    outcome: Outcome
    warnings: tuple[Failure, ...] = ()
    addresses: tuple[tuple[str, Outcome], ...] = ()
    """Each address with its outcome, where every address of the name was tried."""
