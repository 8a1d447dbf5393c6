"""What of many rows a screen has room for: the most important ones, in their order, and the others counted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from rich.text import Text

_BLANK: Final = Text()


@dataclass(frozen=True, slots=True)
class Row:
    """Lines that are shown together or not at all."""

    rank: float
    """The least is the most important; what is below a row is never more important than the row."""
    lines: tuple[Text, ...]
    below: tuple["Section", ...] = ()
    """What goes with it, where there is room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Rows of one kind. Those of lesser rank go first where there is no room for all of them."""

    rows: Sequence[Row]
    heading: Callable[[int], Text] | None = None
    """Stands above the rows; told how many of them are not shown."""
    more: Callable[[Sequence[int]], Text] | None = None
    """Stands below the rows where some are not shown; told which."""
    closed: Text | None = None
    """Stands there where none is shown."""
    apart: bool = False
    """A blank line before it, where there is room for that."""


@dataclass(slots=True)
class _Choice:
    """How far a section is shown."""

    section: Section
    parent: tuple["_Choice", int] | None = None
    shown: set[int] = field(default_factory=set)
    over: bool = False
    """A row of it had no room, and those behind it are not to overtake it."""

    @property
    def live(self) -> bool:
        return self.parent is None or self.parent[1] in self.parent[0].shown

    def height(self, shown: set[int]) -> int:
        """Lines of this section alone where these rows are shown."""
        section = self.section
        if not shown:
            return int(section.closed is not None and bool(section.rows))
        more = section.more is not None and len(shown) < len(section.rows)
        return (section.heading is not None) + sum(len(section.rows[n].lines) for n in shown) + more


@dataclass(slots=True)
class _Candidate:
    rank: float
    choice: _Choice
    number: int
    below: list[_Choice]


def fit(sections: Sequence[Section], height: int) -> list[Text]:
    """The lines of what fits into `height` lines; longer only where what must always be said does not fit."""
    top = [_Choice(section) for section in sections]
    candidates = [candidate for choice in top for candidate in _candidates(choice)]
    used = sum(choice.height(choice.shown) for choice in top)
    for candidate in sorted(candidates, key=attrgetter("rank")):
        choice = candidate.choice
        if choice.over or not choice.live:
            continue
        longer = choice.height(choice.shown | {candidate.number}) - choice.height(choice.shown)
        longer += sum(below.height(below.shown) for below in candidate.below)
        if used + longer > height:
            choice.over = True
        else:
            choice.shown.add(candidate.number)
            used += longer
    belonging = {(id(c.choice), c.number): c.below for c in candidates}
    airy = height - used >= sum(_breaks(choice, belonging) for choice in top)
    return [line for choice in top for line in _lines(choice, belonging, airy=airy)]


def _candidates(choice: _Choice) -> Iterator[_Candidate]:
    for number, row in enumerate(choice.section.rows):
        below = [_Choice(section, (choice, number)) for section in row.below]
        yield _Candidate(row.rank, choice, number, below)
        for each in below:
            yield from _candidates(each)


_Belonging = dict[tuple[int, int], list[_Choice]]


def _breaks(choice: _Choice, belonging: _Belonging) -> int:
    """How many blank lines there would be in it."""
    inner = sum(_breaks(each, belonging) for n in choice.shown for each in belonging[id(choice), n])
    return inner + (choice.section.apart and choice.height(choice.shown) > 0)


def _lines(choice: _Choice, belonging: _Belonging, *, airy: bool) -> Iterator[Text]:
    section, shown = choice.section, choice.shown
    if airy and section.apart and choice.height(shown):
        yield _BLANK
    if not shown:
        if section.closed is not None and section.rows:
            yield section.closed
        return
    omitted = [number for number in range(len(section.rows)) if number not in shown]
    if section.heading is not None:
        yield section.heading(len(omitted))
    for number in sorted(shown):
        yield from section.rows[number].lines
        for below in belonging[id(choice), number]:
            yield from _lines(below, belonging, airy=airy)
    if section.more is not None and omitted:
        yield section.more(omitted)
