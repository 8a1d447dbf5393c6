"""What the libraries and rooms log becomes a line on stderr: redacted, without a traceback unless debugging.

News of ours (INFO: a page was sent, a configuration taken over) are remarks, which `--quiet` leaves out. What is wrong (WARNING and worse:
something is lost, refused or not done) is said in any case: who runs `check --quiet` under cron gets a mail just then.
"""

import contextlib
import logging
from collections.abc import Iterator
from typing import Final

from probe.cli.face import Face
from probe.model.clock import SystemClock

_EXHAUSTED: Final = "socket.accept() out of system resource"
_NO_ACCEPT: Final = (
    "there is no file descriptor left for who asks for metrics or the status page; they wait. Raise the limit (`LimitNOFILE=` of the unit, "
    "`ulimit -n`), or see who has them all (`ls /proc/PID/fd`); said again in 5 min at the earliest"
)
_SAY_AGAIN_AFTER_S: Final = 300.0


class Remarks(logging.Handler):
    """Says log records with the face's voice, also while a screen holds the terminal."""

    def __init__(self, face: Face) -> None:
        """Everything that is wrong; without `--quiet` our own news too."""
        super().__init__(logging.WARNING if face.quiet else logging.INFO)
        self._face, self._clock = face, SystemClock()
        self._exhausted_at_s: float | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """One line; with `--debug` the traceback below it."""
        try:
            text = record.getMessage()
            if record.name == "asyncio" and text.startswith(_EXHAUSTED):
                if not self._due():
                    return
                text = _NO_ACCEPT
            if self._face.debug and record.exc_info:
                text += "\n" + logging.Formatter().formatException(record.exc_info)
            self._face.complain(f"paypath: {text}")
        except Exception:  # noqa: BLE001 - logging's own rule: a record that cannot be shown must not stop the work
            self.handleError(record)

    def _due(self) -> bool:
        """Whether it is time to say once more what asyncio says many times a second."""
        now_s = self._clock.monotonic()
        due = self._exhausted_at_s is None or now_s - self._exhausted_at_s >= _SAY_AGAIN_AFTER_S
        self._exhausted_at_s = now_s if due else self._exhausted_at_s
        return due


@contextlib.contextmanager
def remarking(face: Face) -> Iterator[None]:
    """Inside the block, log records become remarks."""
    root, ours, remarks = logging.getLogger(), logging.getLogger("paypath"), Remarks(face)
    before = ours.level
    root.addHandler(remarks)
    ours.setLevel(logging.INFO)
    try:
        yield
    finally:
        ours.setLevel(before)
        root.removeHandler(remarks)
