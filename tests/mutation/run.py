"""Change the pure rooms a little, one place at a time, and see whether a test of theirs notices: `make mutation`, with mutmut.

Works on a copy of the tree, and writes the figures of each file that it tried into docs/mutation.md. A room's mutants meet the tests of that
room alone: what only a test of another folder would notice counts as unnoticed.
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from tests.fuzz.run import seconds_of
from tests.mutation.figures import (
    NOTICED,
    Row,
    content_of,
    file_of,
    read,
    rows_of,
    statuses,
    still_surviving,
    with_rows,
)
from tests.mutation.sieve import MUTANT, keep, names_in

ROOT: Final = pathlib.Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "mutation.md"
WORK: Final = ROOT / ".mutation"
EXPLAINED: Final = pathlib.Path(__file__).with_name("explained.txt")
ROOMS: Final = ("redact", "checks", "verdict", "classify", "model", "catalogue")
_NOT_MUTATED: Final = ("checks/livemode_types", "catalogue/docs")
"""They write a list from Stripe's fixtures and a page, which tests compare whole."""
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
_PYTEST: Final = ("--deselect", "tests/classify/test_properties.py")
_ONE_S: Final = 300.0
"""What pytest may take for one change; longer, and it never ends."""
_SETTINGS: Final = """
[tool.mutmut]
source_paths = ["probe"]
only_mutate = {patterns}
also_copy = {needed}
pytest_add_cli_args_test_selection = ["tests/{room}"]
pytest_add_cli_args = {pytest}
timeout_multiplier = 5.0
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """One room after the other; files that the time does not reach keep the figures of before."""
    known = files()
    parser = argparse.ArgumentParser(prog="make mutation")
    parser.add_argument("--for", dest="limit", default="2h", help="time for all rooms together: 10m, 2h")
    parser.add_argument("--room", action="append", choices=ROOMS, help="only this one; may be repeated")
    parser.add_argument(
        "--file", action="append", metavar="ROOM/MODULE", help="only this one, as classify/whose; may be repeated"
    )
    parser.add_argument("--changed", action="store_true", help="only files that have changed since they were tried")
    parser.add_argument("--count", action="store_true", help="try nothing; count again what is explained")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.file or ()).difference(*known.values())
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}: ROOM/MODULE, as classify/whose")
    ends = time.monotonic() + seconds_of(chosen.limit)
    if chosen.count:
        _write({})
        return 0
    for room in chosen.room or ROOMS:
        wanted = set(known[room]) & set(chosen.file or known[room])
        wanted -= _as_they_were() if chosen.changed else set()
        if wanted:
            _look_at(room, sorted(wanted), ends - time.monotonic())
    return 0


def files() -> dict[str, list[str]]:
    """Room and module of each file that is changed, by room."""
    return {
        room: sorted(
            f"{room}/{path.stem}"
            for path in (ROOT / "probe" / room).glob("*.py")
            if path.stem != "__init__" and f"{room}/{path.stem}" not in _NOT_MUTATED
        )
        for room in ROOMS
    }


def explained() -> dict[str, str]:
    """Why each change that no test notices may stay so: its kind in docs/mutation.md, by mutmut's name of it."""
    return dict(line.split() for line in EXPLAINED.read_text(encoding="utf-8").splitlines())


def _as_they_were() -> set[str]:
    rows = read(PAGE.read_text(encoding="utf-8"))
    return {
        file
        for each in files().values()
        for file in each
        if file in rows and rows[file].content == content_of(ROOT / "probe" / f"{file}.py")
    }


def _look_at(room: str, wanted: Collection[str], limit_s: float) -> None:
    """Try the changes of these files, and write down what became of them."""
    contents = {file: content_of(ROOT / "probe" / f"{file}.py") for file in wanted}
    said = statuses(_mutate(room, wanted, limit_s))
    rows = rows_of(said, contents, datetime.now(UTC).date())  # noqa: TID251 - the day of the figures
    kept = still_surviving(explained(), said, rows)
    EXPLAINED.write_text("".join(f"{name} {kind}\n" for name, kind in sorted(kept.items())), encoding="utf-8")
    _write(rows)
    left = WORK / f"{room}.txt"
    lines = [f"{name}: {kept.get(name, status)}" for name, status in said.items() if status not in NOTICED]
    left.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tried, noticed = sum(row.tried for row in rows.values()), sum(row.noticed for row in rows.values())
    print(f"{room}: {len(rows)} files, {tried:,} changes tried, {noticed:,} noticed; left: {left}")  # noqa: T201 - a command


def _write(rows: Mapping[str, Row]) -> None:
    PAGE.write_text(with_rows(PAGE.read_text(encoding="utf-8"), rows, files(), explained()), encoding="utf-8")


def _mutate(room: str, wanted: Collection[str], limit_s: float) -> str:
    """Mutmut over these files, in a copy; what it says of every mutant, also where the time ended it."""
    work = WORK / room
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name in _COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, work / name)
    patterns = [f"probe/{file}.py" for file in wanted]
    with (work / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write(_SETTINGS.format(room=room, patterns=patterns, needed=list(_NEEDED), pytest=list(_PYTEST)))
    mutmut, ends = [sys.executable, "-m", "mutmut"], time.monotonic() + limit_s
    sieve, noticed = [sys.executable, "-m", "tests.mutation.sieve"], work / "noticed.txt"
    noticed.touch()
    _run(sieve, work, ends)
    _run([*sieve, str(noticed), f"tests/{room}", *_PYTEST], work / "mutants", ends)
    _start_anew(work / "mutants", noticed, room, ends)
    keep(work / "mutants", noticed.read_text(encoding="utf-8"))
    return subprocess.run(
        [*mutmut, "results", "--all", "true"], cwd=work, capture_output=True, text=True, check=True
    ).stdout


def _start_anew(mutants: pathlib.Path, noticed: pathlib.Path, room: str, ends: float) -> None:
    """For what acts while modules are imported, or what no test reaches: pytest from the beginning for each change."""
    tried = {line.split()[0] for line in noticed.read_text(encoding="utf-8").splitlines()}
    for name in names_in(mutants):
        if name not in tried and time.monotonic() < ends:
            one = min(ends, time.monotonic() + _ONE_S)
            tests = nearest(f"test_{file_of(name).partition('/')[2]}", (mutants / "tests" / room).glob("test_*.py"))
            passed = _run([sys.executable, "-m", "pytest", "-x", "-q", *tests, *_PYTEST], mutants, one, name)
            with noticed.open("a", encoding="utf-8") as results:
                results.write(f"{name} {0 if passed else 1}\n")


def nearest(stem: str, tests: Iterable[pathlib.Path]) -> list[str]:
    """The files of tests, those first whose name `stem` begins with: what notices something should not come last."""
    return [str(path) for path in sorted(tests, key=lambda path: (not stem.startswith(path.stem), path))]


def _run(command: Sequence[str], where: pathlib.Path, ends: float, mutant: str = "") -> bool:
    """One command as far as the time goes, and whether it ended well: what has been tried by then is in files."""
    with (WORK / "log").open("ab") as log, contextlib.suppress(subprocess.TimeoutExpired):
        done = subprocess.run(
            command,
            cwd=where,
            env=os.environ | {MUTANT: mutant},
            stdout=log,
            stderr=log,
            timeout=max(ends - time.monotonic(), 1.0),
            check=False,
        )
        return done.returncode == 0
    return False


if __name__ == "__main__":
    sys.exit(main())
