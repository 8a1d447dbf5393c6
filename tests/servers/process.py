"""A server program as a child process: started on a free loopback port, ready when it accepts, stopped for certain."""

import fcntl
import os
import pathlib
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from probe.model.clock import Clock, SystemClock

HOST = "127.0.0.1"
START_LIMIT_S = 30.0
STOP_LIMIT_S = 10.0
BETWEEN_TRIES_S = 0.02
PORT_TRIES = 3


class ServerDidNotStartError(Exception):
    """The program ended, or never accepted a connection; the text holds its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]
    log: pathlib.Path
    """What the program wrote to stdout and stderr."""

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{HOST}:{self.port}"

    def logged(self) -> str:
        """The log so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for_log(self, text: str, *, limit_s: float = START_LIMIT_S, clock: Clock | None = None) -> str:
        """The log once it holds `text`: a server may write its line after the client has seen the end."""
        clock = clock or SystemClock()
        end = clock.monotonic() + limit_s
        while text not in (log := self.logged()):
            if clock.monotonic() > end or _ended_within(self.process, BETWEEN_TRIES_S):
                raise AssertionError(f"{text!r} never appeared in the server's log:\n{log}")
        return log

    def stop(self) -> None:
        """End the process, by force if it does not listen."""
        self.process.terminate()
        if not _ended_within(self.process, STOP_LIMIT_S):
            self.process.kill()
            self.process.wait()


def start(command: Callable[[int], Sequence[str | pathlib.Path]], directory: pathlib.Path) -> Server:
    """Start `command(port)` in `directory` and wait until it accepts.

    Another process may take a free port between its choice and its use, so a program that ends at once is tried again on
    another one.
    """
    with _alone():
        return _started(command, directory)


@contextmanager
def _alone() -> Iterator[None]:
    """While this lasts no other test process of this user chooses ports, and its servers' are all taken.

    Two that start at the same moment find the same ports free. One server then cannot have its own, and what accepts there is the other's.
    """
    lock = pathlib.Path(tempfile.gettempdir()) / f"paypath-tests-{os.getuid()}.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _started(command: Callable[[int], Sequence[str | pathlib.Path]], directory: pathlib.Path) -> Server:
    log = directory / "log"
    for _ in range(PORT_TRIES):
        port = free_port()
        with log.open("ab") as output:
            process = subprocess.Popen(
                [str(word) for word in command(port)],
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "LC_ALL": "C"},
            )
        server = Server(port, process, log)
        if _accepts(server, SystemClock()):
            return server
        server.stop()
    raise ServerDidNotStartError(server.logged())


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _accepts(server: Server, clock: Clock) -> bool:
    """Whether the server took a connection while its process lived."""
    end = clock.monotonic() + START_LIMIT_S
    while clock.monotonic() < end and not _ended_within(server.process, BETWEEN_TRIES_S):
        with suppress(OSError), socket.create_connection((HOST, server.port), timeout=1.0):
            return server.process.poll() is None
    return False


def _ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for the end of a process; False where it still runs after `seconds`."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    return True
