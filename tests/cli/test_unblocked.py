"""Streams whose reader stands still, comes back, or goes."""

import os
import threading
from collections.abc import Iterator
from typing import TextIO

import pytest

from probe.cli.unblocked import Unblocked

_PIPE = 65536
"""Bytes that a pipe takes on Linux (pipe(7))."""


class Pipe:
    """A pipe that is read when the test says so."""

    def __init__(self) -> None:
        """Nobody reads."""
        self.reading, self._writing = os.pipe()
        self.stream: TextIO = os.fdopen(self._writing, "w", encoding="utf-8")

    def read(self, count: int) -> bytes:
        """So many bytes."""
        found = b""
        while len(found) < count:
            found += os.read(self.reading, count - len(found))
        return found


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """Closed afterwards."""
    pipe = Pipe()
    yield pipe
    pipe.stream.close()


def test_nobody_waits_for_a_reader_who_stands_still(pipe: Pipe) -> None:
    """What is more than may wait is dropped and counted; the rest comes whole and in order when it is read."""
    output = Unblocked(pipe.stream, most_waiting=2 * _PIPE)
    line = "x" * 1023 + "\n"
    for _ in range(400):
        assert output.write(line) == len(line)
    output.flush()
    assert not output.finish(0.01)
    dropped = output.dropped
    assert 400 - dropped >= 2 * _PIPE / len(line)
    assert dropped >= 400 - (3 * _PIPE) / len(line) - 1
    assert pipe.read((400 - dropped) * len(line)) == (line * (400 - dropped)).encode()
    assert output.finish(10)
    output.write("again\n")
    assert pipe.read(6) == b"again\n"


def test_a_reader_who_has_gone_is_an_error(pipe: Pipe) -> None:
    """As it is on the stream itself: whoever writes falls silent then."""
    os.close(pipe.reading)
    output = Unblocked(pipe.stream)
    output.write("x")
    assert output.finish(10)
    with pytest.raises(BrokenPipeError):
        output.write("y")


def test_everything_else_is_the_streams_own(pipe: Pipe) -> None:
    """Whether it is a terminal, above all."""
    output = Unblocked(pipe.stream)
    assert (output.isatty(), output.fileno(), output.encoding) == (False, pipe.stream.fileno(), "utf-8")
    assert any(thread.name.startswith("writing ") and thread.daemon for thread in threading.enumerate())
