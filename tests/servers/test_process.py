"""Starting and stopping real servers: a program that cannot start says why, and none outlives its test."""

import pathlib
import socket
import sys

import pytest

from tests.servers import process
from tests.servers.process import HOST, ServerDidNotStartError

_LISTENER = "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); print('up', flush=True); "


def test_ready_means_that_it_accepts(tmp_path: pathlib.Path) -> None:
    """The server takes connections as soon as `start` returns, and no longer once it is stopped."""
    code = _LISTENER + "\nwhile True: s.accept()"
    server = process.start(lambda port: [sys.executable, "-c", code, str(port)], tmp_path)
    socket.create_connection((HOST, server.port), timeout=10).close()
    assert "up" in server.wait_for_log("up")
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, server.port), timeout=10)


def test_a_program_that_ends_shows_its_log(tmp_path: pathlib.Path) -> None:
    """A configuration mistake of a server program is read in the exception, not in a hidden file."""
    code = "raise SystemExit('no such directive')"
    with pytest.raises(ServerDidNotStartError, match="no such directive"):
        process.start(lambda _port: [sys.executable, "-c", code], tmp_path)


def test_a_program_that_ignores_sigterm_is_killed(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`stop` returns only when the process is gone."""
    monkeypatch.setattr(process, "STOP_LIMIT_S", 0.05)
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + _LISTENER + "\nwhile True: s.accept()"
    server = process.start(lambda port: [sys.executable, "-c", code, str(port)], tmp_path)
    server.stop()
    assert server.process.returncode == -9
