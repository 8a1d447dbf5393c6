"""What a step sends, as texts: no live-mode key, no card number and nobody's payment method must ever be among them."""

from collections.abc import Iterable, Iterator, Mapping

from probe.documents.disguises import readings
from probe.documents.payment_methods import METHOD_KEYS, foreign_methods, is_test_method
from probe.model.scenario import Action, HttpAction, StripeAction
from probe.redact.card_numbers import holds_card


def unsafe(action: Action, saved: object) -> str | None:
    """Why this must not be sent, whose templates are filled in; None where nothing is wrong with it.

    What was `saved` in this run Stripe has told us, in test mode: a payment method among it may be used.
    """
    told = set(_texts(saved))
    if any(holds_card(reading, ids=True) for text in texts_of(action) for reading in readings(text)):
        return "what could be a card number"
    foreign = {method for text in texts_of(action) for method in foreign_methods(text)} | set(_named(action))
    if foreign - told:
        return "a payment method that is neither a test one nor made in this run"
    return None


def _named(action: Action) -> Iterator[str]:
    """What the parameters of a call give as a payment method, but for Stripe's test ones."""
    pairs = _pairs(action.parameters) if isinstance(action, StripeAction) else ()
    for key, value in pairs:
        if key in METHOD_KEYS and isinstance(value, str) and value and not is_test_method(value):
            yield value


def _pairs(value: object) -> Iterator[tuple[object, object]]:
    """Every key with its value, at any depth."""
    members: Iterable[object] = ()
    if isinstance(value, Mapping):
        yield from value.items()
        members = value.values()
    elif isinstance(value, list | tuple):
        members = value
    for member in members:
        yield from _pairs(member)


def texts_of(action: Action) -> Iterator[str]:
    """Every text that doing it sends."""
    match action:
        case StripeAction(method=method, parameters=parameters):
            yield method
            yield from _texts(parameters)
        case HttpAction(path=path, headers=headers, body=body):
            yield path
            yield from _texts(headers)
            yield body or ""
        case _:
            return


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield str(key)
            yield from _texts(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _texts(member)
    else:
        yield str(value)
