"""What a run made at Stripe and must not leave behind, kept from the answers alone. Pure.

What a run merely read is somebody else's, and stays as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from probe.billing.undo import TAKING_BACK, UNDOS, Undo, already_undone, amount_minor, undo_of
from probe.model.answer import StripeErrorFacts
from probe.model.failure import Phase
from probe.model.observation import StripeObservation

_BEFORE_REQUEST: Final = frozenset({Phase.DNS, Phase.TCP, Phase.TLS, Phase.ACCEPT})
_STATUS_INDETERMINATE: Final = 500
"""From here on Stripe may have acted all the same (stripe.com/docs/error-low-level)."""

_MAKES: Final = frozenset({"create", "attach"})
"""Last words of the methods after which something is there that was not: what is answered to any other one may be somebody
else's, unless it is known already."""

_ORDER: Final = tuple(UNDOS)

_HANGING: Final = frozenset({"payment_method"})
"""Types of what has an undo and goes with its customer. Money does not: intents and charges are given back on their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A write that was sent, or may have been."""

    step: str
    method: str
    parameters: Mapping[str, object]
    idempotency_key: str


class Ledger:
    """What this run has made, by id, as it was seen last, and writes whose answer never came."""

    def __init__(self) -> None:
        """Begin empty."""
        self._made: dict[str, Mapping[str, object]] = {}
        self._refunds: dict[str, tuple[str, int]] = {}
        """By id of the refund (a replay is the same one): the intent, or the charge that was made without one, and the amount."""
        self._lost: dict[str, Call] = {}
        self._closed: set[str] = set()
        """Ids of what this run made, or changed, and what is there no longer."""
        self._doubtful: set[str] = set()
        """Keys of calls that may have reached Stripe: a later try that never left does not settle them."""

    def sent(self, call: Call) -> None:
        """A write is about to go out. Until `answered`, we do not know what came of it."""
        self._lost.setdefault(call.idempotency_key, call)

    def answered(self, observation: StripeObservation) -> None:
        """Take in what a call came to."""
        makes = observation.writes and observation.method.rpartition(".")[2] in _MAKES
        if observation.response is not None:
            self._saw(observation.response, makes=makes)
        error = observation.error
        about = None if error is None else error.about or _declined(error)
        if about is not None:
            self._saw(about, makes=makes)
        key = observation.idempotency_key
        if key is None:
            return
        if error is not None and key in self._lost and already_undone(observation.method, error):
            for value in self._lost[key].parameters.values():
                self._gone(str(value))
        if _indeterminate(observation):
            self._doubtful.add(key)
        elif observation.http is not None or key not in self._doubtful:
            self._lost.pop(key, None)

    def lost(self) -> tuple[Call, ...]:
        """Writes that may have taken effect without our learning of it: ask again with the same key."""
        return tuple(self._lost.values())

    def open(self) -> tuple[Undo, ...]:
        """What still has to be taken back, money first."""
        customers = {key for key, made in self._made.items() if made.get("object") == "customer"}
        undos = []
        for key, made in sorted(self._made.items(), key=lambda entry: _ORDER.index(str(entry[1].get("object")))):
            undo = undo_of(made, refunded_minor=sum(amount for of, amount in self._refunds.values() if of == key))
            if undo is not None and _parent(made) not in customers:  # a customer takes along what hangs on it
                undos.append(undo)
        return tuple(undos)

    def left(self) -> tuple[str, ...]:
        """What is not known to be given back, in words: ids, and calls whose answer never came."""
        known = tuple(str(value) for undo in self.open() for value in undo.parameters.values())
        unheard = (call for call in self._lost.values() if not self._came_to_nothing(call))
        return (*known, *(f"the {call.method} of step {call.step}" for call in unheard))

    def _saw(self, value: Mapping[str, object], *, makes: bool) -> None:
        key, kind = str(value.get("id")), str(value.get("object"))
        if value.get("deleted") is True:
            self._gone(key)
        elif kind in UNDOS and (makes or key in self._made):
            self._made[key] = value
            self._closed.discard(key)
        elif kind == "refund" and value.get("status") in {"succeeded", "pending"}:
            of = _id(value.get("payment_intent")) or _id(value.get("charge"))
            self._refunds[key] = (of, amount_minor(value, "amount"))

    def _gone(self, key: str) -> None:
        """An object is there no longer, and what hung on it went with it."""
        for each in [key, *(child for child, made in self._made.items() if _parent(made) == key)]:
            self._made.pop(each, None)
            self._closed.add(each)

    def _came_to_nothing(self, call: Call) -> bool:
        """Whether a call whose answer never came cannot have left anything: it was to take back what is taken back by now."""
        if call.method not in TAKING_BACK:
            return False
        meant = {str(value) for value in call.parameters.values()} & (self._made.keys() | self._closed)
        still = {str(value) for undo in self.open() for value in undo.parameters.values()}
        return bool(meant) and meant.isdisjoint(still)


def _parent(made: Mapping[str, object]) -> str:
    """The customer that takes it along when it is deleted (docs.stripe.com/api/customers/delete); empty where none does."""
    return _id(made.get("customer")) if made.get("object") in _HANGING else ""


def _id(value: object) -> str:
    """An id, also of an object that was expanded; empty where there is none."""
    found = value.get("id") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) else ""


def _declined(error: StripeErrorFacts) -> Mapping[str, object] | None:
    """A declined create still made an intent, which can be paid later: what is known of it where only its id came along."""
    if error.payment_intent is None:
        return None
    return {"object": "payment_intent", "id": error.payment_intent, "status": "requires_payment_method"}


def _indeterminate(observation: StripeObservation) -> bool:
    """Whether the call may have taken effect although we hold no answer that says so."""
    if not observation.writes or observation.response is not None:
        return False
    if observation.http is None:
        return observation.phase not in _BEFORE_REQUEST
    if observation.error is None or observation.error.code == "idempotency_key_in_use":
        return True
    return observation.http.status >= _STATUS_INDETERMINATE
