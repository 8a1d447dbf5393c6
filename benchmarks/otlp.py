"""The OTLP receiver's process, seen from the measurement."""

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Collector:
    """Where spans and metrics go."""

    endpoint: str

    def taken(self) -> dict[str, int]:
        """What arrived since the last call: requests by path, and `spans`."""
        with urllib.request.urlopen(self.endpoint, timeout=30) as answer:  # noqa: S310 - its own address on loopback
            found: dict[str, int] = json.load(answer)
            return found


@contextlib.contextmanager
def collector() -> Iterator[Collector]:
    """Run the receiver for as long as the block lasts."""
    command = [sys.executable, "-m", "benchmarks.receiver"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        if running.stdin is None or running.stdout is None:
            raise RuntimeError("the receiver has no pipes")
        yield Collector(running.stdout.readline().strip())
        running.stdin.close()
