"""Card errors: expected or not, and the expected one or another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from probe.model.answer import StripeErrorFacts
from probe.model.observation import StripeObservation

_UNAVAILABLE: Final = frozenset({"issuer_not_available", "processing_error"})
"""Codes by which Stripe says that the card networks, not the path, are at fault."""

_PAYMENT_REQUIRED: Final = 402
"""What makes a card error for the SDK; a stand-in may give such an answer another type."""


@dataclass(frozen=True, slots=True)
class Decline:
    """What is wrong with a decline, or with its absence."""

    reason: str
    text: str
    """A clause for people."""


def check_decline(expected: object, observation: StripeObservation) -> Decline | None:
    """Compare the error, if any, with `expect.error` (`{type, code, decline_code, param}`; None: no error is expected)."""
    wanted = expected if isinstance(expected, Mapping) else {}
    error = observation.error
    if error is None:
        return _accepted(wanted) if wanted else None
    if is_expected(wanted, observation):
        return None
    instead = f", expected {_named(wanted)}" if wanted else ""
    if _UNAVAILABLE & {error.code, error.decline_code}:
        return Decline("charge.issuer_unavailable", f"the card networks cannot be reached: {_of(error)}{instead}")
    if error.type != "card_error" and (observation.http is None or observation.http.status != _PAYMENT_REQUIRED):
        return Decline(
            "charge.unexpected", f"Stripe answered with an error of type {error.type}: {_of(error)}{instead}"
        )
    if wanted and _of_a_card(wanted):
        return Decline("charge.wrong_decline", f"declined with {_of(error)}{instead}")
    return Decline("charge.declined", f"the test card was declined: {_of(error)}{instead}")


def is_expected(expected: object, observation: StripeObservation) -> bool:
    """Whether Stripe refused with the very error that `expect.error` names."""
    error = observation.error
    if error is None or not isinstance(expected, Mapping) or not expected:
        return False
    found = {"type": error.type, "code": error.code, "decline_code": error.decline_code, "param": error.param}
    return all(found.get(str(name)) == value for name, value in expected.items())


def _accepted(wanted: Mapping[object, object]) -> Decline:
    """No error came where one was to come."""
    if _of_a_card(wanted):
        return Decline("charge.not_declined", f"not declined, expected {_named(wanted)}")
    return Decline("charge.not_refused", f"not refused, expected {_named(wanted)}")


def _of_a_card(wanted: Mapping[object, object]) -> bool:
    """Whether it is the card that is to be declined, and not the request that is to be refused."""
    return wanted.get("type", "card_error") == "card_error"


def _of(error: StripeErrorFacts) -> str:
    """The codes of an error."""
    return _named({"code": error.code, "decline_code": error.decline_code})


def _named(codes: Mapping[object, object]) -> str:
    """`code card_declined, decline_code insufficient_funds`."""
    return (
        ", ".join(f"{name} {value}" for name, value in codes.items() if value is not None) or "an error without a code"
    )
