"""What may not stand in a scenario: keys, card numbers, and anything that could be somebody's real card."""

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Final

from probe.documents.drawing import drawing_in, outcomes
from probe.documents.masking import holds_card_number, holds_key, holds_live_key, live_key
from probe.documents.mistakes import Mistake, Place
from probe.documents.payment_methods import METHOD_KEYS, foreign_methods, is_test_method, names_card_number
from probe.documents.tree import Document, Loc, Unsure, dotted, last_key

_SENT: Final = ("with", "http", "values")
"""Keys below which stands what is sent."""
_REAL_METHOD: Final = re.compile(r"(?:pm|tok|src|card)_[A-Za-z0-9_]+")
_TEMPLATE: Final = re.compile(r"\$\{[^}]*\}")
_VALUE: Final = re.compile(r"\$\{values\.([a-z][a-z0-9_]*)\}")
_MOST_TEXTS: Final = 500
"""Of a template that are looked at; whatever it becomes is looked at once more before it is sent."""
_COMMENT: Final = re.compile(r"(?:^|\s)#.*")
_CARD: Final = "what stands here could be a card number"
_LIVE: Final = "a live-mode Stripe key stands here"
_KEY_HINT: Final = "remove it, and revoke it where others could read it; keys belong into the configuration"
_CARD_HINT: Final = "use a test payment method such as `pm_card_visa`"


def mistakes_of_safety(document: Document, text: str) -> Iterator[Mistake]:
    """All of them. Keys and card numbers are looked for in the text itself too: a comment gives them away as well."""
    lines = set[int]()
    for number, line in enumerate(text.splitlines(), 1):
        if (found := live_key(line)) is not None:
            lines.add(number)
            place = Place(document.file, number, found.start() + 1)
            yield Mistake.at(place, "", _LIVE, _KEY_HINT)
        if (comment := _COMMENT.search(line)) is not None and holds_card_number(comment.group()):
            yield Mistake.at(Place(document.file, number, comment.start() + 1), "", _CARD, _CARD_HINT)
    for mistake in _below(document, document.root, ()):
        if mistake.message != _LIVE or mistake.line not in lines:
            yield mistake
    values = document.root.get("values") if isinstance(document.root, Mapping) else None
    if isinstance(values, Mapping):
        yield from _composed(document, {key: _may_be(value) for key, value in values.items()}, document.root, ())


def _may_be(value: object) -> tuple[str, ...]:
    """What one of the `values` may become, as far as that is known."""
    drawing = drawing_in(value)
    return (str(value),) if drawing is None else outcomes(drawing)


def _composed(document: Document, values: Mapping[str, tuple[str, ...]], value: object, loc: Loc) -> Iterator[Mistake]:
    """What templates put together of `values`."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _composed(document, values, item, (*loc, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _composed(document, values, item, (*loc, index))
    elif isinstance(value, str) and (names := _VALUE.findall(value)):
        may_be = {name: values.get(name) or ("${}",) for name in names}
        for chosen in itertools.islice(itertools.product(*may_be.values()), _MOST_TEXTS):
            text = _filled(value, dict(zip(may_be, chosen, strict=True)))
            if (found := next(_texts(document.values[loc], loc, text), None)) is not None:
                yield found
                return


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _VALUE.sub(lambda name: values[name[1]], text)


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
        yield Mistake.at(place, dotted(loc), _CARD, _CARD_HINT)
    if holds_live_key(written):
        yield Mistake.at(place, dotted(loc), _LIVE, _KEY_HINT)
    elif holds_key(written):
        yield Mistake.at(place, dotted(loc), "a Stripe key stands here", _KEY_HINT)


def _methods(place: Place, loc: Loc, value: object) -> Iterator[Mistake]:
    """Payment methods and tokens: Stripe's fixed test ones, or made in this run and saved. A number put together is no better."""
    sent = any(key in loc for key in _SENT)
    text = value if isinstance(value, str) else ""
    if ("with" in loc and loc[-2:] == ("card", "number")) or (sent and names_card_number(text)):
        yield Mistake.at(place, dotted(loc), "card numbers do not belong into a scenario", _CARD_HINT)
    elif text and not (_TEMPLATE.fullmatch(text) or is_test_method(text)):
        named = "with" in loc and loc[-1] in METHOD_KEYS
        if named or (_REAL_METHOD.fullmatch(text) and any(c.isdigit() for c in text)):
            yield Mistake.at(place, dotted(loc), f"`{last_key(loc)}` is not a test payment method", _CARD_HINT)
            return
    if sent and any(True for _ in foreign_methods(text)):
        yield Mistake.at(place, dotted(loc), "a payment method stands here that is not a test one", _CARD_HINT)


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
