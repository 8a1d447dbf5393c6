"""What a run made at Stripe and must not leave behind, kept from the answers alone. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from probe.model.failure import Phase
from probe.model.observation import StripeObservation

_MONEY_TAKEN: Final = frozenset({"succeeded", "processing"})
_CANCELLABLE: Final = frozenset(
    {"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"}
)
_BEFORE_REQUEST: Final = frozenset({Phase.DNS, Phase.TCP, Phase.TLS, Phase.ACCEPT})
_STATUS_INDETERMINATE: Final = 500
"""From here on Stripe may have acted all the same (stripe.com/docs/error-low-level)."""


ALREADY_REFUNDED: Final = "charge_already_refunded"
"""Stripe's code for a refund of what has been given back already: nothing is open there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """One call that takes back what the run made."""

    method: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A write that was sent, or may have been."""

    step: str
    method: str
    parameters: Mapping[str, object]
    idempotency_key: str


class Ledger:
    """Payment intents that this run has seen, by id, and writes whose answer never came."""

    def __init__(self) -> None:
        """Begin empty."""
        self._status: dict[str, str] = {}
        self._received: dict[str, int] = {}
        self._refunds: dict[str, tuple[str, int]] = {}
        """By id of the refund (a replay is the same one): the intent and the amount."""
        self._lost: dict[str, Call] = {}
        self._doubtful: set[str] = set()
        """Keys of calls that may have reached Stripe: a later try that never left does not settle them."""

    def sent(self, call: Call) -> None:
        """A write is about to go out. Until `answered`, we do not know what came of it."""
        self._lost.setdefault(call.idempotency_key, call)

    def answered(self, observation: StripeObservation) -> None:
        """Take in what a call came to."""
        if observation.response is not None:
            self._saw(observation.response)
        error = observation.error
        if error is not None and error.payment_intent is not None:
            # A declined create still made an intent, which can be paid later; its id stands in the error.
            self._status[error.payment_intent] = "requires_payment_method"
        key = observation.idempotency_key
        if key is None:
            return
        if error is not None and error.code == ALREADY_REFUNDED and key in self._lost:
            self._status[str(self._lost[key].parameters.get("payment_intent"))] = "refunded"
        if _indeterminate(observation):
            self._doubtful.add(key)
        elif observation.http is not None or key not in self._doubtful:
            self._lost.pop(key, None)

    def lost(self) -> tuple[Call, ...]:
        """Writes that may have taken effect without our learning of it: ask again with the same key."""
        return tuple(self._lost.values())

    def open(self) -> tuple[Undo, ...]:
        """What still has to be refunded or cancelled."""
        undos = []
        for intent, status in self._status.items():
            rest = self._received.get(intent, 0) - sum(amount for of, amount in self._refunds.values() if of == intent)
            if status in _MONEY_TAKEN and rest > 0:
                undos.append(Undo(method="v1.refunds.create", parameters={"payment_intent": intent}))
            elif status in _CANCELLABLE:
                undos.append(Undo(method="v1.payment_intents.cancel", parameters={"intent": intent}))
        return tuple(undos)

    def left(self) -> tuple[str, ...]:
        """What is not known to be given back, in words: payment intents, and calls whose answer never came."""
        known = tuple(str(value) for undo in self.open() for value in undo.parameters.values())
        return (*known, *(f"the {call.method} of step {call.step}" for call in self._lost.values()))

    def _saw(self, value: Mapping[str, object]) -> None:
        match value.get("object"):
            case "payment_intent":
                intent = str(value.get("id"))
                self._status[intent] = str(value.get("status"))
                self._received[intent] = _amount(value, "amount_received")
            case "refund" if value.get("status") in {"succeeded", "pending"}:
                self._refunds[str(value.get("id"))] = (str(value.get("payment_intent")), _amount(value, "amount"))
            case _:
                pass


def _amount(value: Mapping[str, object], key: str) -> int:
    """An amount in minor units; 0 where a stand-in leaves it out."""
    amount = value.get(key)
    if isinstance(amount, int):
        return amount
    fallback = value.get("amount")
    return fallback if isinstance(fallback, int) and value.get("status") == "succeeded" else 0


def _indeterminate(observation: StripeObservation) -> bool:
    """Whether the call may have taken effect although we hold no answer that says so."""
    if not observation.writes or observation.response is not None:
        return False
    if observation.http is None:
        return observation.phase not in _BEFORE_REQUEST
    if observation.error is None or observation.error.code == "idempotency_key_in_use":
        return True
    return observation.http.status >= _STATUS_INDETERMINATE
