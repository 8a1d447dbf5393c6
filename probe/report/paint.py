"""Colour as plain ANSI sequences, and wrapping that knows nothing of them."""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from probe.model.outcome import Failed, Outcome, Passed, Skipped, Unknown

DEFAULT_WIDTH: Final = 100
"""Columns, where nobody says how wide the terminal is."""
OK_MARK, BAD_MARK, NOT_MARK, ASK_MARK, WARN_MARK = "✓", "✗", "–", "?", "!"
_COMMAND: Final = re.compile(r"`[^`]*`")
_SEQUENCE: Final = re.compile(r"\x1b\[[0-9;]*m")
_UNBROKEN: Final = "\u00a0"
"""A space that `textwrap` does not break at."""


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours text, or leaves it as it is."""

    color: bool

    def good(self, text: str) -> str:
        """Green: it works."""
        return self._wrap("32", text)

    def bad(self, text: str) -> str:
        """Bold red: it does not."""
        return self._wrap("1;31", text)

    def warn(self, text: str) -> str:
        """Yellow: look at it, nobody has to get up."""
        return self._wrap("33", text)

    def dim(self, text: str) -> str:
        """Grey: context."""
        return self._wrap("2", text)

    def strong(self, text: str) -> str:
        """Bold: what to read first."""
        return self._wrap("1", text)

    def mark(self, outcome: Outcome) -> str:
        """One sign for an outcome: passed, failed, skipped, unknown."""
        match outcome:
            case Passed():
                return self.good(OK_MARK)
            case Failed():
                return self.bad(BAD_MARK)
            case Skipped():
                return self.dim(NOT_MARK)
            case Unknown():
                return self.warn(ASK_MARK)

    def _wrap(self, sequence: str, text: str) -> str:
        return f"\x1b[{sequence}m{text}\x1b[0m" if self.color and text else text


def paragraph(text: str, *, width: int, indent: str = "  ", first: str | None = None) -> list[str]:
    """The text in lines of at most `width`; long names, file paths and `commands` stay whole, so that they can be copied."""
    lines = textwrap.wrap(
        _COMMAND.sub(lambda command: command[0].replace(" ", _UNBROKEN), text),
        width,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_UNBROKEN, " ") for line in lines] or [(indent if first is None else first).rstrip()]


def flowing(parts: Sequence[str], *, width: int, gap: str = "  ", first: str = "", indent: str = "  ") -> list[str]:
    """The parts beside each other, in lines of at most `width` columns as they show; none is broken, and colours have no width."""
    lines: list[str] = []
    line = ""
    for part in parts:
        longer = f"{line}{gap}{part}" if line else f"{indent if lines else first}{part}"
        if line and _columns(longer) > width:
            lines.append(line)
            longer = f"{indent}{part}"
        line = longer
    return [*lines, line] if line else lines


def _columns(text: str) -> int:
    return len(_SEQUENCE.sub("", text))


def rows(pairs: list[tuple[str, str]], *, width: int, indent: str = "  ") -> list[str]:
    """Names and values in two columns, the values wrapped under themselves."""
    room = max((len(name) for name, _ in pairs), default=0) + 2
    found: list[str] = []
    for name, value in pairs:
        hanging = indent + " " * room
        found += paragraph(value, width=width, indent=hanging, first=f"{indent}{name:<{room}}")
    return found
