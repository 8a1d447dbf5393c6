"""The installed `paypath` as a process of its own: forked where that comes to the same, else started.

`TEST_STARTED=1` starts every one of them, as a user's shell does.
"""

import atexit
import functools
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import Protocol

from tests.forked.server import ENOUGH

PAYPATH = str(pathlib.Path(sys.executable).with_name("paypath"))
_AT_START = ("PYTHON", "LC_", "LANG", "OPENSSL_", "LD_", "MALLOC_", "OTEL_", "STRIPE_")
"""Variables that Python or a library reads once, when it starts: with others of these than ours, only a start is the same."""
_NEVER = "TEST_STARTED"


class Program(Protocol):
    """As much of `subprocess.Popen` as the tests use."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises `subprocess.TimeoutExpired` after `timeout` seconds."""

    def send_signal(self, sig: int) -> None:
        """Signal it, where it has not ended."""

    def kill(self) -> None:
        """The same with SIGKILL."""


def start(
    words: Sequence[str],
    *,
    cwd: pathlib.Path | None,
    env: Mapping[str, str],
    stdout: int,
    stderr: int,
    forked: bool = True,
) -> Program:
    """Start `paypath WORDS` in `cwd` with nothing but `env` as its environment; `stdout` and `stderr` are descriptors.

    What is not `forked` has no more in memory than it imports.
    """
    if not forked or _NEVER in os.environ or not hasattr(os, "pidfd_open") or _at_start(env) != _at_start(os.environ):
        return subprocess.Popen([PAYPATH, *words], cwd=cwd, env=env, stdout=stdout, stderr=stderr)
    return _server().fork(words, cwd or pathlib.Path.cwd(), env, stdout, stderr)


def _at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_AT_START)}


class _Forked:
    """A child of the server: its end is told through a pipe."""

    def __init__(self, pid: int, words: Sequence[str], told: int) -> None:
        self.pid = pid
        self._words = words
        self._told = told
        self._status: int | None = None
        self._once = threading.Lock()
        weakref.finalize(self, os.close, told)

    def poll(self) -> int | None:
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        status = self._look(timeout)
        if status is None:
            raise subprocess.TimeoutExpired([PAYPATH, *self._words], timeout or 0)
        return status

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        ended = self._status is not None or select.select([self._told], [], [], timeout)[0]
        with self._once:  # one may look while another waits
            if ended and self._status is None:
                self._status = int(os.read(self._told, 16))  # empty where the server died: nobody knows then
            return self._status


class _Server:
    """The process to fork from."""

    def __init__(self) -> None:
        self._asks, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        script = pathlib.Path(__file__).with_name("server.py")
        self._process = subprocess.Popen(
            [sys.executable, script, str(theirs.fileno()), PAYPATH],
            pass_fds=[theirs.fileno()],
            start_new_session=True,  # Ctrl-C is for the tests to answer
        )
        theirs.close()
        assert self._asks.recv(ENOUGH) == b"ready"
        self._one_at_a_time = threading.Lock()
        atexit.register(self._end)

    def fork(
        self, words: Sequence[str], directory: pathlib.Path, environ: Mapping[str, str], stdout: int, stderr: int
    ) -> Program:
        told, tells = os.pipe()
        wanted = {"words": list(words), "environ": dict(environ), "directory": str(directory)}
        with self._one_at_a_time:
            socket.send_fds(self._asks, [json.dumps(wanted).encode()], [0, stdout, stderr, tells])
            pid = int(self._asks.recv(ENOUGH))
        os.close(tells)
        return _Forked(pid, words, told)

    def _end(self) -> None:
        self._asks.close()
        self._process.wait()


@functools.cache
def _server() -> _Server:
    return _Server()
