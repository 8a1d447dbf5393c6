"""Text for a screen: nothing in it steers the terminal, no line is longer than the screen is wide, and no word is lost."""

import textwrap
from collections.abc import Iterable
from typing import Final

from rich.cells import cell_len, chop_cells
from rich.text import Text

from probe.model.outcome import Failed, Outcome, Passed, Skipped, Unknown
from probe.report.paint import ASK_MARK, BAD_MARK, NOT_MARK, OK_MARK, paragraph
from probe.report.words import printable

GOOD, BAD, WARN, DIM, STRONG = "green", "bold red", "yellow", "dim", "bold"
"""Styles; a screen without colours says the same by its marks and words."""
OUTCOMES: Final = {
    Passed: (GOOD, OK_MARK),
    Failed: (BAD, BAD_MARK),
    Unknown: (WARN, ASK_MARK),
    Skipped: (DIM, NOT_MARK),
}
"""Kind of outcome -> style and mark."""
INDENT: Final = "  "


def cell(text: str, style: str = "") -> Text:
    """Text of others or ours, on one line."""
    return Text(printable(text), style)


def line(*parts: Text | str | tuple[str, str]) -> Text:
    """Parts side by side: what is made already, texts, and texts with their styles."""
    built = Text()
    for part in parts:
        match part:
            case Text():
                built.append_text(part)
            case str():
                built.append(_spaced(part))
            case (text, style):
                built.append(_spaced(text), style)
    return built


def _spaced(text: str) -> str:
    """Printable, and with the spaces that it begins and ends with."""
    bare = text.strip(" ")
    if not bare:
        return text
    before, _, after = text.partition(bare)
    return f"{before}{printable(bare)}{after}"


def cut(text: Text, width: int) -> Text:
    """The same in at most `width` columns; what is cut off leaves an ellipsis."""
    short = text.copy()
    short.truncate(width, overflow="ellipsis")
    return short


def wrapped(text: str, width: int, *, first: str = INDENT, indent: str = INDENT, style: str = "") -> tuple[Text, ...]:
    """A paragraph; a word that is longer than a line is broken, because what is cut off would be lost."""
    found: list[Text] = []
    for whole in paragraph(printable(text), width=width, first=first, indent=indent):
        broken = [whole] if cell_len(whole) <= width else textwrap.wrap(whole, width, subsequent_indent=indent)
        found += [Text(part, style) for each in broken for part in chop_cells(each, width)]
    return tuple(found)


def pair(name: str, value: str, width: int, *, room: int) -> tuple[Text, ...]:
    """A name and its value, which is wrapped under itself; the names have `room` columns."""
    first = f"{INDENT}{name:<{room}}"
    lines = wrapped(value, width, first=first, indent=" " * len(first))
    lines[0].stylize(DIM, 0, len(first))
    return lines


def beside(parts: Iterable[Text], gap: str) -> Text:
    """The parts side by side, with `gap` between them."""
    built = Text()
    for number, part in enumerate(parts):
        built.append(gap if number else "", DIM).append_text(part)
    return built


def padded(text: Text, room: int, *, right: bool = False) -> Text:
    """The text in exactly `room` columns."""
    short = cut(text, room)
    missing = " " * (room - short.cell_len)
    return Text(missing).append_text(short) if right else short.append(missing)


def mark_of(outcome: Outcome | None, *, running: bool = False) -> tuple[str, str]:
    """Mark and style of an outcome; of a run that is yet to come, or is under way."""
    if outcome is None:
        return ("…" if running else NOT_MARK), DIM
    style, mark = OUTCOMES[type(outcome)]
    return mark, style


def counted(what: str, counts: Iterable[tuple[int, str, str]]) -> str:
    """`1 path that fails, 37 that pass`: how many, and the words for one of them and for several."""
    told = [f"{count} {{}}{one if count == 1 else several}" for count, one, several in counts if count]
    plural = told[0].startswith("1 ") if told else False
    head = [each.format(f"{what} " if plural else f"{what}s ") for each in told[:1]]
    return ", ".join([*head, *(each.format("") for each in told[1:])])
