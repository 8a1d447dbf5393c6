"""A hundred thousand runs on a healthy path, and thousands over a bad network, charges among them: none may fail. `make soak-healthy`.

Writes what it came to into docs/network.md. Ends with 1 where any run did not pass.
"""

import argparse
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import IO, Final

from probe.documents.durations import parse_duration
from probe.model.clock import SystemClock
from tests.e2e.processes import PATIENCE_S, environment
from tests.network.charging import CHARGES, ChargingStand
from tests.network.detection import METRICS
from tests.network.faults import WORST
from tests.network.ground import Ground
from tests.network.page import HEALTHY, PAGE, with_figures
from tests.network.relay import Weather
from tests.network.stand import Stand
from tests.network.world import Place
from tests.servers import material
from tests.support.metrics_page import Page, parse_page

RUNS: Final = 100_000
ROUGH_RUNS: Final = 5_000
CHARGED: Final = 500
_LOOK_EVERY_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is run."""

    what: str
    scenarios: Sequence[str]
    paths: int
    every_s: int


PROBERS: Final = 3
"""Share the healthy runs among them: one process has one core at most."""
HANDSHAKES: Final = Load(what="`mtls-handshake`", scenarios=("mtls-handshake",), paths=40, every_s=1)
FEWER: Final = Load(what="`mtls-handshake`", scenarios=("mtls-handshake",), paths=60, every_s=5)
CARDS: Final = Load(what="charges, and the other card scenarios", scenarios=CHARGES, paths=3, every_s=20)


@dataclass(slots=True, kw_only=True)
class Figures:
    """What one network came to."""

    network: str
    what: str = ""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Runs by outcome."""
    amiss: list[str] = field(default_factory=list)
    """What was said of each run that did not pass."""
    retries: Counter[str] = field(default_factory=Counter)
    """Second tries by the reason of the first."""
    skipped: int = 0
    """Runs that were not begun: this machine was too slow for so many."""
    seconds: float = 0.0
    packets: tuple[int, int] | None = None
    """Handed on, and lost, where there is a relay."""
    late_s: float = 0.0
    """By how much the relay came late at most: so much worse the network was than it was meant to be."""

    @property
    def runs(self) -> int:
        """All of them."""
        return self.outcomes.total()

    @property
    def passed(self) -> bool:
        """There were some, and each has."""
        return 0 < self.runs == self.outcomes["passed"]

    @property
    def row(self) -> str:
        """One line of the table."""
        again = ", ".join(f"{count:,} × `{reason}`" for reason, count in sorted(self.retries.items())) or "none"
        reasons = Counter(word[7:] for line in self.amiss for word in line.split() if word.startswith("reason="))
        named = ", ".join(f"{count:,} × `{reason}`" for reason, count in sorted(reasons.items()))
        amiss = f"**{self.runs - self.outcomes['passed']:,}**" + (f": {named}" if named else "")
        lost = (
            ""
            if self.packets is None
            else f"{self.packets[1]:,} of {sum(self.packets):,}; up to {self.late_s:.2g} s late"
        )
        return f"| {self.network} | {self.what} | {self.runs:,} | {self.seconds:.0f} s | {amiss} | {again} | {lost} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """The healthy network first, then the bad one."""
    parser = argparse.ArgumentParser(prog="make soak-healthy")
    parser.add_argument("--for", dest="limit_s", type=parse_duration, default=1800.0, help="of all: 10m, 1h")
    parser.add_argument(
        "--runs",
        type=int,
        default=RUNS,
        help="on the healthy path; a twentieth of it over the bad one, and a two-hundredth of it charges",
    )
    chosen = parser.parse_args(arguments)
    share, limit_s = chosen.runs / RUNS, chosen.limit_s
    each = round(share * RUNS / PROBERS)
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(PROBERS + 2) as pool:
        places = [_below(pathlib.Path(directory), str(number)) for number in range(PROBERS + 2)]
        pki = material.make(pathlib.Path(directory), SystemClock().now().replace(microsecond=0))
        calm = [pool.submit(healthy, Stand(place, pki), HANDSHAKES, each, limit_s) for place in places[:PROBERS]]
        wait(calm)  # a relay that has to wait for a processor makes the network worse than it is meant to be
        rough = [
            pool.submit(healthy, stand, load, round(share * runs), limit_s, weather=WORST)
            for stand, load, runs in (
                (Stand(places[-2], pki), FEWER, ROUGH_RUNS),
                (ChargingStand(places[-1]), CARDS, CHARGED),
            )
        ]
        found = [together([one.result() for one in calm]), *(one.result() for one in rough)]
    PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), table(found), HEALTHY), encoding="utf-8")
    print(table(found), *(line for one in found for line in one.amiss), sep="\n")  # noqa: T201 - a command
    return 0 if all(figures.passed for figures in found) else 1


def healthy(stand: Ground, load: Load, runs: int, limit_s: float, *, weather: Weather | None = None) -> Figures:
    """So many runs by one `paypath run`, or as many as there is time for."""
    clock, pause = SystemClock(), threading.Event()
    figures = Figures(network="healthy" if weather is None else described(weather), what=load.what)
    with stand:
        relay = None if weather is None else stand.weather(weather)
        names = [f"path-{number}" for number in range(load.paths)]
        scenarios = {"enabled": list(load.scenarios), "every": f"{load.every_s}s"}
        words = stand.command("run", "--config", stand.configuration(names, scenarios=scenarios), "--quiet")
        process = subprocess.Popen(
            words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        reader = threading.Thread(target=_keep_amiss, args=(process.stdout, figures), daemon=True)
        reader.start()
        began = clock.monotonic()
        try:
            while figures.runs < runs and clock.monotonic() < began + limit_s and process.poll() is None:
                pause.wait(_LOOK_EVERY_S)
                stand.world.inside(Place.PROBER, lambda: _read(figures))
        finally:
            figures.seconds = clock.monotonic() - began
            if relay is not None:
                figures.packets, figures.late_s = (relay.passed, relay.lost), relay.late_s
            amiss = list(figures.amiss)  # what is cut short at the end says nothing
            process.terminate()
            process.wait(PATIENCE_S)
            reader.join(PATIENCE_S)
            process.stdout.close()
            figures.amiss = amiss
    return figures


def _keep_amiss(lines: IO[str], figures: Figures) -> None:
    for line in lines:
        if " reason=" in line:
            figures.amiss.append(line.strip())


def together(found: Sequence[Figures]) -> Figures:
    """Of several probers that did the same at the same time."""
    told = Figures(network=found[0].network, what=found[0].what, seconds=max(one.seconds for one in found))
    for one in found:
        told.outcomes += one.outcomes
        told.amiss += one.amiss
        told.retries += one.retries
        told.skipped += one.skipped
    return told


def _below(directory: pathlib.Path, name: str) -> pathlib.Path:
    made = directory / name
    made.mkdir()
    return made


def _read(figures: Figures) -> None:
    """The counters as a scraper sees them; a page that is not there yet is read the next time."""
    try:
        with urllib.request.urlopen(METRICS, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
            page = parse_page(answer.read(), answer.headers["Content-Type"])
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionRefusedError):
            return
        raise
    figures.outcomes = _counted(page, "paypath_runs_total", "outcome")
    figures.retries = _counted(page, "paypath_retries_total", "reason")
    figures.skipped = _counted(page, "paypath_runs_skipped_total", "cause").total()


def _counted(page: Page, name: str, label: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for sample in page.samples(name):
        counted[sample.labels[label]] += int(sample.value)
    return counted


def described(weather: Weather) -> str:
    """For people."""
    longest_ms = 2000 * (weather.delay_s + weather.swing_s)
    return f"{2000 * weather.delay_s:.0f} to {longest_ms:.0f} ms there and back, out of order, {weather.loss:.0%} lost each way"


def table(found: Sequence[Figures]) -> str:
    """The figures as Markdown."""
    day = SystemClock().now().date().isoformat()
    head = [
        f"{day}, Linux {platform.release()}, Python {platform.python_version()}, {os.cpu_count()} CPUs with a load of {os.getloadavg()[0]:.1f}.",
        "",
        "| network | what | runs | in | did not pass | second tries | packets lost, and late by the relay |",
        "|---|---|--:|--:|--:|---|--:|",
    ]
    return "\n".join([*head, *(one.row for one in found)])


if __name__ == "__main__":
    sys.exit(main())
