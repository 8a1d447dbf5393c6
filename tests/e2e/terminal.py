"""`paypath` as a person sees it: on a terminal of its own, with a keyboard."""

import fcntl
import os
import pathlib
import pty
import re
import struct
import subprocess
import termios
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Self

from tests.e2e.processes import PATIENCE_S, PAYPATH, environment

ROWS, COLUMNS = 50, 500
"""Wide, so that no sentence is wrapped in the middle of a path."""
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_CTRL_C = b"\x03"


class Terminal:
    """A command on a pseudo-terminal; use it as a context manager."""

    def __init__(self, *arguments: str, cwd: pathlib.Path, env: Mapping[str, str] | None = None) -> None:
        """Start it with the terminal as its controlling one, so that Ctrl-C reaches it as it does at a desk."""
        self._screen, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            ["setsid", "--ctty", PAYPATH, *arguments],
            cwd=cwd,
            env=environment(TERM="xterm-256color", **(env or {})),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        self._text = ""
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
        os.close(self._screen)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until the pattern has been on the screen; colours and cursor movements are left out."""
        found: list[re.Match[str]] = []

        def look() -> bool:
            found[:] = [match] if (match := re.search(pattern, self._text)) else []
            return bool(found) or self._over

        with self._changed:
            self._changed.wait_for(look, PATIENCE_S)
        assert found, f"{pattern!r} was never on the screen:\n{self._text[-4000:]}"
        return found[0]

    def ctrl_c(self) -> int:
        """Press it, and give the status with which the command ends."""
        os.write(self._screen, _CTRL_C)
        return self._process.wait(PATIENCE_S)

    def _read(self) -> None:
        with suppress(OSError):  # EIO: the other end is closed
            while data := os.read(self._screen, 65536):
                self._add(data.decode(errors="replace"))
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _add(self, data: str) -> None:
        with self._changed:
            self._text += _ESCAPES.sub("", data)
            self._changed.notify_all()
