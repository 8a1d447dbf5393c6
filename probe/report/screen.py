"""What `paypath run` shows on a terminal: the whole screen, drawn anew as things change, and given back as it was."""

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleDimensions
from rich.control import Control
from rich.text import Text

from probe.model.clock import Clock
from probe.report.screen_drawing import draw
from probe.report.shown import Shown

_LOOK_S: Final = 0.25
"""How often it is looked whether there is anything new to draw, or the window has another size."""
_SHARE: Final = 10
"""Drawing takes at most one part in so many of the time, however many paths there are."""
_STILL_S: Final = 5.0
"""For longer than this nothing new is not usual: the event loop stands still."""
_PATIENCE_S: Final = 2.0
"""How long a terminal that takes no output (Ctrl-S) may hold up the end."""


@dataclass(frozen=True, slots=True)
class _Latest:
    """What there is to draw, and when it came."""

    shown: Shown
    came_s: float
    """On the monotonic clock."""


class Screen:
    """Draws from a thread of its own, so that a terminal that stands still does not hold up a probe.

    From the event loop only `show` is called, with what nothing changes any more.
    """

    def __init__(
        self,
        console: Console,
        *,
        clock: Clock,
        size: Callable[[], tuple[int, int]],
        remarks: Callable[[], Sequence[str]] = tuple,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        """`size` gives columns and lines, `remarks` what was said on stderr meanwhile; `lost` is told when the screen is left unasked."""
        self._console, self._clock, self._size = console, clock, size
        self._remarks, self._lost = remarks, lost
        self._footer: Sequence[str] = ()
        self._latest: _Latest | None = None
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def show(self, shown: Shown) -> None:
        """From now on this is what stands there."""
        self._latest = _Latest(shown, self._clock.monotonic())

    @property
    def drawing(self) -> bool:
        """Whether the terminal is taken."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, footer: Sequence[str]) -> None:
        """Take the terminal; the parts of `footer` stand below everything, the most important first."""
        self._footer = footer
        self._over.clear()
        self._thread = threading.Thread(target=self._keep_drawing, name="paypath-screen", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Give it back as it was; what stood there last is left behind as text."""
        if self._thread is None:
            return
        self._over.set()
        self._thread.join(_PATIENCE_S)
        stands_still, self._thread = self._thread.is_alive(), None
        if self._latest is not None and not stands_still:
            with contextlib.suppress(OSError):  # nobody looks any more
                self._print(self._draw(self._latest, self._size(), last=True))

    def _keep_drawing(self) -> None:
        try:
            with self._console.screen(hide_cursor=True):
                self._draw_until_over()
        except OSError:
            pass  # the terminal has gone, and the probing goes on without it
        finally:
            if not self._over.is_set():
                self._lost()

    def _draw_until_over(self) -> None:
        pause_s, drawn = 0.0, None
        while not self._over.wait(pause_s):
            pause_s = _LOOK_S
            latest, size = self._latest, self._size()
            state = latest, size, len(self._remarks()), self._still_s(latest)
            if latest is None or state == drawn:
                continue
            began, drawn = self._clock.monotonic(), state
            self._fill(self._draw(latest, size), size)
            pause_s = max(_LOOK_S, _SHARE * (self._clock.monotonic() - began))

    def _draw(self, latest: _Latest, size: tuple[int, int], *, last: bool = False) -> list[Text]:
        return draw(
            latest.shown,
            width=size[0],
            height=size[1],
            footer=() if last else self._footer,
            remarks=() if last else self._remarks(),
            still_s=None if last else self._still_s(latest),
        )

    def _still_s(self, latest: _Latest | None) -> float | None:
        """In whole seconds, so that it is drawn once in each."""
        still_s = self._clock.monotonic() - latest.came_s if latest is not None else 0.0
        return float(int(still_s)) if still_s > _STILL_S else None

    def _fill(self, lines: Sequence[Text], size: tuple[int, int]) -> None:
        """Every cell of the screen, in one piece; without a newline behind the last line, which would scroll."""
        self._console.size = ConsoleDimensions(*size)
        with self._console:
            self._console.control(Control.home())
            for number, line in enumerate(lines):
                missing = size[0] - line.cell_len
                end = "" if number == len(lines) - 1 else "\n"
                self._console.print(line.copy().append(" " * missing), end=end, no_wrap=True, crop=True)

    def _print(self, lines: list[Text]) -> None:
        while lines and not lines[-1].plain.strip():
            lines.pop()
        with self._console:
            for line in lines:
                self._console.print(line, no_wrap=True, crop=True)
