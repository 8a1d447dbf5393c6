"""What takes back what a probe made at Stripe: a closed table, by the type of the object. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from probe.model.answer import StripeErrorFacts

_MONEY_TAKEN: Final = frozenset({"succeeded", "processing"})
_WHOLE_TAKEN: Final = frozenset({"succeeded", "pending"})
"""Statuses of intents and charges in which an amount that is not said is the whole."""
_OPEN: Final = frozenset({"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"})
"""Statuses of payment intents and setup intents that can be cancelled (stripe.com/docs/payments/paymentintents/lifecycle)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """One call that takes back what was made."""

    method: str
    parameters: Mapping[str, object]
    settled: Mapping[str, object] = field(default_factory=dict)
    """What its answer says when that is done, as a step's `expect`."""


def undo_of(made: Mapping[str, object], *, refunded_minor: int = 0) -> Undo | None:
    """What takes back this object, as Stripe showed it last; None where nothing has to be, or nothing can be.

    `refunded_minor` is what was given back already of the money of a payment intent or a charge.
    """
    if made.get("deleted") is True:
        return None
    found = UNDOS.get(str(made.get("object")))
    if found is None:
        return None
    return found({**made, "amount_received": amount_minor(made, "amount_received") - refunded_minor})


def already_undone(method: str, error: StripeErrorFacts) -> bool:
    """Whether an undo was refused because there is nothing left to take back: an earlier try got through unheard."""
    match method.rpartition(".")[2]:
        case "create":
            return error.code == "charge_already_refunded"
        case "delete":
            return error.code == "resource_missing"
        case "cancel":
            return error.about is not None and error.about.get("status") == "canceled"
        case _:
            return False


def amount_minor(value: Mapping[str, object], key: str) -> int:
    """An amount; of a stand-in that leaves it out the whole `amount` where that was taken."""
    amount = value.get(key)
    if isinstance(amount, int):
        return amount
    fallback = value.get("amount")
    return fallback if isinstance(fallback, int) and value.get("status") in _WHOLE_TAKEN else 0


def _payment_intent(made: Mapping[str, object]) -> Undo | None:
    if made.get("status") in _MONEY_TAKEN and amount_minor(made, "amount_received") > 0:
        parameters = {"payment_intent": str(made.get("id"))}
        return Undo(method="v1.refunds.create", parameters=parameters, settled={"status": "succeeded"})
    return _cancel("v1.payment_intents.cancel")(made)


def _charge(made: Mapping[str, object]) -> Undo | None:
    """One that was made without an intent; the money of any other is its intent's to give back."""
    given_back = made.get("amount_refunded")
    left = amount_minor(made, "amount") - (given_back if isinstance(given_back, int) else 0)
    if made.get("payment_intent") is not None or left <= 0 or amount_minor(made, "amount_received") <= 0:
        return None
    if made.get("status") not in _WHOLE_TAKEN:
        return None
    parameters = {"charge": str(made.get("id"))}
    return Undo(method="v1.refunds.create", parameters=parameters, settled={"status": "succeeded"})


def _cancel(method: str) -> Callable[[Mapping[str, object]], Undo | None]:
    def cancel(made: Mapping[str, object]) -> Undo | None:
        if made.get("status") not in _OPEN:
            return None
        return Undo(method=method, parameters={"intent": str(made.get("id"))}, settled={"status": "canceled"})

    return cancel


def _delete(method: str, name: str) -> Callable[[Mapping[str, object]], Undo | None]:
    def delete(made: Mapping[str, object]) -> Undo | None:
        return Undo(method=method, parameters={name: str(made.get("id"))}, settled={"deleted": True})

    return delete


def _detach(made: Mapping[str, object]) -> Undo | None:
    """Stripe deletes no payment method; one without a customer can charge nobody again."""
    if made.get("customer") is None:
        return None
    parameters = {"payment_method": str(made.get("id"))}
    return Undo(method="v1.payment_methods.detach", parameters=parameters, settled={"customer": None})


UNDOS: Final[Mapping[str, Callable[[Mapping[str, object]], Undo | None]]] = {
    "payment_intent": _payment_intent,
    "charge": _charge,
    "setup_intent": _cancel("v1.setup_intents.cancel"),
    "payment_method": _detach,
    "customer": _delete("v1.customers.delete", "customer"),
    "webhook_endpoint": _delete("v1.webhook_endpoints.delete", "webhook_endpoint"),
}
"""By `object`, in the order in which it is done: money first, and a customer after what hangs on it."""

TAKING_BACK: Final = frozenset(
    {
        "v1.refunds.create",
        "v1.payment_intents.cancel",
        "v1.setup_intents.cancel",
        "v1.payment_methods.detach",
        "v1.customers.delete",
        "v1.webhook_endpoints.delete",
    }
)
"""The methods of all undos (a test asks each for its own)."""
