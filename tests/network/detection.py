"""How long until an outage is seen, shown and paged, with every setting as it comes: `make soak-network`.

Each outage is put into networks of its own right after a run has passed: the worst moment, a whole interval before the next one. Ends
with 1 where one was not found out, or something was paged that is nobody's outage.
"""

import argparse
import json
import pathlib
import platform
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

from probe.documents.durations import parse_duration
from probe.model.clock import SystemClock
from tests.e2e.processes import PATIENCE_S, environment
from tests.e2e.receiver import Receiver, receiving
from tests.network.faults import FAULTS, Fault
from tests.network.long_chain import long_chain
from tests.network.page import DETECTION, PAGE, with_figures
from tests.network.stand import Stand
from tests.network.world import Place
from tests.servers import material
from tests.servers.material import Material
from tests.support.metrics_page import parse_page

LIMIT_S: Final = 150.0
"""After this nothing more is waited for: two intervals, and two runs that wait in vain twice."""
_LOOK_EVERY_S: Final = 0.5
_AT_ONCE: Final = 8
METRICS: Final = "http://127.0.0.1:9464/metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Seconds from the moment when the outage began; None: never."""

    fault: Fault
    seen_s: float | None
    """The first run that did not pass was over."""
    shown_s: float | None
    """`paypath_up` was 0, or no longer there where nothing can be told, on the metrics page, looked at every half second."""
    paged_s: float | None
    reason: str | None = None

    @property
    def right(self) -> bool:
        """Found out, and paged just where it is the path's."""
        paged = (self.paged_s is None) == self.fault.unknown
        return self.seen_s is not None and self.shown_s is not None and paged and self.reason == self.fault.here.reason

    @property
    def row(self) -> str:
        """One line of the table."""
        times = " | ".join("–" if one is None else f"{one:.1f}" for one in (self.seen_s, self.shown_s, self.paged_s))
        return f"| {self.fault.name} | {f'`{self.reason}`' if self.reason else '–'} | {times} |"


class Watching:
    """A `paypath run` whose results come with the moment of their arrival."""

    def __init__(self, stand: Stand, receiver: Receiver, *, every: str | None) -> None:
        """Start it in the prober's network; `every`: another interval than the scenario's own."""
        self._clock = SystemClock()
        self._stand = stand
        hook = {"kind": "webhook", "url": receiver.url, "format": "json"}
        config = stand.configuration(
            scenarios={"enabled": ["mtls-handshake"], "every": every}, pages={"sinks": {"hook": hook}}
        )  # fmt: skip
        self._process = subprocess.Popen(
            stand.command("run", "--config", config, "--format", "json"),
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        self.results: list[tuple[float, dict[str, Any]]] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, name="results")
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            with self._changed:
                self.results.append((self._clock.monotonic(), json.loads(line)))
                self._changed.notify_all()

    def wait_for(self, outcomes: frozenset[str], limit_s: float, *, after: int = 0) -> tuple[float, str | None] | None:
        """When a run came to one of these, and its reason; None where none did in time."""

        def found() -> tuple[float, dict[str, Any]] | None:
            return next((one for one in self.results[after:] if one[1]["outcome"] in outcomes), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None, limit_s)
            one = found()
        return None if one is None else (one[0], (one[1]["failure"] or {}).get("reason"))

    def up(self) -> float | None:
        """`paypath_up` as a scraper sees it; None where it is not there."""

        def fetch() -> float | None:
            with urllib.request.urlopen(METRICS, timeout=PATIENCE_S) as answer:
                return parse_page(answer.read(), answer.headers["Content-Type"]).value("paypath_up")

        return self._stand.world.inside(Place.PROBER, fetch)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        if self._process.stdout is not None:
            self._process.stdout.close()


def measured(fault: Fault, directory: pathlib.Path, pki: Material, *, every: str | None = None) -> Found:
    """Inject one outage and look on."""
    clock = SystemClock()
    server = long_chain(directory, pki) if fault.long_chain else None
    with ExitStack() as stack:
        stand = stack.enter_context(Stand(directory, pki, server=server, by_name=fault.by_name))
        hook = receiving()
        receiver = stand.world.inside(Place.PROBER, hook.__enter__)
        stack.callback(hook.__exit__, None, None, None)
        watching = Watching(stand, receiver, every=every)
        stack.callback(watching.stop)
        assert watching.wait_for(frozenset({"passed"}), PATIENCE_S), "it never passed"
        before, began = len(watching.results), clock.monotonic()
        fault.inject(stand)
        with ThreadPoolExecutor(3) as pool:
            seen = pool.submit(watching.wait_for, frozenset({"failed", "unknown"}), LIMIT_S, after=before)
            shown = pool.submit(_until, lambda: watching.up() != 1, began + LIMIT_S)
            paged = pool.submit(_until, lambda: bool(receiver.pages), began + LIMIT_S)
            first, at_shown, at_paged = seen.result(), shown.result(), paged.result()
    return Found(
        fault=fault,
        seen_s=None if first is None else first[0] - began,
        shown_s=None if at_shown is None else at_shown - began,
        paged_s=None if at_paged is None else at_paged - began,
        reason=None if first is None else first[1],
    )


def _until(there: Callable[[], bool], end: float) -> float | None:
    """The moment when it was there; None where it never was."""
    clock, pause = SystemClock(), threading.Event()
    while clock.monotonic() < end:
        if there():
            return clock.monotonic()
        pause.wait(_LOOK_EVERY_S)
    return None


def table(found: Sequence[Found]) -> str:
    """The figures as Markdown."""
    day = SystemClock().now().date().isoformat()
    head = [
        f"{day}, Linux {platform.release()}, Python {platform.python_version()}. Seconds from the beginning of the outage.",
        "",
        "| outage | named | first run failed | `paypath_up` not 1 | page |",
        "|---|---|--:|--:|--:|",
    ]
    return "\n".join([*head, *(one.row for one in found)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all of them, a few at a time, and write down what was found."""
    parser = argparse.ArgumentParser(prog="make soak-network")
    parser.add_argument(
        "--for", dest="limit_s", type=parse_duration, default=900.0, help="begin no more after: 90s, 10m"
    )
    parser.add_argument("--only", help="those in whose name this stands; nothing is written down")
    chosen = parser.parse_args(arguments)
    wanted = [fault for fault in FAULTS if chosen.only is None or chosen.only in fault.name]
    clock, found = SystemClock(), list[Found]()
    began = clock.monotonic()
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(_AT_ONCE) as pool:
        root = pathlib.Path(directory)
        pki = material.make(root, clock.now().replace(microsecond=0))

        def one(numbered: tuple[int, Fault]) -> Found | None:
            number, fault = numbered
            if clock.monotonic() - began > chosen.limit_s:
                return None
            place = root / str(number)
            place.mkdir()
            return measured(fault, place, pki)

        for result in pool.map(one, enumerate(wanted)):
            if result is not None:
                print(result.row, "" if result.right else "WRONG", flush=True)  # noqa: T201 - a command
                found.append(result)
    if chosen.only is None and len(found) == len(wanted):
        PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), table(found), DETECTION), encoding="utf-8")
    return 0 if found and all(one.right for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
