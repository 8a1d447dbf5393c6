"""What came back: an HTTP answer, and the error that Stripe tells in one."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """One HTTP response, bounded."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Lower-case names; the values of one that came more than once are joined by a comma (RFC 9110 5.3)."""
    repeated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The values one by one of those that came more than once: a comma may as well stand within one."""
    in_lower_case: bool = False
    """The names came so, as haproxy and Envoy write them."""
    body: str = ""
    """At most 64 KiB, decoded with replacement."""
    live: bool = False
    """The whole answer, also what is not kept of it, says `livemode: true` somewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeErrorFacts:
    """Stripe's error object with the parts that checks and cleanup need."""

    type: str | None = None
    code: str | None = None
    decline_code: str | None = None
    message: str = ""
    """Redacted."""
    param: str | None = None
    payment_intent: str | None = None
    """Id of the intent that the error is about: a declined create still made one."""
    livemode: bool | None = None
    """`livemode` of that intent, where present."""
    about: Mapping[str, object] | None = None
    """The payment intent or setup intent that came along in the error, redacted."""
