"""Card numbers in a text: 13 to 19 digits that pass Luhn's check, whole, glued to a word, or in groups however they are kept apart."""

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
_GLUED: Final = re.compile(
    # `PAN4242…`: letters, then the number, or the other way round. An id or a fingerprint mixes the two.
    r"(?<![0-9A-Za-z])([A-Za-z]{0,40})([2-6][0-9]{12,18})([A-Za-z]{0,40})(?![0-9A-Za-z])"
)
_NOT_HEXADECIMAL: Final = re.compile(r"[G-Zg-z]")
_APART: Final = r"(?:[^\S\r\n]|[._/+·\u2010-\u2015\u2212-]|%[0-9A-Fa-f]{2}){1,3}"
_SPREAD: Final = re.compile(
    # As cards are embossed (4-4-4-4, 4-4-4-4-3, 4-6-5), so that a date and a time (8 and 6 digits) are none.
    rf"(?<![0-9])[2-6][0-9]{{3}}(?:{_APART}[0-9]{{4,6}}){{2,3}}(?:{_APART}[0-9]{{1,3}})?(?![0-9])"
)
_ENOUGH: Final = re.compile(rf"[0-9][0-9 -]{{{_SHORTEST - 1}}}")
"""Stands in every run and every glued number. Like the next one it begins with a digit, which a search finds five times as fast as a border."""
_TWO_GROUPS: Final = re.compile(rf"[2-6][0-9]{{3}}{_APART}[0-9]{{4}}")
"""Stands in every number whose groups are spread."""
_WHOLE_GROUPS: Final = re.compile(r".*[0-9]{4}(?![0-9])", re.DOTALL)


def mask_card_numbers(text: str) -> str:
    """`text` with each card number replaced by `***`. Numbers that begin with 0, 1 or 7 to 9 are not cards' (ISO/IEC 7812)."""
    if _ENOUGH.search(text):
        text = _RUN.sub(lambda run: _mask_run(run.group()), text)
        text = _GLUED.sub(_mask_glued, text)
    return _mask_spread(text) if _TWO_GROUPS.search(text) else text


def holds_card(text: str) -> bool:
    """Whether anything in `text` would be masked."""
    return mask_card_numbers(text) != text


def luhn(digits: str) -> bool:
    """Whether the check digit fits (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = int(character) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the sum of the two digits of a product
    return total % 10 == 0


def _mask_glued(word: re.Match[str]) -> str:
    """A word of letters and one number; where the letters could be hexadecimal digits, it stays."""
    before, number, after = word.groups()
    return f"{before}***{after}" if _NOT_HEXADECIMAL.search(before + after) and luhn(number) else word.group()


def _mask_spread(text: str) -> str:
    """Groups of digits with up to three characters between them. A number may begin with the second group of what looked like one."""
    kept: list[str] = []
    written = at = 0
    while found := _SPREAD.search(text, at):
        card = next(filter(_is_card, (found.group(), _without_rest(found.group()))), None)
        if card is None:
            at = found.start() + 1
            continue
        kept += [text[written : found.start()], "***"]
        written = at = found.start() + len(card)
    return "".join([*kept, text[written:]])


def _without_rest(groups: str) -> str:
    """Up to the last group of four digits or more: a short one behind it may be something else."""
    whole = _WHOLE_GROUPS.match(groups)
    return whole.group() if whole is not None else ""


def _is_card(groups: str) -> bool:
    digits = "".join(_DIGITS.findall(re.sub(r"%[0-9A-Fa-f]{2}", " ", groups)))
    return _SHORTEST <= len(digits) <= _LONGEST and luhn(digits)


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
