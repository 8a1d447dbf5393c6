"""Change the pure rooms a little, one place at a time, and see whether a test of theirs notices: `make mutation`, with mutmut.

Works on a copy of the tree, and writes the figures into docs/mutation.md. A room's mutants meet the tests of that room alone: what only a
test of another folder would notice counts as unnoticed.
"""

import argparse
import collections
import contextlib
import pathlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from tests.fuzz.run import seconds_of
from tests.mutation.sieve import keep

ROOT: Final = pathlib.Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "mutation.md"
WORK: Final = ROOT / ".mutation"
BEGIN: Final = "<!-- figures: written by `make mutation` -->"
END: Final = "<!-- end of figures -->"
ROOMS: Final[Mapping[str, str]] = {
    "redact": "probe/redact/*",
    "checks": "probe/checks/*",
    "verdict": "probe/verdict/*",
    "classify": "probe/classify/*",
    "model": "probe/model/*",
    "catalogue": "probe/catalogue/*",
}
_COPIED: Final = (
    "probe",
    "tests",
    "scenarios",
    "docs",
    "benchmarks",
    "dashboards",
    "deploy",
    "README.md",
    "pyproject.toml",
)
_NEEDED: Final = ("scenarios", "docs", "benchmarks", "dashboards", "deploy", "README.md")
_PYTEST: Final = ("-p", "no:cacheprovider", "--deselect", "tests/classify/test_properties.py")
_SETTINGS: Final = """
[tool.mutmut]
source_paths = ["probe"]
only_mutate = ["{pattern}"]
# They write a list from Stripe's fixtures and a page, which tests compare whole.
do_not_mutate = ["probe/checks/livemode_types.py", "probe/catalogue/docs.py"]
also_copy = {needed}
pytest_add_cli_args_test_selection = ["tests/{room}"]
pytest_add_cli_args = {pytest}
timeout_multiplier = 5.0
"""
_STATUS: Final = re.compile(r"^\s*(probe\.[\w.ǁ]+): (\w[\w ]*)$", re.MULTILINE)
_NOTICED: Final = ("killed", "timeout", "suspicious", "segfault")
"""A mutant that never ends is noticed too."""


def main(arguments: Sequence[str] | None = None) -> int:
    """One room after the other; those that the time does not reach keep the figures of before."""
    parser = argparse.ArgumentParser(prog="make mutation")
    parser.add_argument("--for", dest="limit", default="2h", help="time for all rooms together: 10m, 2h")
    parser.add_argument("--room", action="append", choices=tuple(ROOMS), help="only this one; may be repeated")
    chosen = parser.parse_args(arguments)
    ends = time.monotonic() + seconds_of(chosen.limit)
    for room in chosen.room or ROOMS:
        said = _mutate(room, ends - time.monotonic())
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(with_row(text, row(room, said, datetime.now(UTC))), encoding="utf-8")  # noqa: TID251 - the day of the figures
        left = WORK / f"{room}.txt"
        left.write_text(
            "\n".join(f"{name}: {status}" for name, status in statuses(said).items() if status not in _NOTICED) + "\n"
        )
        print(row(room, said, datetime.now(UTC)), f"left: {left}")  # noqa: T201, TID251 - a command
    return 0


def statuses(said: str) -> dict[str, str]:
    """What became of each mutant, in the words of `mutmut results --all true`."""
    return dict(_STATUS.findall(said))


def row(room: str, said: str, now: datetime) -> str:
    """One line of the table."""
    counted = collections.Counter(statuses(said).values())
    tried = sum(count for status, count in counted.items() if status != "not checked")
    noticed = sum(counted[status] for status in _NOTICED)
    share = f"{noticed / tried:.1%}" if tried else "–"
    all_of = f"{tried:,}" if not counted["not checked"] else f"{tried:,} of {sum(counted.values()):,}"
    return f"| `{room}` | {now:%Y-%m-%d} | {all_of} | {noticed:,} | {tried - noticed:,} | {share} |"


def with_row(page: str, line: str) -> str:
    """The page with this row in place of the room's last one, or behind the others."""
    before, _, rest = page.partition(BEGIN + "\n")
    table, _, after = rest.partition(END)
    room = line.split(" | ", maxsplit=1)[0]
    rows = table.splitlines()
    places = [index for index, each in enumerate(rows) if each.split(" | ")[0] == room]
    rows = [line if index in places else each for index, each in enumerate(rows)] if places else [*rows, line]
    return "\n".join([before + BEGIN, *rows, END]) + after


def _mutate(room: str, limit_s: float) -> str:
    """Mutmut over one room, in a copy; what it says of every mutant, also where the time ended it."""
    work = WORK / room
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name in _COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, work / name)
    with (work / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write(_SETTINGS.format(room=room, pattern=ROOMS[room], needed=list(_NEEDED), pytest=list(_PYTEST)))
    mutmut, ends = [sys.executable, "-m", "mutmut"], time.monotonic() + limit_s
    sieve, noticed = [sys.executable, "-m", "tests.mutation.sieve"], work / "noticed.txt"
    noticed.touch()
    _run(sieve, work, ends)
    _run([*sieve, str(noticed), f"tests/{room}", *_PYTEST], work / "mutants", ends)
    keep(work / "mutants", noticed.read_text(encoding="utf-8"))
    _run([*mutmut, "run", "--max-children", "1"], work, ends)
    keep(
        work / "mutants", noticed.read_text(encoding="utf-8"), all_of_it=True
    )  # where no time was left for mutmut itself
    return subprocess.run(
        [*mutmut, "results", "--all", "true"], cwd=work, capture_output=True, text=True, check=True
    ).stdout


def _run(command: Sequence[str], where: pathlib.Path, ends: float) -> None:
    """One command as far as the time goes: what has been tried by then is in files."""
    with contextlib.suppress(subprocess.TimeoutExpired), (WORK / "log").open("ab") as log:
        subprocess.run(
            command, cwd=where, stdout=log, stderr=log, timeout=max(ends - time.monotonic(), 1.0), check=False
        )


if __name__ == "__main__":
    sys.exit(main())
