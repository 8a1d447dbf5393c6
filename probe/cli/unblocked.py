"""stdout and stderr that hold up nobody: where their reader stands still, lines wait, and then are dropped; probing goes on.

A pipe takes 64 KiB. A log collector that hangs, a pager that nobody scrolls, Ctrl-S on a terminal: each would stop every probe at the next line.
"""

import contextlib
import logging
import os
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any, Final, TextIO

from probe.cli.streams import relayed

_LOG: Final = logging.getLogger("paypath")
MOST_WAITING: Final = 4 * 1024 * 1024
"""Bytes of each stream that wait; past that what is new is dropped."""
_AT_THE_END_S: Final = 2.0
"""How long the end of the process waits for a reader."""


class Unblocked:
    """Takes texts and lets a thread write them. Everything else is the stream's own."""

    def __init__(self, stream: TextIO, most_waiting: int = MOST_WAITING) -> None:
        """`stream` has a file descriptor, and nothing in its buffer."""
        self._stream, self._most_waiting = stream, most_waiting
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._error: OSError | None = None
        self._changed = threading.Condition()
        self.dropped = 0
        """Texts, which are lines, that nobody will read."""
        threading.Thread(target=self._write_on, name=f"writing {stream.name}", daemon=True).start()

    def write(self, text: str) -> int:
        """Let it be written; says that all of it was. Raises the OSError of a reader that has gone."""
        data = text.encode(self._stream.encoding, self._stream.errors or "strict")
        with self._changed:
            if self._error is not None:
                raise self._error
            if self._bytes + len(data) > self._most_waiting:
                self.dropped += 1
            else:
                self._waiting.append(data)
                self._bytes += len(data)
                self._changed.notify_all()
        return len(text)

    def flush(self) -> None:
        """Nothing: what waits is written as soon as it can be."""

    def finish(self, within_s: float) -> bool:
        """Wait until all is written, so long at most; whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._bytes or self._error is not None, within_s)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        """The stream's own, such as `isatty`, `fileno`, `encoding`."""
        return getattr(self._stream, name)

    def _write_on(self) -> None:
        descriptor = self._stream.fileno()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                data = self._waiting.popleft()
            try:
                self._write_whole(descriptor, data)
            except OSError as error:
                with self._changed:
                    self._error = error
                    self._changed.notify_all()
                return
            with self._changed:
                self._bytes -= len(data)
                self._changed.notify_all()

    def _write_whole(self, descriptor: int, data: bytes) -> None:
        """Past Python's own buffer, whose lock a thread that waits would hold beyond the end of the process."""
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]


@contextlib.contextmanager
def unblocked_streams() -> Iterator[list[Unblocked]]:
    """Inside the block no write to stdout or stderr waits; at its end what waits is written, if somebody reads it within two seconds."""
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
            dropped = sum(each.dropped for each in made)
            if dropped:
                _LOG.warning("%d lines of output were dropped, since nobody read them", dropped)
            if all(each.finish(_AT_THE_END_S) for each in made):
                put_back()
