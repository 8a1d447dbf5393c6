"""How the budget of requests of one Stripe account stands: what whoever shows it may know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

REASON_HEADER: Final = "stripe-rate-limited-reason"
"""Which limit a 429 of Stripe's is about (docs.stripe.com/rate-limits); lower case, as observations keep headers."""

LIMITED_BY: Final = (
    "global-rate",
    "endpoint-rate",
    "global-concurrency",
    "endpoint-concurrency",
    "resource-specific",
    "unnamed",
)
"""Values of that header, a closed list:
`unnamed` stands for an answer without the header, and for a reason that is not known here."""


def limited_by(headers: Mapping[str, str]) -> str:
    """The reason of a 429 with these headers, one of `LIMITED_BY`."""
    reason = headers.get(REASON_HEADER, "")
    return reason if reason in LIMITED_BY else LIMITED_BY[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetStand:
    """One account's budget at one moment."""

    account: str
    """The name of the first path that uses the account; never an id or a key."""
    requests: int = 0
    """Sent since the process began."""
    waiting: int = 0
    """Runs and requests that wait for their turn now."""
    in_flight: int = 0
    """Requests without an answer yet."""
    limited: Mapping[str, int] = field(default_factory=dict)
    """Requests that Stripe refused with 429, by reason: every one of `LIMITED_BY`."""
