"""`expand`: put the object where its id stands."""

import copy
from typing import Any, Final

from probe.lab.stripe.errors import Json, Refusal
from probe.lab.stripe.fixtures import template
from probe.lab.stripe.state import SimulatorState

MAX_LEVELS: Final = 4

_COLLECTIONS: Final = {
    "balance_transaction": "balance_transactions",
    "charge": "charges",
    "customer": "customers",
    "default_payment_method": "payment_methods",
    "failure_balance_transaction": "balance_transactions",
    "latest_attempt": "setup_attempts",
    "latest_charge": "charges",
    "payment_intent": "payment_intents",
    "payment_method": "payment_methods",
    "setup_intent": "setup_intents",
    "source": "charges",
}


def check_expandable(kind: str, paths: list[str]) -> None:
    """Refuse, before anything is executed, a path that cannot begin on an object of this kind."""
    for path in paths:
        first = path.partition(".")[0]
        if first not in _COLLECTIONS or first not in template(kind):
            raise _not_expandable(path)


def expanded(state: SimulatorState, answer: Json, paths: list[str]) -> Json:
    """A copy of the answer with each path (`latest_charge.balance_transaction`, `data.customer`) expanded."""
    copied = copy.deepcopy(answer)
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAX_LEVELS:
            raise Refusal(f"You cannot expand more than {MAX_LEVELS} levels of a property ({path}).", param="expand")
        _expand(state, copied, steps, path)
    return copied


def _expand(state: SimulatorState, node: Any, steps: list[str], path: str) -> None:  # noqa: ANN401 - any JSON value
    if isinstance(node, list):
        for element in node:
            _expand(state, element, steps, path)
        return
    if node is None or not steps:
        return
    step, rest = steps[0], steps[1:]
    if not isinstance(node, dict) or step not in node:
        raise _not_expandable(path)
    if isinstance(node[step], str):
        node[step] = _fetch(state, step, node[step], path)
    elif not rest and not _is_object(node[step]):
        raise _not_expandable(path)
    _expand(state, node[step], rest, path)


def _is_object(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """True for what an earlier path expanded, and for null, which stays null."""
    return value is None or (isinstance(value, dict) and "object" in value)


def _fetch(state: SimulatorState, step: str, identifier: str, path: str) -> Json:
    if step not in _COLLECTIONS:
        raise _not_expandable(path)
    collection = getattr(state.all, _COLLECTIONS[step])
    found = collection.find(identifier) or collection.stub(identifier)
    if found is None and step == "source":
        found = state.all.refunds.find(identifier)
    if found is None:
        raise _not_expandable(path)
    return copy.deepcopy(found)


def _not_expandable(path: str) -> Refusal:
    return Refusal(
        f"This property cannot be expanded ({path}). You may want to try expanding another property.", param="expand"
    )
