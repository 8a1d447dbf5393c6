"""Streams whose reader stands still, comes back, or goes."""

import os
import pathlib
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


def test_what_was_dropped_is_said_once_all_else_is_read(pipe: Pipe, caplog: pytest.LogCaptureFixture) -> None:
    """Once, and not at each line of a reader who is slow; where it is the end, that many are lost."""
    output = Unblocked(pipe.stream, most_waiting=2 * _PIPE)
    line = "x" * 1023 + "\n"
    for _ in range(400):
        output.write(line)
    assert not output.finish(0.01)
    lost, why = output.lost()
    assert lost >= output.dropped > 0
    assert why == "nobody read them"
    pipe.read((400 - output.dropped) * len(line))
    assert output.finish(10)
    assert [record.getMessage() for record in caplog.records] == [
        f"{pipe.stream.name} is written again; {output.dropped} of its lines were dropped"
    ]
    assert output.lost()[0] == 0


def test_a_reader_who_has_gone(pipe: Pipe, caplog: pytest.LogCaptureFixture) -> None:
    """`| head`: what is written then is counted, and nothing is said or raised."""
    os.close(pipe.reading)
    output = Unblocked(pipe.stream)
    output.write("x\n")
    assert output.finish(10)
    output.write("y\n")
    assert output.finish(10)
    assert output.dropped == 2
    assert output.lost()[0] == 0
    assert not caplog.records


def test_a_named_pipe_that_is_opened_again(tmp_path: pathlib.Path) -> None:
    """A collector that was started anew reads on."""
    os.mkfifo(tmp_path / "log")
    reading = os.open(tmp_path / "log", os.O_RDONLY | os.O_NONBLOCK)
    with (tmp_path / "log").open("w", encoding="utf-8") as stream:
        output = Unblocked(stream)
        os.close(reading)
        output.write("nobody\n")
        assert output.finish(10)
        reading = os.open(tmp_path / "log", os.O_RDONLY | os.O_NONBLOCK)
        output.write("somebody\n")
        assert output.finish(10)
        assert os.read(reading, _PIPE) == b"somebody\n"
        os.close(reading)
    assert output.dropped == 1


def test_a_full_disk_that_is_emptied(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    """Its lines wait, as many as there is room for, and come whole when they can be written; it is said when it begins, and how many were dropped."""
    with pathlib.Path("/dev/full").open("w", encoding="utf-8") as stream, (tmp_path / "log").open("wb") as log:
        output = Unblocked(stream, most_waiting=12, again_s=0.01)
        for line in ("first\n", "second\n", "third\n", "x\n"):
            output.write(line)
        assert not output.finish(0.1)
        assert output.lost() == (4, "no space left on device")
        os.dup2(log.fileno(), stream.fileno())
        assert output.finish(10)
    assert (tmp_path / "log").read_text() == "first\nthird\n"
    assert [record.getMessage() for record in caplog.records] == [
        "/dev/full cannot be written: no space left on device; its lines wait until it can, up to 4 MiB",
        "/dev/full is written again; 2 of its lines were dropped",
    ]
    assert (output.dropped, output.lost()[0]) == (2, 0)


def test_a_pipe_that_somebody_else_made_nonblocking(pipe: Pipe, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever started us may share it so: nothing is lost, and nothing said."""
    os.set_blocking(pipe.stream.fileno(), False)
    output = Unblocked(pipe.stream)
    text = "x" * (3 * _PIPE)
    output.write(text)
    assert pipe.read(len(text)) == text.encode()
    assert output.finish(10)
    assert not caplog.records


def test_everything_else_is_the_streams_own(pipe: Pipe) -> None:
    """Whether it is a terminal, above all."""
    output = Unblocked(pipe.stream)
    assert (output.isatty(), output.fileno(), output.encoding) == (False, pipe.stream.fileno(), "utf-8")
    assert any(thread.name.startswith("writing ") and thread.daemon for thread in threading.enumerate())
