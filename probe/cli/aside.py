"""What is said on stderr while something else has the whole terminal: shown there, and said again once it is free."""

import io
import sys
from collections import deque
from collections.abc import Sequence
from typing import Final, TextIO, cast

from probe.cli.streams import LeavingStream
from probe.model.clock import Clock

_KEPT: Final = 1000
_LATEST: Final = 5


class Aside(io.TextIOBase):
    """Stands in for stderr between `hold` and `release`, where stderr is the terminal too. Holds lines, the latest of them for the screen."""

    def __init__(self, clock: Clock) -> None:
        """Nothing is held."""
        super().__init__()
        self._clock = clock
        self._stderr: TextIO | None = None
        self._begun = ""
        self._kept: deque[str] = deque(maxlen=_KEPT)
        self._said = 0
        self._latest: deque[str] = deque(maxlen=_LATEST)

    def hold(self) -> None:
        """From now on what is written to stderr waits."""
        if self._stderr is None and sys.stderr.isatty():
            self._stderr, sys.stderr = sys.stderr, cast("TextIO", LeavingStream(cast("TextIO", self)))

    def release(self) -> None:
        """Give stderr back, and say there what waited; of very much only the end."""
        if self._stderr is None:
            return
        sys.stderr, self._stderr = self._stderr, None
        unsaid = self._said - len(self._kept)
        head = [f"paypath: {unsaid} lines before these were not kept"] if unsaid else []
        for line in (*head, *self._kept, *([self._begun] if self._begun else [])):
            sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
        self._kept.clear()
        self._begun, self._said = "", 0

    def latest(self) -> Sequence[str]:
        """The last lines, each with its time."""
        return tuple(self._latest)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """See `io.TextIOBase`."""
        *whole, self._begun = (self._begun + text).split("\n")
        for line in whole:
            self._kept.append(line)
            self._said += 1
            self._latest.append(f"{self._clock.now():%H:%M:%S} {line}")
        return len(text)
