"""Kill every scenario that writes again and again, sweep, and write the figures into docs/soak.md: `make soak`.

Ends with 1 where anything was left behind, or could not be taken back.
"""

import argparse
import pathlib
import platform
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from probe.documents.durations import parse_duration
from probe.model.clock import SystemClock
from probe.runner.writing import writes_to_stripe
from probe.scenario.load import load_scenarios
from tests.e2e.open_lab import OpenLab
from tests.e2e.processes import paypath
from tests.soak.killing import KILLED, Killer, Victim, killing

PAGE: Final = pathlib.Path("docs/soak.md")
SCENARIOS: Final = pathlib.Path("scenarios")
BEGIN: Final = "<!-- figures: written by `make soak` -->"
END: Final = "<!-- end of figures -->"
KILLS: Final = 100
"""Of each scenario, where there is time."""
_BATCH: Final = 5
"""Kills of each scenario between two sweeps."""
_AT_ONCE: Final = 4
_TWO_HOURS: Final = 7200


@dataclass(slots=True)
class Figures:
    """What it came to."""

    kills: Counter[str] = field(default_factory=Counter)
    """By scenario."""
    swept: Counter[str] = field(default_factory=Counter)
    """Objects that its kills had left and a sweep took back, by scenario."""
    left: list[str] = field(default_factory=list)
    """What was there after a sweep."""
    sweeps: int = 0
    seconds: int = 0
    day: str = field(default_factory=lambda: SystemClock().now().date().isoformat())
    """When, in UTC."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill and sweep until the time is up."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--for", dest="limit_s", type=parse_duration, default=1800.0, help="time limit: 90s, 10m, 2h")
    chosen = parser.parse_args(arguments)
    writing = {each.name: each.source for each in load_scenarios(SCENARIOS) if writes_to_stripe(each)}
    with tempfile.TemporaryDirectory() as directory, killing(pathlib.Path(directory), writing) as (lab, killer):
        figures = soaked(lab, killer, writing, chosen.limit_s)
    PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), table(figures)), encoding="utf-8")
    print(table(figures))  # noqa: T201 - a command
    return 1 if figures.left else 0


def soaked(lab: OpenLab, killer: Killer, scenarios: Mapping[str, str], limit_s: float, kills: int = KILLS) -> Figures:
    """Batch after batch, until each scenario was killed so often, the time is up, or something is left."""
    clock, chance, figures = SystemClock(), random.SystemRandom(), Figures()
    began = clock.monotonic()
    unharmed = zip(scenarios, killer.all([(name, None) for name in scenarios], _AT_ONCE), strict=True)
    moments = {name: _moments(name, victim) for name, victim in unharmed}
    while not figures.left and min(figures.kills[name] for name in moments) < kills:
        if figures.sweeps and clock.monotonic() - began >= limit_s:
            break
        batch = [(name, chance.randint(1, most)) for name, most in moments.items() for _ in range(_BATCH)]
        victims = killer.kill(batch, _AT_ONCE)
        figures.kills.update(name for (name, _), victim in zip(batch, victims, strict=True) if victim.status == KILLED)
        _sweep(lab, figures)
    figures.seconds = round(clock.monotonic() - began)
    return figures


def _moments(name: str, victim: Victim) -> int:
    """At how many it can be killed. A scenario that is said to write, and does not, must not be left out in silence."""
    if not victim.moments:
        raise SystemExit(f"{name} wrote nothing, so it cannot be killed while it does: {victim}")
    return victim.moments


def _sweep(lab: OpenLab, figures: Figures) -> None:
    lab.age(_TWO_HOURS)
    done = paypath("sweep", "--config", lab.config, "--format", "json")
    for line in done.json_lines():
        left_behind = line["left_behind"]
        figures.swept.update(left["scenario"] for left in left_behind if left["outcome"] == "passed")  # type: ignore[attr-defined]  # JSON
    figures.left += lab.left() or ([] if done.status == 0 else [f"status {done.status}: {done.out}{done.err}"])
    figures.sweeps += 1


def table(figures: Figures) -> str:
    """The figures as Markdown."""
    total, swept = figures.kills.total(), figures.swept.total()
    head = [
        (
            f"{figures.day}, Python {platform.python_version()}: {total:,} kills in {figures.seconds} s; {figures.sweeps} sweeps took back {swept:,} objects, "
            f"and {len(figures.left)} were left."
        ),
        "",
        "| scenario | killed | left behind, and taken back |",
        "|---|---:|---:|",
    ]
    rows = [f"| `{name}` | {kills} | {figures.swept[name]} |" for name, kills in sorted(figures.kills.items())]
    return "\n".join([*head, *rows])


def with_figures(page: str, figures: str) -> str:
    """The page with its table replaced. Raises ValueError where it has no place for one."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has no lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
