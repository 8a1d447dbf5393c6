"""A terminal without a window: what stands on its screen, its second screen included."""

from typing import Any

import pyte

_SECOND_SCREEN = 1049 << 5
"""Private modes are shifted so in pyte, which knows this one not."""


class Emulator(pyte.Screen):
    """A screen that programs may take for themselves, and that is afterwards as it was before."""

    def __init__(self, columns: int, rows: int) -> None:
        """All is blank."""
        self._first: tuple[Any, ...] | None = None
        super().__init__(columns, rows)
        self._stream = pyte.ByteStream(self)

    @property
    def taken(self) -> bool:
        """Whether a program has the whole screen."""
        return self._first is not None

    @property
    def whole(self) -> bool:
        """Whether the program that has the whole screen is not just filling it: its cursor stands behind the last cell."""
        return not self.taken or (self.cursor.y == self.lines - 1 and self.cursor.x >= self.columns - 1)

    @property
    def rows(self) -> list[str]:
        """The lines, without the blanks at their ends."""
        return [row.rstrip() for row in self.display]

    def feed(self, sent: bytes) -> None:
        """Take what was sent."""
        self._stream.feed(sent)

    def set_mode(self, *modes: int, **keywords: Any) -> None:  # noqa: ANN401 - as pyte has it
        """See pyte."""
        super().set_mode(*modes, **keywords)
        if _SECOND_SCREEN in self.mode and self._first is None:
            kept = {number: row.copy() for number, row in self.buffer.items()}
            self._first = kept, self.cursor.x, self.cursor.y
            self.erase_in_display(2)

    def reset_mode(self, *modes: int, **keywords: Any) -> None:  # noqa: ANN401 - as pyte has it
        """See pyte."""
        super().reset_mode(*modes, **keywords)
        if _SECOND_SCREEN not in self.mode and self._first is not None:
            (kept, self.cursor.x, self.cursor.y), self._first = self._first, None
            self.erase_in_display(2)
            for number, row in kept.items():
                self.buffer[number].update(row)
