"""What may not stand in a scenario: keys, card numbers, and anything that could be somebody's real card."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from probe.documents.masking import holds_card_number, holds_key, holds_live_key, live_key
from probe.documents.mistakes import Mistake, Place
from probe.documents.tree import Document, Loc, Unsure, dotted, last_key

_METHOD_KEYS: Final = frozenset({"payment_method", "source", "token", "default_payment_method", "default_source"})
_TEST_METHOD: Final = re.compile(r"pm_card_[A-Za-z0-9_]{1,80}|tok_(?=[a-z0-9])(?!.*\d.*\d.*\d.*\d)[A-Za-z0-9_]{1,80}")
_REAL_METHOD: Final = re.compile(r"(?:pm|tok|src|card)_[A-Za-z0-9_]+")
_TEMPLATE: Final = re.compile(r"\$\{[^}]*\}")
_LIVE: Final = "a live-mode Stripe key stands here"
_KEY_HINT: Final = "remove it, and revoke it where others could read it; keys belong into the configuration"
_CARD_HINT: Final = "use a test payment method such as `pm_card_visa`"


def mistakes_of_safety(document: Document, text: str) -> Iterator[Mistake]:
    """All of them. A live key is looked for in the text itself, because a comment gives it away as well."""
    lines = set[int]()
    for number, line in enumerate(text.splitlines(), 1):
        if (found := live_key(line)) is not None:
            lines.add(number)
            place = Place(document.file, number, found.start() + 1)
            yield Mistake.at(place, "", _LIVE, _KEY_HINT)
    for mistake in _below(document, document.root, ()):
        if mistake.message != _LIVE or mistake.line not in lines:
            yield mistake


def _below(document: Document, value: object, loc: Loc) -> Iterator[Mistake]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(document.keys[*loc, key], loc, key)
            yield from _below(document, item, (*loc, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _below(document, item, (*loc, index))
    elif value is not None and not isinstance(value, bool):
        yield from _texts(document.values[loc], loc, str(value))
        yield from _methods(document.values[loc], loc, value)


def _texts(place: Place, loc: Loc, written: str) -> Iterator[Mistake]:
    if holds_card_number(written):
        yield Mistake.at(place, dotted(loc), "what stands here could be a card number", _CARD_HINT)
    if holds_live_key(written):
        yield Mistake.at(place, dotted(loc), _LIVE, _KEY_HINT)
    elif holds_key(written):
        yield Mistake.at(place, dotted(loc), "a Stripe key stands here", _KEY_HINT)


def _methods(place: Place, loc: Loc, value: object) -> Iterator[Mistake]:
    """Payment methods and tokens: Stripe's fixed test ones, or made in this run and saved. A number put together is no better."""
    if "with" in loc and loc[-2:] == ("card", "number"):
        yield Mistake.at(place, dotted(loc), "card numbers do not belong into a scenario", _CARD_HINT)
        return
    if not isinstance(value, str) or _TEMPLATE.fullmatch(value) or _TEST_METHOD.fullmatch(value):
        return
    named = "with" in loc and loc[-1] in _METHOD_KEYS
    if named or (_REAL_METHOD.fullmatch(value) and any(c.isdigit() for c in value)):
        yield Mistake.at(place, dotted(loc), f"`{last_key(loc)}` is not a test payment method", _CARD_HINT)


def unsure_words(document: Document, value: object, loc: Loc) -> Iterator[Mistake]:
    """Words inside free maps that YAML readers disagree about; there no model says what is wanted."""
    if isinstance(value, Unsure):
        message = f"`{last_key(loc)}`: `{value}` means different things to different YAML readers"
        hint = f'write true or false, a plain decimal number, or "{value}" in quotes'
        yield Mistake.at(document.values[loc], dotted(loc), message, hint)
    for key, item in value.items() if isinstance(value, Mapping) else ():
        yield from unsure_words(document, item, (*loc, key))
    for index, item in enumerate(value) if isinstance(value, list) else ():
        yield from unsure_words(document, item, (*loc, index))
