"""Run many paths against a real nginx with mTLS, watch the process from outside, and write the figures into docs/scaling.md.

`make soak` and `make bench` call it: `python -m tests.soak.scale --paths 1000 --for 15m --into load`. Ends with 1 where a run failed, was skipped or
lost, or the lag, the memory, the descriptors or the threads did not stay where they were.
"""

import argparse
import os
import pathlib
import platform
import re
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import yaml

from benchmarks.place import Place, places
from probe.documents.durations import parse_duration
from tests.e2e.processes import Running
from tests.support.metrics_page import Page, parse_page

PAGE: Final = pathlib.Path("docs/scaling.md")
EVERY_S: Final = 10
_LOOK_S: Final = 5.0
_SETTLED: Final = 0.5
"""The share of the time after which memory is expected to stand still."""
_GROWTH: Final = 1.1
"""Memory at the end, in times of that once it has settled: the page itself comes and goes."""
_MORE: Final = 8
"""File descriptors that may be open by chance at the end and not in the middle."""
_LAG_S: Final = 0.1
_PERCENTILE: Final = 0.99
_FIRST_PER_S: Final = 50.0
"""The scheduler begins no more first runs in a second."""
_ROUNDS: Final = 2
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Look:
    """The process as the kernel sees it at a moment."""

    rss_mib: float
    cpu_s: float
    descriptors: int
    threads: int

    @classmethod
    def at(cls, pid: int) -> "Look":
        """Now."""
        process = pathlib.Path(f"/proc/{pid}")
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        times = (process / "stat").read_text().rpartition(")")[2].split()
        return cls(
            rss_mib=int(status["VmRSS"].split()[0]) / 1024,
            cpu_s=(int(times[11]) + int(times[12])) / _TICKS,
            descriptors=len(list((process / "fd").iterdir())),
            threads=int(status["Threads"]),
        )


@dataclass(slots=True, kw_only=True)
class Figures:
    """What one number of paths came to."""

    paths: int
    seconds: float
    every_s: float = EVERY_S
    runs: int = 0
    lost: list[str] = field(default_factory=list)
    """What should not have been, for people."""
    lag_p99_s: float = 0.0
    """The bound of the bucket that it falls into."""
    looks: list[Look] = field(default_factory=list)
    series: int = 0
    page_s: float = 0.0
    """From the request for the metrics page to its last byte, while runs go on."""
    history_bytes: int = 0

    @property
    def cpu_share(self) -> float:
        """Of one core, once it has settled."""
        settled = self.looks[int(len(self.looks) * _SETTLED) :]
        return (settled[-1].cpu_s - settled[0].cpu_s) / max(_LOOK_S * (len(settled) - 1), _LOOK_S)

    @property
    def ms_a_run(self) -> float:
        """CPU for each run that is due, with everything that a process does besides."""
        return 1000 * self.cpu_share * self.every_s / self.paths


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each number of paths, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.scale")
    parser.add_argument("--paths", type=int, nargs="+", default=[1000])
    parser.add_argument("--every", type=parse_duration, default=float(EVERY_S), help="interval of each path: 10s, 30s")
    parser.add_argument(
        "--for",
        dest="for_s",
        type=parse_duration,
        default=900.0,
        help="of each, or twice as long as first runs are spread over: 2m, 15m",
    )
    parser.add_argument("--into", choices=("bench", "load"), default="load", help="which of the page's tables")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, places(pathlib.Path(name)) as where:
        server = next(place for place in where if place.key == "EC P-256" and place.tls == "1.3")
        found = [measured(server, paths, chosen.for_s, every_s=chosen.every) for paths in chosen.paths]
    PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), table(found), chosen.into), encoding="utf-8")
    print(table(found))  # noqa: T201 - a command
    return 1 if any(figures.lost for figures in found) else 0


def measured(server: Place, paths: int, for_s: float, *, every_s: float = EVERY_S) -> Figures:
    """`paypath run` with so many paths, each with a handshake and a request at that interval."""
    for_s = max(for_s, _ROUNDS * paths / _FIRST_PER_S)
    figures = Figures(paths=paths, seconds=for_s, every_s=every_s)
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        running = Running(["run", "--config", _configuration(directory, server, figures)], cwd=directory, forked=False)
        try:
            running.wait_for("metrics on http://", "err")
            url = re.findall(r"http://\S+/metrics", running.output("err"))[0]
            ends_s = time.monotonic() + for_s
            while time.monotonic() < ends_s:
                time.sleep(_LOOK_S)
                figures.looks.append(Look.at(running.pid))
            _read(url, figures)
            figures.history_bytes = sum(file.stat().st_size for file in (directory / "state").glob("history.sqlite3*"))
        finally:
            running.stop()
    figures.lost += amiss(figures)
    return figures


def _configuration(directory: pathlib.Path, server: Place, figures: Figures) -> str:
    content = yaml.safe_load(server.configuration.read_text(encoding="utf-8"))
    (connector,) = (path["connector"] for path in content["paths"].values())
    content["paths"] = {f"path-{number}": {"connector": connector} for number in range(figures.paths)}
    content["scenarios"] = {"enabled": ["mtls-handshake"], "every": f"{figures.every_s:g}s"}
    content["state"] = {"directory": str(directory / "state")}
    content["listen"] = {"metrics": "127.0.0.1:0"}
    file = directory / "paypath.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return str(file)


def _read(url: str, figures: Figures) -> None:
    began_s = time.monotonic()
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - loopback
        body, kind = answer.read(), answer.headers["Content-Type"]
    figures.page_s = time.monotonic() - began_s
    page = parse_page(body, kind)
    figures.series = sum(len(family.samples) for family in page.families.values())
    runs = {sample.labels["outcome"]: 0 for sample in page.samples("paypath_runs_total")}
    for sample in page.samples("paypath_runs_total"):
        runs[sample.labels["outcome"]] += int(sample.value)
    skipped = sum(sample.value for sample in page.samples("paypath_runs_skipped_total"))
    figures.runs = sum(runs.values())
    figures.lag_p99_s = _lag(page)
    figures.lost += [f"{count} runs {outcome}" for outcome, count in runs.items() if count and outcome != "passed"]
    figures.lost += [f"{skipped:.0f} runs skipped"] if skipped else []
    silent = {f"path-{n}" for n in range(figures.paths)} - {s.labels["path"] for s in page.samples("paypath_up")}
    figures.lost += [f"{len(silent)} paths without a run"] if silent else []


def _lag(page: Page) -> float:
    """The bound below which 99 of 100 runs began."""
    buckets = page.samples("paypath_schedule_lag_seconds_bucket")
    everything = max(bucket.value for bucket in buckets)
    return min(float(b.labels["le"]) for b in buckets if b.value >= _PERCENTILE * everything)


def amiss(figures: Figures) -> list[str]:
    """What is late, or did not stay where it was."""
    found, settled, end = [], figures.looks[int(len(figures.looks) * _SETTLED)], figures.looks[-1]
    if figures.lag_p99_s > _LAG_S:
        found.append(f"99 % of the runs began up to {figures.lag_p99_s:g} s late")
    if end.rss_mib > settled.rss_mib * _GROWTH:
        found.append(f"memory grew from {settled.rss_mib:.0f} to {end.rss_mib:.0f} MiB")
    if end.descriptors > settled.descriptors + _MORE or end.threads > settled.threads + _MORE:
        before, now = f"{settled.descriptors}, {settled.threads}", f"{end.descriptors}, {end.threads}"
        found.append(f"descriptors, threads: {before} became {now}")
    return found


def table(found: Sequence[Figures]) -> str:
    """The figures as Markdown."""
    head = [
        f"{datetime.now(UTC):%d %B %Y}, Python {platform.python_version()}, {os.cpu_count()} CPUs with a load of {os.getloadavg()[0]:.1f}.",  # noqa: TID251 - when it was measured
        "",
        "| paths | every | for | runs | of one core | a run, ms | memory | descriptors | threads | lag, 99 % below | series | their page | amiss |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    rows = [
        f"| {f.paths:,} | {f.every_s:g} s | {f.seconds:.0f} s | {f.runs:,} | {100 * f.cpu_share:.1f} % | {f.ms_a_run:.1f} | {f.looks[-1].rss_mib:.0f} MiB"
        f" | {f.looks[-1].descriptors} | {f.looks[-1].threads} | {f.lag_p99_s:g} s | {f.series:,} | {f.page_s:.2f} s | {'; '.join(f.lost) or 'nothing'} |"
        for f in found
    ]
    return "\n".join([*head, *rows, *growth(found)])


def growth(found: Sequence[Figures]) -> list[str]:
    """What each path adds, by the straight line that lies nearest to all rows; and what history grows by."""
    runs, stored = sum(f.runs for f in found), sum(f.history_bytes for f in found)
    said = [f"The history grows by {stored / runs:.0f} bytes a run."] if runs else []
    if len({f.paths for f in found}) > 1:
        paths = [float(f.paths) for f in found]
        memory = statistics.linear_regression(paths, [f.looks[-1].rss_mib for f in found])
        cpu = statistics.linear_regression([f.paths / f.every_s for f in found], [f.cpu_share for f in found])
        said.append(
            f"Straight lines through these rows: {memory.intercept:.0f} MiB and {1024 * memory.slope:.0f} KiB for each path; "
            f"{100 * cpu.intercept:.1f} % of a core and {1000 * cpu.slope:.1f} ms for each run."
        )
    return ["", " ".join(said)] if said else []


def with_figures(page: str, figures: str, which: str) -> str:
    """The page with one of its tables replaced. Raises ValueError where it has no place for it."""
    begin, end = f"<!-- {which}: written by a command -->", f"<!-- end of {which} -->"
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"{PAGE} has no lines {begin!r} and {end!r}")
    return f"{before}{begin}\n\n{figures}\n\n{end}{after}"


if __name__ == "__main__":
    sys.exit(main())
