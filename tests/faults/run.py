"""Play every fault, kill the prober until the time is up, and write the figures into docs/reliability.md: `make soak-faults`.

Ends with 1 where a promise was broken, or a fault could not be played.
"""

import argparse
import pathlib
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import Final

from probe.documents.durations import parse_duration
from probe.documents.reference import DOCS
from probe.model.clock import SystemClock
from tests.faults.course import Course
from tests.faults.killed import Killed, killed
from tests.faults.means import why_not
from tests.faults.page import KILLED, page, read_last, write_last
from tests.faults.play import Happened
from tests.faults.stand import standing
from tests.faults.table import FAULTS

KILLS: Final = 300


def main(arguments: Sequence[str] | None = None) -> int:
    """All of it."""
    parser = argparse.ArgumentParser(prog="make soak-faults")
    parser.add_argument(
        "--for", dest="limit_s", type=parse_duration, default=1800.0, help="for the kills: 90s, 10m, 2h"
    )
    parser.add_argument(
        "--only", nargs="+", choices=[*(fault.name for fault in FAULTS), KILLED], help="these, and not the rest"
    )
    parser.add_argument("--kills", type=int, default=KILLS, help="so many at the most")
    chosen = parser.parse_args(arguments)
    trouble: list[str] = []
    wanted = chosen.only or [*(fault.name for fault in FAULTS), KILLED]
    found: list[Happened | Killed] = list(_played(wanted, trouble))
    if KILLED in wanted:
        with tempfile.TemporaryDirectory() as directory, standing(pathlib.Path(directory)) as stand:
            until_s = time.monotonic() + chosen.limit_s
            found.append(killed(stand, chosen.kills, random.SystemRandom(), until_s))
    trouble += [wrong for each in found for wrong in each.wrong]
    write_last(found, day=SystemClock().now().date().isoformat(), python=platform.python_version())
    (DOCS / "reliability.md").write_text(page(read_last()), encoding="utf-8")
    print("\n".join(trouble) or "every promise was kept")  # noqa: T201 - a command
    return 1 if trouble else 0


def _played(wanted: Sequence[str], trouble: list[str]) -> Iterator[Happened]:
    with Course() as course:
        for fault in (fault for fault in FAULTS if fault.name in wanted):
            why = why_not((*fault.needs, *fault.setting.needs))
            if why is not None:
                trouble.append(f"{fault.name} cannot be played: {why}")
                continue
            try:
                happened = course.play(fault)
            except AssertionError as error:
                trouble.append(f"{fault.name}: {error}")
                continue
            print(f"{fault.name}: {happened.runs} runs, lost {happened.lost}", flush=True)  # noqa: T201 - a command
            yield happened


if __name__ == "__main__":
    sys.exit(main())
