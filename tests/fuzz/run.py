"""Fuzz every target, or those that are named, for an equal share of the time, and write the figures of each into docs/fuzzing.md: `make fuzz`.

Ends with 1 where a target broke; the input that broke it lies in the directory that is named, ready for `tests/fuzz/corpus/`.
"""

import argparse
import pathlib
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Final

from probe.model.clock import SystemClock
from tests.fuzz.targets import Target, targets

PAGE: Final = pathlib.Path("docs/fuzzing.md")
WORK: Final = pathlib.Path(".fuzz")
BEGIN: Final = "<!-- figures: written by `make fuzz` -->"
END: Final = "<!-- end of figures -->"
_HEAD: Final = (
    "| target | last run | seconds | executions | edges reached | crashes |",
    "|---|---|---:|---:|---:|---:|",
)
_SLOWEST_S: Final = 20
_MOST_MB: Final = 2048
_LONGEST_INPUT: Final = 65536
_MARGIN_S: Final = 300


@dataclass(frozen=True, slots=True)
class Figures:
    """What one target's run came to."""

    target: str
    executions: int
    seconds: int
    edges: int
    """Edges of the instrumented code that some input reached."""
    crashes: tuple[pathlib.Path, ...]
    on: date

    @property
    def row(self) -> str:
        """One line of the table."""
        each = f"{self.on:%-d %B %Y}, Python {platform.python_version()} | {self.seconds} | {self.executions:,} | {self.edges:,}"
        return f"| `{self.target}` | {each} | {len(self.crashes)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the targets one after the other."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--for", dest="limit", default="10m", help="time for all targets together: 90s, 10m, 2h")
    parser.add_argument("--target", action="append", help="only this one; may be repeated")
    chosen = parser.parse_args(arguments)
    wanted = [target for name, target in targets().items() if not chosen.target or name in chosen.target]
    if not wanted:
        parser.error(f"no such target; there are: {', '.join(targets())}")
    each_s = max(seconds_of(chosen.limit) // len(wanted), 1)
    found = [_explore(target, each_s) for target in wanted]
    PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    for figures in found:
        print(figures.row, *figures.crashes)  # noqa: T201 - a command
    return 1 if any(figures.crashes for figures in found) else 0


def seconds_of(text: str) -> int:
    """Seconds of `90s`, `10m` or `2h`. Raises SystemExit for anything else."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smh])", text)
    if found is None:
        raise SystemExit(f"{text!r} is no time limit: write 90s, 10m or 2h")
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]


def with_figures(page: str, found: Sequence[Figures]) -> str:
    """The page with the rows of these runs in its table; every other target keeps its last one. Raises ValueError where it has no place for it."""
    before, begin, rest = page.partition(BEGIN)
    written, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has no lines {BEGIN!r} and {END!r}")
    kept = {row[1]: row[0] for row in re.finditer(r"^\| `(\w+)` \|.*$", written, re.MULTILINE)}
    rows = kept | {figures.target: figures.row for figures in found}
    return "\n".join(
        [f"{before}{BEGIN}\n", *_HEAD, *(rows[name] for name in targets() if name in rows), f"\n{END}{after}"]
    )


def figures_of(target: str, said: str, crashes: Sequence[pathlib.Path]) -> Figures:
    """Read libFuzzer's final statistics."""
    executions = re.findall(r"stat::number_of_executed_units:\s*(\d+)", said) or re.findall(
        r"^#(\d+)", said, re.MULTILINE
    )
    seconds = re.findall(r"in (\d+) second", said)
    edges = re.findall(r"cov: (\d+)", said)
    last = [int(numbers[-1]) if numbers else 0 for numbers in (executions, seconds, edges)]
    return Figures(target, last[0], last[1], last[2], tuple(crashes), SystemClock().now().date())


def _explore(target: Target, seconds: int) -> Figures:
    """One process for one target: a crash of the interpreter ends only that."""
    artifacts = WORK / target.name / "broke"
    artifacts.mkdir(parents=True, exist_ok=True)
    before = set(artifacts.iterdir())
    flags = [f"-max_total_time={seconds}", f"-timeout={_SLOWEST_S}", f"-rss_limit_mb={_MOST_MB}"]
    flags += [f"-max_len={_LONGEST_INPUT}", f"-artifact_prefix={artifacts}/", "-print_final_stats=1"]
    command = [sys.executable, "-m", "tests.fuzz.explore", target.name, str(WORK / target.name / "corpus"), *flags]
    log = WORK / target.name / "log"
    with log.open("wb") as said:
        status = _status(command, said, seconds + _MARGIN_S)
    crashes = sorted(set(artifacts.iterdir()) - before)
    if status != 0 and not crashes:
        crashes = [log]
    return figures_of(target.name, log.read_text(encoding="utf-8", errors="replace"), crashes)


def _status(command: Sequence[str], said: IO[bytes], within_s: int) -> int | None:
    """What it ended with; None where it had to be ended: the other targets are run all the same."""
    try:
        return subprocess.run(command, stdout=said, stderr=subprocess.STDOUT, check=False, timeout=within_s).returncode
    except subprocess.TimeoutExpired:
        return None


if __name__ == "__main__":
    sys.exit(main())
