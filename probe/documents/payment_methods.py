"""Whose payment methods stand in a text: Stripe's fixed test ones are nobody's, any other may be somebody's."""

import re
from collections.abc import Iterator
from typing import Final

from probe.documents.disguises import readings

METHOD_KEYS: Final = ("payment_method", "source", "token", "default_payment_method", "default_source")
"""Names under which Stripe takes one."""

_TEST_METHOD: Final = re.compile(r"pm_card_[A-Za-z0-9_]{1,80}|tok_(?=[a-z0-9])(?!.*\d.*\d.*\d.*\d)[A-Za-z0-9_]{1,80}")
_NAMED: Final = re.compile(
    rf"(?:{'|'.join(METHOD_KEYS)})[\"'\]]*\s*[:=]\s*[\"']?((?:pm|tok|src|card)_[A-Za-z0-9_]+)(?![A-Za-z0-9_]|\$)"
)
_ID: Final = re.compile(r"(?<![0-9A-Za-z_])(?:pm|tok|src|card)_(?=[A-Za-z]*[0-9])[0-9A-Za-z]{8,}(?![0-9A-Za-z_])")
_CARD_NUMBER_KEY: Final = re.compile(r"card[\"'\]]?(?:\[number\]|\s*:\s*\{[^{}]*\bnumber\b)", re.IGNORECASE)


def is_test_method(name: str) -> bool:
    """Whether this is one of Stripe's fixed test payment methods or tokens, such as `pm_card_visa`."""
    return _TEST_METHOD.fullmatch(name) is not None


def foreign_methods(text: str) -> Iterator[str]:
    """The ids of payment methods in a text that are none of Stripe's test ones, in disguise too."""
    for reading in readings(text):
        yield from (found[1] for found in _NAMED.finditer(reading) if not is_test_method(found[1]))
        yield from (found.group() for found in _ID.finditer(reading) if not is_test_method(found.group()))


def names_card_number(text: str) -> bool:
    """Whether a form or a JSON text gives a card's number, whatever stands there (`card[number]=…`)."""
    return any(_CARD_NUMBER_KEY.search(reading) for reading in readings(text))
