"""The screen takes the terminal and gives it back, whatever becomes of the terminal."""

import io
import threading
from collections.abc import Callable

import pytest
from rich.console import Console

from probe.model.clock import FakeClock
from probe.report import screen as module
from probe.report.screen import Screen
from tests.report import runs as made
from tests.report.boards import Desk

PATIENCE_S = 30.0
TAKEN, GIVEN_BACK, CURSOR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"


class Window(io.StringIO):
    """What a terminal got; tells when something stands there."""

    def __init__(self) -> None:
        """Nothing yet."""
        super().__init__()
        self._came = threading.Condition()

    def write(self, text: str) -> int:
        """Take it."""
        with self._came:
            count = super().write(text)
            self._came.notify_all()
        return count

    def wait_for(self, text: str) -> None:
        """Until it has been written."""
        with self._came:
            assert self._came.wait_for(lambda: text in self.getvalue(), PATIENCE_S), self.getvalue()


def drawing(file: io.StringIO, size: Callable[[], tuple[int, int]] = lambda: (80, 24), **more: object) -> Screen:
    """A screen on that file."""
    console = Console(file=file, force_terminal=True, color_system=None, highlight=False)
    return Screen(console, clock=FakeClock(made.STARTED), size=size, **more)  # type: ignore[arg-type]  # as named


def test_it_takes_the_terminal_and_gives_it_back() -> None:
    """What stood there last is left behind as text, without the footer and the blank lines."""
    window, desk = Window(), Desk("billing")
    screen = drawing(window)
    screen.show(desk.play(made.expired(), times=2).look())
    screen.begin(("Ctrl-C stops",))
    window.wait_for("Ctrl-C stops")
    assert screen.drawing
    screen.end()
    assert not screen.drawing
    before, after = window.getvalue().split(GIVEN_BACK)
    assert before.startswith(TAKEN)
    assert after.startswith(CURSOR)
    assert "✗ Money cannot flow" in after
    assert "Ctrl-C stops" not in after
    assert not after.endswith("\n\n")
    screen.end()
    assert window.getvalue().count(GIVEN_BACK) == 1


def test_it_is_drawn_anew_when_the_window_or_the_state_changes() -> None:
    """And not otherwise."""
    window, desk, size = Window(), Desk("billing"), [(80, 24)]
    screen = drawing(window, lambda: size[0])
    screen.show(desk.play(made.passed()).look())
    screen.begin(())
    window.wait_for("✓ Money can flow")
    size[0] = (120, 40)
    window.wait_for("✓ Money can flow".ljust(50))
    screen.show(desk.play(made.expired(), times=2).look())
    window.wait_for("✗ Money cannot flow")
    screen.end()
    assert window.getvalue().split(GIVEN_BACK)[0].count("Money can") == 3


def test_a_terminal_that_goes_away_is_told_and_nothing_is_raised() -> None:
    """The probing goes on without it."""

    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    lost = threading.Event()
    screen = drawing(Gone(), lost=lost.set)
    screen.show(Desk("billing").look())
    screen.begin(())
    assert lost.wait(PATIENCE_S)
    screen.end()
    assert not screen.drawing


def test_a_terminal_that_stands_still_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-S: the thread that draws waits for it, and nobody else does for long."""
    monkeypatch.setattr(module, "_PATIENCE_S", 0.05)
    goes_on, stands = threading.Event(), threading.Event()

    class Still(io.StringIO):
        def write(self, text: str) -> int:
            stands.set()
            goes_on.wait(PATIENCE_S)
            return len(text)

    screen = drawing(Still())
    screen.begin(())
    assert stands.wait(PATIENCE_S)
    screen.end()
    goes_on.set()
