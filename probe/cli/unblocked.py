"""stdout and stderr that hold up nobody: where they cannot be written, lines wait, and then are dropped; probing goes on.

A pipe takes 64 KiB. A log collector that hangs, a pager that nobody scrolls, Ctrl-S on a terminal: each would stop every probe at the next line.
A disk that is full would end them. Both pass, and then the lines that waited are written.
"""

import contextlib
import errno
import logging
import os
import select
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any, Final, TextIO

from probe.cli.streams import relayed

_LOG: Final = logging.getLogger("paypath")
MOST_WAITING: Final = 4 * 1024 * 1024
"""Bytes of each stream that wait; past that what is new is dropped."""
_AGAIN_S: Final = 0.5
"""Until a write that failed is tried again."""
_AT_THE_END_S: Final = 2.0
"""How long the end of the process waits for each stream."""
_NOBODY: Final = (errno.EPIPE, errno.EBADF)
"""Nobody is at the other end, as after `| head`: no line waits, and nothing is said of it. A named pipe may be opened again."""


class Unblocked:
    """Takes texts and lets a thread write them. Everything else is the stream's own."""

    def __init__(self, stream: TextIO, most_waiting: int = MOST_WAITING, again_s: float = _AGAIN_S) -> None:
        """`stream` has a file descriptor, and nothing in its buffer."""
        self._stream, self._most_waiting, self._again_s = stream, most_waiting, again_s
        self._name = str(stream.name).strip("<>")  # a number, where nobody named it
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._unsaid = 0
        """How many were dropped since it was said last."""
        self._why: str | None = None
        """Why it cannot be written; None where it can, or its reader stands still."""
        self._gone = False
        self._changed = threading.Condition()
        self.dropped = 0
        """Texts, which are lines, that nobody will read."""
        threading.Thread(target=self._write_on, name=f"writing {stream.name}", daemon=True).start()

    def write(self, text: str) -> int:
        """Let it be written; says that all of it was, and raises nothing: whoever writes lines has other things to do."""
        data = text.encode(self._stream.encoding, self._stream.errors or "strict")
        with self._changed:
            if self._bytes + len(data) > self._most_waiting:
                self._drop()
            else:
                self._waiting.append(data)
                self._bytes += len(data)
                self._changed.notify_all()
        return len(text)

    def flush(self) -> None:
        """Nothing: what waits is written as soon as it can be."""

    def finish(self, within_s: float) -> bool:
        """Wait until nothing waits any more, so long at most; whether that is so."""
        with self._changed:
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._bytes, within_s)

    def lost(self) -> tuple[int, str]:
        """How many lines are lost if this is the end, and why; those of a reader who has gone do not count."""
        with self._changed:
            count = 0 if self._gone else self._unsaid + len(self._waiting)
            return count, self._why or "nobody read them"

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        """The stream's own, such as `isatty`, `fileno`, `encoding`."""
        return getattr(self._stream, name)

    def _drop(self) -> None:
        self.dropped += 1
        self._unsaid += 1

    def _write_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                data = self._waiting[0]
            written = self._write_whole(data)
            with self._changed:
                self._waiting.popleft()
                self._gone = not written
                if self._gone:
                    self._drop()
                unsaid = (
                    0 if self._gone or self._waiting else self._unsaid
                )  # a slow reader is told at the end, not at each line
                self._unsaid -= unsaid
            if unsaid:
                _LOG.warning("%s is written again; %d of its lines were dropped", self._name, unsaid)
            with self._changed:
                self._bytes -= len(data)
                self._changed.notify_all()

    def _write_whole(self, data: bytes) -> bool:
        """Whether somebody was there. Past Python's own buffer, whose lock a thread that waits would hold beyond the end of the process."""
        left = memoryview(data)
        descriptor = self._stream.fileno()
        while left:
            try:
                left = left[os.write(descriptor, left) :]
                self._why = None
            except BlockingIOError:  # whoever shares it has set O_NONBLOCK
                select.select((), (descriptor,), (), self._again_s)
            except OSError as error:
                if error.errno in _NOBODY:
                    return False
                self._wait_for_room(error)
        return True

    def _wait_for_room(self, error: OSError) -> None:
        """The rest of the line is tried again: what is written stays whole."""
        if self._why is None:
            self._why = (error.strerror or str(error)).lower()
            _LOG.warning(
                "%s cannot be written: %s; its lines wait until it can, up to %d MiB",
                self._name,
                self._why,
                MOST_WAITING >> 20,
            )
        with self._changed:
            self._changed.wait(self._again_s)


@contextlib.contextmanager
def unblocked_streams() -> Iterator[list[Unblocked]]:
    """Inside the block no write to stdout or stderr waits or fails; at its end what waits is written, if each can be within two seconds."""
    made: list[Unblocked] = []

    def unblocked(stream: TextIO) -> TextIO:
        with contextlib.suppress(OSError, ValueError):  # one without a descriptor, or closed: it waits for nobody
            stream.fileno()
            stream.flush()
            made.append(Unblocked(stream))
            return made[-1]  # type: ignore[return-value]  # as a stream is used here
        return stream

    with relayed(unblocked) as put_back:
        try:
            yield made
        finally:
            if _finished(made):
                put_back()


def _finished(made: list[Unblocked]) -> bool:
    """Whether everything is written. stdout comes before stderr, where it is said what stdout has lost."""
    finished = True
    for each in made:
        finished = each.finish(_AT_THE_END_S) and finished
        count, why = each.lost()
        if count:
            _LOG.warning("%d line%s of output %s lost: %s", count, *(("", "is") if count == 1 else ("s", "are")), why)
    return finished
