"""`${random.…}`: the few things that a run may draw by lot. A closed list; nothing of a scenario is ever executed."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

EXAMPLES: Final = ("random.amount(100, 500)", "random.choice(usd, eur)", "random.hex(8)")
"""Every form, as an author writes it."""

_WHOLE: Final = re.compile(r"\$\{\s*(random\.[^{}]*)\}")
_CALL: Final = re.compile(r"random\.([a-z_]+)\(([^()]*)\)")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_WORD: Final = re.compile(r"[A-Za-z0-9_.:-]+")
_MOST_DIGITS: Final = 64


class DrawingError(Exception):
    """Not one of the forms, in words for the scenario's author."""


def drawing_in(text: object) -> str | None:
    """The `random.…` that the text is as a whole; None where it is anything else."""
    whole = _WHOLE.fullmatch(text) if isinstance(text, str) else None
    return None if whole is None else whole[1].strip()


def draw(drawing: str, randomness: random.Random) -> int | str:
    """What `random.amount(100, 500)` (a whole number, both ends included), `random.choice(usd, eur)` or `random.hex(8)` gives.

    Raises DrawingError for anything else.
    """
    matched = _CALL.fullmatch(drawing)
    form = _FORMS.get(matched[1]) if matched is not None else None
    if matched is None or form is None:
        raise DrawingError(f"write {', '.join(f'`${{{each}}}`' for each in EXAMPLES)}")
    return form([argument.strip() for argument in matched[2].split(",")], randomness)


def outcomes(drawing: str) -> tuple[str, ...]:
    """What a drawing may give, as far as that can be listed: every word of a choice, both ends of an amount."""
    matched = _CALL.fullmatch(drawing)
    listed = matched is not None and matched[1] in ("choice", "amount")
    return tuple(each.strip() for each in matched[2].split(",")) if matched is not None and listed else ()


def draw_values(values: Mapping[str, object], randomness: random.Random) -> dict[str, object]:
    """The values of one run: those that are a drawing drawn, all others as they are."""
    drawn = {name: drawing_in(value) for name, value in values.items()}
    return {
        name: value if (found := drawn[name]) is None else draw(found, randomness) for name, value in values.items()
    }


def _amount(arguments: Sequence[str], randomness: random.Random) -> int:
    numbers = [int(each) for each in arguments if _NUMBER.fullmatch(each)]
    if len(numbers) != len(arguments) or len(numbers) != 2 or numbers[0] > numbers[1]:  # noqa: PLR2004 - the two ends
        raise DrawingError("`random.amount` takes the smallest and the largest amount, `random.amount(100, 500)`")
    return randomness.randint(*numbers)


def _choice(arguments: Sequence[str], randomness: random.Random) -> str:
    if not all(_WORD.fullmatch(each) for each in arguments):
        raise DrawingError("`random.choice` takes words, `random.choice(usd, eur)`")
    return randomness.choice(arguments)


def _hex(arguments: Sequence[str], randomness: random.Random) -> str:
    wanted = arguments[0]
    if len(arguments) != 1 or not _NUMBER.fullmatch(wanted) or not 1 <= int(wanted) <= _MOST_DIGITS:
        raise DrawingError(f"`random.hex` takes how many digits, 1 to {_MOST_DIGITS}, `random.hex(8)`")
    return "".join(randomness.choice("0123456789abcdef") for _ in range(int(wanted)))


_FORMS: Final[Mapping[str, Callable[[Sequence[str], random.Random], int | str]]] = {
    "amount": _amount,
    "choice": _choice,
    "hex": _hex,
}
