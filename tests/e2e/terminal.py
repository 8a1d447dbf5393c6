"""`paypath` as a person sees it: on a terminal of its own, with a keyboard."""

import codecs
import fcntl
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Self, TypeVar

from tests.e2e.emulator import Emulator
from tests.e2e.processes import PATIENCE_S, environment
from tests.forked.program import PAYPATH

COLUMNS, ROWS = 500, 50
"""Wide, so that no sentence is wrapped in the middle of a path."""
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_Found = TypeVar("_Found")
_CTRL_C, _CTRL_Z = b"\x03", b"\x1a"


class Terminal:
    """A command on a pseudo-terminal; use it as a context manager."""

    def __init__(
        self,
        *arguments: str,
        cwd: pathlib.Path,
        env: Mapping[str, str] | None = None,
        size: tuple[int, int] = (COLUMNS, ROWS),
    ) -> None:
        """Start it with the terminal as its controlling one, so that Ctrl-C reaches it as it does at a desk."""
        self._line, theirs = pty.openpty()
        self.screen = Emulator(*size)
        self._say_size(size)
        self._process = subprocess.Popen(
            ["setsid", "--ctty", PAYPATH, *arguments],
            cwd=cwd,
            env=environment(**{"TERM": "xterm-256color", **(env or {})}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        self.sent = ""
        """Everything that came, with its control sequences."""
        self._text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._over = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._reader.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Nothing is left running."""
        self._process.kill()
        self._process.wait()
        self._reader.join(PATIENCE_S)
        os.close(self._line)

    @property
    def echoes(self) -> bool:
        """Whether keys appear on the screen as they are typed."""
        return bool(termios.tcgetattr(self._line)[3] & termios.ECHO)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until the pattern has been on the screen; colours and cursor movements are left out."""
        found = self._wait(lambda: re.search(pattern, self._text))
        assert found, f"{pattern!r} was never on the screen:\n{self._text[-4000:]}"
        return found

    def wait_until(self, *patterns: str) -> str:
        """Wait until all of them stand on the screen at once, and give the screen."""

        def all_stand_there() -> str | None:
            shown = "\n".join(self.screen.rows)
            return (
                shown
                if self.screen.whole and all(re.search(pattern, shown, re.MULTILINE) for pattern in patterns)
                else None
            )

        found = self._wait(all_stand_there)
        last = "\n".join(self.screen.rows)
        assert found, f"{patterns!r} never stood there together; at last:\n{last}"
        return found

    def wait_for_sent(self, sequence: str, times: int) -> None:
        """Wait until the command has sent it so often."""
        assert self._wait(lambda: self.sent.count(sequence) >= times), f"{sequence!r} was not sent {times} times"

    def resize(self, columns: int, rows: int) -> None:
        """Pull at the corner of the window."""
        with self._changed:
            self.screen.resize(rows, columns)
        self._say_size((columns, rows))

    def type(self, keys: bytes) -> None:
        """Press them."""
        os.write(self._line, keys)

    def ctrl_c(self) -> int:
        """Press it, and give the status with which the command ends."""
        self.type(_CTRL_C)
        status = self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return status

    def ctrl_z(self) -> None:
        """Press it, and wait until the command has stopped."""
        self.type(_CTRL_Z)
        _, status = os.waitpid(self._process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)

    def ended(self) -> int:
        """Wait until it has ended by itself, and give its status."""
        status = self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return status

    def send(self, number: signal.Signals) -> None:
        """Signal it."""
        self._process.send_signal(number)

    def _wait(self, look: Callable[[], _Found | None]) -> _Found | None:
        """What `look` finds once it finds something; None where the command ended without that, or took too long."""
        found: list[_Found] = []

        def looked() -> bool:
            found[:] = [one] if (one := look()) else []
            return bool(found) or self._over

        with self._changed:
            self._changed.wait_for(looked, PATIENCE_S)
        return found[0] if found else None

    def _say_size(self, size: tuple[int, int]) -> None:
        columns, rows = size
        fcntl.ioctl(self._line, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self) -> None:
        with suppress(OSError):  # EIO: the other end is closed
            while data := os.read(self._line, 65536):
                self._add(data)
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _add(self, data: bytes) -> None:
        with self._changed:
            self.screen.feed(data)
            self.sent += (text := self._decoder.decode(data))
            self._text += _ESCAPES.sub("", text)
            self._changed.notify_all()
