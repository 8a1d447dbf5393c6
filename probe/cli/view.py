"""`paypath run` on a terminal: the screen, the keyboard and job control, from the first look to the last."""

import asyncio
import contextlib
import io
import os
import signal
import sys
import termios
from collections.abc import Iterator, Sequence
from typing import Final, TextIO, cast

from rich.console import Console

from probe import __version__
from probe.cli.aside import Aside
from probe.cli.face import Face
from probe.cli.streams import LeavingStream
from probe.model.clock import Clock
from probe.report.screen import Screen
from probe.report.shown import Source, look

_LOOK_S: Final = 0.5
_SHARE: Final = 50
"""Looking takes at most one part in so many of the event loop's time."""
_UNABLE: Final = ("", "dumb", "unknown")
"""TERM of a terminal on which nothing can be drawn."""
_WIDTH, _HEIGHT = 80, 24
"""Where the terminal does not say how large it is."""


def can_be_drawn_on(face: Face) -> bool:
    """Whether stdout is a terminal that can, and it is ours: a job in the background writes lines."""
    return sys.stdout.isatty() and face.environ.get("TERM", "") not in _UNABLE and _ours()


class _Terminal(io.TextIOBase):
    """stdout without a buffer: a thread that a terminal holds up (Ctrl-S) must not hold the lock of one when the process ends.

    And past the thread that writes lines: what is drawn, and what is said once the terminal is given back, have to keep their order.
    """

    def __init__(self) -> None:
        super().__init__()
        self._stdout = sys.stdout

    @property
    def encoding(self) -> str:  # type: ignore[override]  # read only
        return self._stdout.encoding

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stdout.fileno()

    def write(self, text: str) -> int:
        left = memoryview(text.encode(self.encoding, "replace"))
        while left:
            left = left[os.write(self.fileno(), left) :]
        return len(text)


class View:
    """The terminal is taken from `open` to `close`, except while the job is stopped or in the background."""

    def __init__(self, face: Face, clock: Clock) -> None:
        """Nothing is drawn yet."""
        self._clock = clock
        self._aside = Aside(clock)
        terminal = cast("TextIO", LeavingStream(cast("TextIO", _Terminal())))
        console = Console(file=terminal, no_color=not face.color, highlight=False, emoji=False, markup=False)
        self._screen = Screen(console, clock=clock, size=_size, remarks=self._aside.latest, lost=self._aside.release)
        self._footer: Sequence[str] = ()
        self._source: Source | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._keyboard = contextlib.ExitStack()

    def open(self, source: Source, footer: Sequence[str]) -> None:
        """Show this from now on."""
        self._source, self._footer = source, footer
        self._look()
        self._take()

    def close(self) -> None:
        """Give the terminal back, and say what was not said on stderr meanwhile."""
        if self._timer is not None:
            self._timer.cancel()
        self._leave()

    def suspend(self) -> None:
        """Ctrl-Z: stop, with the terminal as it was before."""
        self._leave()
        os.kill(os.getpid(), signal.SIGSTOP)

    def resume(self) -> None:
        """Draw again, if the job was brought back to the foreground."""
        if self._source is not None and not self._screen.drawing and _ours():
            self._take()

    def _look(self) -> None:
        assert self._source is not None  # noqa: S101 - `open` has set it
        began_s = self._clock.monotonic()
        self._screen.show(look(self._source, at=self._clock.now(), version=__version__))
        took_s = self._clock.monotonic() - began_s
        self._timer = asyncio.get_running_loop().call_later(max(_LOOK_S, _SHARE * took_s), self._look)

    def _take(self) -> None:
        self._aside.hold()
        self._keyboard.enter_context(_quiet_keyboard())
        self._screen.begin(self._footer)

    def _leave(self) -> None:
        self._screen.end()
        self._keyboard.close()
        self._aside.release()


@contextlib.contextmanager
def viewing(face: Face, clock: Clock) -> Iterator[View]:
    """A view that is closed at the end of the block, and follows Ctrl-Z, `fg` and `bg` inside of it."""
    view, loop = View(face, clock), asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
    loop.add_signal_handler(signal.SIGTSTP, view.suspend)
    loop.add_signal_handler(signal.SIGCONT, view.resume)
    try:
        yield view
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
        view.close()


def _ours() -> bool:
    """Whether this process group has the terminal; a terminal that controls no jobs is everybody's."""
    try:
        return os.tcgetpgrp(sys.stdout.fileno()) == os.getpgrp()
    except OSError:
        return True


def _size() -> tuple[int, int]:
    try:
        columns, lines = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        columns = lines = 0
    return columns or _WIDTH, lines or _HEIGHT


@contextlib.contextmanager
def _quiet_keyboard() -> Iterator[None]:
    """Inside the block keys are not echoed into the drawing; what was typed is forgotten at its end."""
    if sys.stdin is None or not sys.stdin.isatty():
        yield
        return
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    quiet = [*before]
    quiet[3] = before[3] & ~termios.ECHO
    termios.tcsetattr(keyboard, termios.TCSANOW, quiet)  # at once: a terminal that takes no output would have us wait
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):  # the terminal has gone
            termios.tcsetattr(keyboard, termios.TCSANOW, before)
            termios.tcflush(keyboard, termios.TCIFLUSH)
