"""Texts that would hold up a regular expression which tries one text in many ways, drawn from the expression itself.

Each is a beginning, a part that is repeated, and an end at which the expression fails. They come from its parsed form: the letters that it names,
what its repetitions repeat, and what it asks for before them. No checker of others reads possessive repetitions, as far as we have found.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from re import _constants as kinds  # type: ignore[attr-defined]  # no stubs: what the standard library compiles an expression from
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

Kind = int
"""A constant of the parser: `LITERAL`, `MAX_REPEAT`."""
Given = Any
"""What belongs to a kind: a letter's number, the rows of a class, other nodes."""
Nodes = Sequence[tuple[Kind, Given]]

_LETTERS: Final = "aZ0_ -\n\t!é.:=\"'<>/\\,;&%+@#[]{}()"
"""Of which a class such as `[^<]` is given some."""
_ENDS: Final = ("-", "\x00", "\n!", "x")
_REPEATS: Final = {kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT}
_LONG: Final = 8
"""Repetitions of fewer times are no danger by themselves."""
_FEW: Final = 6
_PARTS: Final = 40


@dataclass(frozen=True, slots=True)
class Attack:
    """A text of any size."""

    begin: str
    part: str
    end: str

    def text(self, size: int) -> str:
        """Of about so many characters."""
        return self.begin + self.part * (size // len(self.part)) + self.end


def attacks(pattern: re.Pattern[Any]) -> Iterator[Attack]:
    """Everything that is tried on this expression."""
    written = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree: Nodes = parser.parse(written, pattern.flags & ~re.UNICODE)
    whole = _samples(tree)
    begins, parts = {"": None}, dict.fromkeys(whole)
    for before, body in _repetitions(tree, ("",)):
        begins |= dict.fromkeys(before[:3])
        parts |= dict.fromkeys([*body, *before[:3], *(first + then for first in before[:3] for then in body[:3])])
    letters = list(dict.fromkeys(_letters(tree)))[:24]
    parts |= dict.fromkeys([*letters, *(text[:-1] for text in whole)])
    parts |= dict.fromkeys(letter + other for letter in letters[:8] for other in ' -0a="<')
    parts.pop("", None)
    chosen = itertools.product(list(begins)[:_FEW], list(parts)[:_PARTS], _ENDS)
    return (Attack(begin, part, end) for begin, part, end in chosen)


def _within(kind: Kind, given: Given) -> list[Nodes]:
    """What stands in a repetition, a group or an alternative."""
    if kind in _REPEATS:
        return [given[2]]
    if kind is kinds.SUBPATTERN:
        return [given[3]]
    if kind is kinds.ATOMIC_GROUP:
        return [given]
    return list(given[1]) if kind is kinds.BRANCH else [given[1]] if kind in {kinds.ASSERT, kinds.ASSERT_NOT} else []


def _letters(nodes: Nodes) -> Iterator[str]:
    """What it names, at any depth, and some of each class."""
    for kind, given in nodes:
        if kind in {kinds.LITERAL, kinds.NOT_LITERAL}:
            yield chr(given)
        elif kind in {kinds.IN, kinds.ANY}:
            yield from _of_class(kind, given)
        for inner in _within(kind, given):
            yield from _letters(inner)


def _samples(nodes: Nodes) -> list[str]:
    """A few texts that fit."""
    texts = [""]
    for kind, given in nodes:
        texts = [first + then for first in texts for then in _samples_of(kind, given)]
        texts = list(dict.fromkeys(texts if len(texts) <= _FEW else [*texts[: _FEW // 2], *texts[-_FEW // 2 :]]))
    return texts


def _samples_of(kind: Kind, given: Given) -> list[str]:
    if kind is kinds.LITERAL:
        return [chr(given)]
    if kind in {kinds.IN, kinds.ANY, kinds.NOT_LITERAL}:
        return _of_class(kind, given)[:3]
    if kind is kinds.BRANCH:
        return [text for each in given[1] for text in _samples(each)[:2]][:_FEW]
    if kind in _REPEATS:
        least, most, body = given
        times = [text * max(least, 1) for text in _samples(body)] if most else []
        return times if least else ["", *times]
    return _samples(_within(kind, given)[0]) if kind in {kinds.SUBPATTERN, kinds.ATOMIC_GROUP} else [""]


def _of_class(kind: Kind, given: Given) -> list[str]:
    """Letters of a class: what it names first, then others that it takes."""
    if kind is kinds.ANY:
        return ["a", " "]
    rows: Nodes = [(kinds.NEGATE, None), (kinds.LITERAL, given)] if kind is kinds.NOT_LITERAL else given
    named = [
        chr(code) for row, at in rows for code in ([at] if row is kinds.LITERAL else at if row is kinds.RANGE else [])
    ]
    others = [letter for letter in _LETTERS if _takes(rows, letter)]
    return list(dict.fromkeys(others if rows[0][0] is kinds.NEGATE else [*named, *others])) or ["a"]


def _takes(rows: Nodes, letter: str) -> bool:
    negated = rows[0][0] is kinds.NEGATE
    return negated != any(_is(row, at, letter) for row, at in rows)


def _is(row: Kind, at: Given, letter: str) -> bool:
    if row is kinds.LITERAL:
        return ord(letter) == at
    if row is kinds.RANGE:
        return bool(at[0] <= ord(letter) <= at[1])
    return row is kinds.CATEGORY and re.match(_CATEGORIES[at], letter) is not None


_CATEGORIES: Final = {
    kinds.CATEGORY_DIGIT: r"\d",
    kinds.CATEGORY_NOT_DIGIT: r"\D",
    kinds.CATEGORY_SPACE: r"\s",
    kinds.CATEGORY_NOT_SPACE: r"\S",
    kinds.CATEGORY_WORD: r"\w",
    kinds.CATEGORY_NOT_WORD: r"\W",
}


def _repetitions(nodes: Nodes, before: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Of each long repetition, at any depth: what may stand before it, and what it repeats."""
    for kind, given in nodes:
        if kind in _REPEATS and given[1] >= _LONG:
            yield before, _samples(given[2])
        for inner in _within(kind, given):
            yield from _repetitions(inner, before)
        before = list(dict.fromkeys(first + then for first in before for then in _samples_of(kind, given)))[:4]
