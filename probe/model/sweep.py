"""What a sweep found that crashed runs had left at Stripe, and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from probe.model.outcome import Failed, Outcome, Passed, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """One object that a run made and did not take back."""

    type: str
    """Stripe's `object`: `payment_intent`, `customer`."""
    id: str
    created: datetime
    run_id: str
    scenario: str
    undo: str
    """The method that takes it back, `v1.refunds.create`."""
    amount_minor: int | None = None
    """What is refunded or no longer held; None where no money is."""
    currency: str | None = None
    outcome: Outcome
    """Passed: taken back; Skipped: a dry run; else why it is still there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """One object that a run made and that is open, which may not be taken back yet."""

    type: str
    """Stripe's `object`: `payment_intent`, `customer`."""
    id: str
    created: datetime
    run_id: str
    scenario: str
    until: datetime
    """From then on a sweep takes it back: its run has ended by then, and it is old enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One look over one Stripe account."""

    path: str
    """The path by which it was looked at."""
    paths: tuple[str, ...]
    """All paths of the account."""
    started_at: datetime
    duration_s: float
    created_from: datetime
    """Objects that are older were not looked at."""
    created_before: datetime
    """Objects that are younger were not looked at."""
    outcome: Passed | Failed | Unknown
    """Passed: looked everywhere, and nothing is left but what a dry run left; Failed: something is, or the path may not be used;
    Unknown: not everything could be looked at."""
    latched: bool = False
    """The path was shut before: nothing was sent."""
    dry_run: bool = False
    looked_at: int = 0
    """Objects, whoever made them."""
    not_permitted: tuple[str, ...] = ()
    """Lists that the key may not read, and so cannot have made anything in."""
    leftovers: tuple[Leftover, ...] = ()
    held_back: tuple[HeldBack, ...] = ()
    """What a run may still be using, or what is too young."""

    @property
    def in_vain(self) -> bool:
        """Nothing came of it: another path of the account may lead further."""
        return self.latched or (isinstance(self.outcome, Unknown) and not self.leftovers)
