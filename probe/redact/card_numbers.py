"""Card numbers in a text: 13 to 19 digits that pass Luhn's check, whole or in groups."""

import re
from typing import Final

_SHORTEST: Final = 13
_LONGEST: Final = 19
_GROUP: Final = 4
"""Cards are written in groups of four or more digits (4-4-4-4, 4-6-5); dates and times are not."""

_RUN: Final = re.compile(
    # Digits within a word are a fingerprint or an id, except after a percent escape (`number%3D4242…`).
    r"(?:(?<![0-9A-Za-z])|(?<=%[0-9A-Fa-f]{2}))[0-9]+(?:[ -][0-9]+)*(?![0-9A-Za-z])"
)
_DIGITS: Final = re.compile(r"[0-9]+")


def mask_card_numbers(text: str) -> str:
    """`text` with each card number replaced by `***`. Numbers that begin with 0, 1 or 7 to 9 are not cards' (ISO/IEC 7812)."""
    return _RUN.sub(lambda run: _mask_run(run.group()), text)


def luhn(digits: str) -> bool:
    """Whether the check digit fits (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = int(character) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the sum of the two digits of a product
    return total % 10 == 0


def _mask_run(run: str) -> str:
    """One run of digit groups, with the groups that make up a card number masked."""
    groups = [(match.start(), match.end()) for match in _DIGITS.finditer(run)]
    kept: list[str] = []
    written = index = 0
    while index < len(groups):
        last = _card_ends(run, groups, index)
        if last is None:
            index += 1
            continue
        kept += [run[written : groups[index][0]], "***"]
        written = groups[last][1]
        index = last + 1
    return "".join([*kept, run[written:]])


def _card_ends(run: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The index of the group with which a card number ends that begins with group `first`; None where none does."""
    digits = ""
    for index in range(first, len(groups)):
        start, end = groups[index]
        digits += run[start:end]
        if len(digits) > _LONGEST:
            return None
        if len(digits) >= _SHORTEST and digits[0] in "23456" and luhn(digits):
            return index
        if end - start < _GROUP:
            return None
    return None
