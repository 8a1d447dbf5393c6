"""What is said on stderr while a screen has the terminal."""

import io
import sys

import pytest

from probe.cli.aside import Aside
from probe.model.clock import FakeClock
from probe.model.secret import Secret
from probe.redact.leaving import learned
from tests.support.watched import NOW


class Tty(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def held(monkeypatch: pytest.MonkeyPatch, terminal: io.StringIO) -> Aside:
    """Stands in for a stderr that is this from now on."""
    monkeypatch.setattr(sys, "stderr", terminal)
    aside = Aside(FakeClock(NOW))
    aside.hold()
    return aside


def test_it_waits_until_the_terminal_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """The latest lines are known with their times; in the end all of them are said, once and in order, the last one whole or not."""
    stderr = Tty()
    aside = held(monkeypatch, stderr)
    for number in range(7):
        sys.stderr.write(f"remark {number}\n")
    sys.stderr.write("half a line")
    assert stderr.getvalue() == ""
    assert aside.latest() == tuple(f"14:30:00 remark {number}" for number in range(2, 7))
    aside.release()
    aside.release()
    assert sys.stderr is stderr
    assert stderr.getvalue() == "".join(f"remark {number}\n" for number in range(7)) + "half a line\n"


def test_of_very_much_the_end_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """And how much is missing is said."""
    stderr = Tty()
    aside = held(monkeypatch, stderr)
    sys.stderr.write("".join(f"{number}\n" for number in range(1005)))
    aside.release()
    lines = stderr.getvalue().splitlines()
    assert lines[:2] == ["paypath: 5 lines before these were not kept", "5"]
    assert len(lines) == 1001


def test_a_stderr_elsewhere_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """`2>log`: the log goes on being written."""
    log = io.StringIO()
    aside = held(monkeypatch, log)
    sys.stderr.write("at once\n")
    aside.release()
    assert log.getvalue() == "at once\n"


def test_no_secret_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is taken out before it is held."""
    stderr = Tty()
    aside = held(monkeypatch, stderr)
    learned(Secret("canary-on-stderr"))
    sys.stderr.write("say canary-on-stderr\n")
    assert aside.latest() == ("14:30:00 say ***",)
    aside.release()
    assert "canary" not in stderr.getvalue()
