"""What the lab can break in the simulator, flipped while it runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

STRIPE_500: Final = "stripe-500"
"""Every call fails with Stripe's own 500 (cached under the idempotency key, as Stripe does)."""
STRIPE_429: Final = "stripe-429"
"""Every call is rate limited."""
STRIPE_401: Final = "stripe-401"
"""Every key is called invalid."""
DECLINED: Final = "declined"
"""Cards that would be charged are declined: card_declined, generic_decline. Those that decline anyway keep their own code."""
DECLINE_IGNORED: Final = "decline-ignored"
"""Cards that decline are charged all the same."""
WRONG_AMOUNT: Final = "wrong-amount"
"""A payment intent is made over one minor unit more than was asked for."""
LIVE_MODE: Final = "live-mode"
"""Every `livemode` in an answer says true."""
REFUND_FAILS: Final = "refund-fails"
"""A refund is answered with the status failed, and the money stays where it is."""
WEBHOOKS_MISSING: Final = "webhooks-missing"
"""Events are made, and no webhook is sent."""
KEY_IGNORED: Final = "key-ignored"
"""Idempotency keys are not looked at: every request is carried out."""
SLOW_CREATE: Final = "slow-create"
"""A POST that creates a payment intent answers only `delay_s` after it took effect; a repeat with the same idempotency key is answered at once."""
SLOW_EXECUTION: Final = "slow-execution"
"""A POST takes effect only after `delay_s`; until then its idempotency key is in use."""

PUBLIC: Final = (
    STRIPE_500,
    STRIPE_429,
    STRIPE_401,
    DECLINED,
    DECLINE_IGNORED,
    WRONG_AMOUNT,
    LIVE_MODE,
    REFUND_FAILS,
    WEBHOOKS_MISSING,
    KEY_IGNORED,
)
"""The switches that the lab offers by name."""
FOR_TESTS: Final = (SLOW_CREATE, SLOW_EXECUTION)
"""Switches that only tests flip."""


@dataclass(slots=True)
class StripeFaults:
    """The switches that are on now; the simulator looks at each request."""

    active: set[str] = field(default_factory=set)
    """Names from `PUBLIC` and `FOR_TESTS`."""
    delay_s: float = 30.0
    """How long the slow switches hold a request back, on the simulator's clock."""
    tripwire: Callable[[str, str], None] = lambda _method, _authorization: None
    """Told the method and the `Authorization` header of each request twice: before anything is done, and when all is done and
    nothing answered."""


def as_live(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The same with every `livemode` true."""
    if isinstance(value, dict):
        return {name: name == "livemode" or as_live(inner) for name, inner in value.items()}
    return [as_live(inner) for inner in value] if isinstance(value, list) else value
