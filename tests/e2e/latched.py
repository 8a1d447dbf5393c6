"""A path that is latched, a connector at whose port nobody ever answers, and a history that another process holds."""

import json
import pathlib
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from probe.history.latches import FILE_NAME as BESIDE
from probe.history.store import FILE_NAME, History
from tests.e2e import configuration
from tests.e2e.processes import Finished, paypath

SHUT = "is latched since 2026-01-15T14:28:00Z: a charge says livemode: true."


def latch(state: pathlib.Path, path: str = "billing") -> None:
    """As a process left it that found the path in live mode: beside the history, which has not taken it over yet."""
    History.open(state).close()
    row = {"path": path, "run_id": "a" * 32, "set_at": "2026-01-15T14:28:00.000000+00:00"}
    rows = [row | {"because": "a charge says livemode: true."}]
    (state / BESIDE).write_text(json.dumps(rows), encoding="utf-8")


@contextmanager
def locked(state: pathlib.Path) -> Iterator[None]:
    """Another process holds the write lock."""
    with closing(sqlite3.connect(state / FILE_NAME, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


class Unanswered:
    """A connector's port at which nobody ever answers."""

    def __init__(self) -> None:
        """On loopback."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0)
        self.port: int = self._listener.getsockname()[1]

    def reached(self) -> bool:
        """Whether anybody has connected to it."""
        try:
            self._listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Who connects from now on is refused."""
        self._listener.close()


class Configured:
    """A configuration with one path, that may charge, to such a connector."""

    def __init__(self, directory: pathlib.Path, connector: Unanswered) -> None:
        """The state directory is made by whoever opens a history there first."""
        self.state, self.connector = directory / "state", connector
        (directory / "key").write_text("sk_test_0123456789abcdef", encoding="utf-8")
        reached = {"url": f"https://127.0.0.1:{connector.port}", "health_path": "/healthz"}
        stripe = {"api_key_file": str(directory / "key"), "requests_per_second": 25}
        self.file = configuration.write(directory, {"billing": reached}, stripe=stripe)

    def latch(self, path: str = "billing") -> None:
        """In its state directory."""
        latch(self.state, path)

    def check(self, *scenarios: str) -> Finished:
        """`paypath check` of this configuration."""
        return self._typed("check", *scenarios, "--format", "json")

    def unlock(self) -> Finished:
        """`paypath unlock` of the path, by a person."""
        return self._typed("unlock", "billing", "--reason", "looked into")

    def _typed(self, *words: str) -> Finished:
        return paypath(*words, "--config", self.file, env={"PAYPATH_STATE__DIRECTORY": str(self.state)})
