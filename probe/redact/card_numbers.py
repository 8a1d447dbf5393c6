"""Card numbers in a text: 13 to 19 digits that pass Luhn's check.

Two readings of that. What leaves the process is masked where people and forms would write a number so, because an alert without its dates, serial
numbers and ids helps nobody (`mask_card_numbers`). What somebody wants to send is refused however it is grouped and kept apart (`holds_card`).
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_SHORTEST: Final = 13
_LONGEST: Final = 19
_GROUP: Final = 4
"""Cards are written in groups of four or more digits (4-4-4-4, 4-6-5); dates and times are not."""

_RUN: Final = re.compile(
    # Digits within a word are a fingerprint or an id, except after a percent escape (`number%3D4242…`).
    r"(?:(?<![0-9A-Za-z])|(?<=%[0-9A-Fa-f]{2}))[0-9]+(?:[ -][0-9]+)*(?![0-9A-Za-z])"
)
_DIGITS: Final = re.compile(r"\d+")
_GLUED: Final = re.compile(
    # `PAN4242…`: letters, then the number, or the other way round. An id or a fingerprint mixes the two.
    r"(?<![0-9A-Za-z])([A-Za-z]{0,40})([2-6][0-9]{12,18})([A-Za-z]{0,40})(?![0-9A-Za-z])"
)
_NOT_HEXADECIMAL: Final = re.compile(r"[G-Zg-z]")
_UNSEEN: Final = r"\u00ad\u200b-\u200f\u2060-\u2064\ufeff"
_APART: Final = rf"(?:[^\S\r\n]|[._/+·\u2010-\u2015\u2212{_UNSEEN}-]|%[0-9A-Fa-f]{{2}}){{1,3}}"
_SPREAD: Final = re.compile(
    # As cards are embossed (4-4-4-4, 4-4-4-4-3, 4-6-5), so that a date and a time (8 and 6 digits) are none.
    rf"(?<![0-9])[2-6][0-9]{{3}}(?:{_APART}[0-9]{{4,6}}){{2,3}}(?:{_APART}[0-9]{{1,3}})?(?![0-9])"
)
_LISTED: Final = re.compile(
    # Four groups of four with one sign between them: a fifth would make it a list of numbers, `::` or a letter an address.
    r"(?<![0-9A-Fa-f:][,:;|])(?<![0-9A-Za-z])[2-6][0-9]{3}([,:;|])[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?![0-9A-Za-z]|[,:;|][0-9A-Fa-f:])"
)
_HALVES: Final = re.compile(
    # Neither half a date: those of this century begin with 20, and cards of 2 with 22 to 27.
    r"(?<![0-9A-Za-z.])(?:2[2-7]|[3-6][0-9])[0-9]{6}[._/,:;|][0-9]{8}(?![0-9A-Za-z.])"
)
_ENOUGH: Final = re.compile(rf"[0-9][0-9 -]{{{_SHORTEST - 1}}}")
"""Stands in every run and every glued number. Like the next one it begins with a digit, which a search finds five times as fast as a border."""
_TWO_GROUPS: Final = re.compile(rf"[2-6][0-9]{{3}}(?:(?:{_APART}|[,:;|])[0-9]{{4}}|[0-9]{{4}}[._/,:;|][0-9]{{8}})")
"""Stands in every number whose groups are spread, listed or halves."""
_WHOLE_GROUPS: Final = re.compile(r".*[0-9]{4}(?![0-9])", re.DOTALL)

_LOOSE: Final = re.compile(rf"\d(?:[\W_]{{0,64}}\d){{{_SHORTEST - 1},}}")
"""Digits with anything between them that is neither letter nor digit, line breaks and what cannot be seen among it."""
_ID: Final = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]+(?![0-9A-Za-z])")
_UUID: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])")


def mask_card_numbers(text: str) -> str:
    """`text` with each card number replaced by `***`. Numbers that begin with 0, 1 or 7 to 9 are not cards' (ISO/IEC 7812)."""
    if not text.isascii() and (plain := _with_plain_digits(text)) != text and (masked := _masked(plain)) != plain:
        return masked
    return _masked(text)


def holds_card(text: str, *, ids: bool = False) -> bool:
    """Whether 13 to 19 digits in `text` pass the check: of any script, in any groups, with anything between them but letters.

    `ids`: a word that only hexadecimal digits make up, letters among them, is a number that a machine drew and no card's.
    """
    return mask_any_grouping(text, ids=ids) != text


def mask_any_grouping(text: str, *, ids: bool = False) -> str:
    """`text` with all that `holds_card` finds in it masked."""
    read = _with_plain_digits(text)
    if ids:
        read = _ID.sub(_blank, read)
    read = _UUID.sub(lambda uuid: _ID.sub(_blank, uuid.group()), read)
    kept: list[str] = []
    written = 0
    for start, end in (span for run in _LOOSE.finditer(read) for span in _cards_of(run.group(), run.start())):
        kept += [text[written:start], "***"]
        written = end
    return "".join([*kept, text[written:]])


def _with_plain_digits(text: str) -> str:
    """`text`, as long as before, with the digits of every script, superscript ones and ones in circles as 0 to 9."""
    return text if text.isascii() else "".join(str(unicodedata.digit(each, each)) for each in text)


def _blank(word: re.Match[str]) -> str:
    return "x" * len(word.group())


def _cards_of(run: str, offset: int) -> Iterator[tuple[int, int]]:
    """Where a number begins and ends with a group of the run, the first ones first."""
    groups = [group.span() for group in _DIGITS.finditer(run)]
    free = 0
    for index in range(len(groups)):
        end = _ends(run, groups, index) if index >= free else None
        if end is not None:
            yield offset + groups[index][0], offset + groups[end][1]
            free = end + 1


def _ends(run: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The index of the group with which 13 to 19 digits end that pass the check; None where none does."""
    digits = ""
    for index in range(first, len(groups)):
        digits += run[slice(*groups[index])]
        if len(digits) > _LONGEST:
            return None
        if len(digits) >= _SHORTEST and luhn(digits):
            return index
    return None


def luhn(digits: str) -> bool:
    """Whether the check digit fits (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = int(character) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the sum of the two digits of a product
    return total % 10 == 0


def _masked(text: str) -> str:
    """Each way of writing a number in its turn, where what stands in all of that way stands in the text."""
    if _ENOUGH.search(text):
        text = _RUN.sub(lambda run: _mask_run(run.group()), text)
        text = _GLUED.sub(_mask_glued, text)
    if _TWO_GROUPS.search(text):
        text = _mask_spread(_HALVES.sub(_mask_if_card, _LISTED.sub(_mask_if_card, text)))
    return text


def _mask_if_card(groups: re.Match[str]) -> str:
    return "***" if _is_card(groups.group()) else groups.group()


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
