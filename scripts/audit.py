"""Ask whether a locked release has a known weakness: `make audit`, which makes 2 of any status but 0.

Status 0: every release was asked for, and none has one. 1: one has. 3: the advisories could not be asked, wholly or in part; with
`--where-possible` that is said as loudly, and the status is 0, for machines without a network.

pip-audit itself ends with 0 and "No known vulnerabilities found" where a mirror knows none of the packages: it skips them. Here that is no answer.
"""

import json
import pathlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ROOT: Final = pathlib.Path(__file__).resolve().parent.parent
LOCK: Final = "requirements-dev.txt"
"""Holds the pins of the smaller locks too, hash for hash."""
LIMIT_S: Final = 600
FOUND, NOT_ASKED = 1, 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What pip-audit found."""

    known: tuple[str, ...] = ()
    """One line for each advisory."""
    asked: int = 0
    """Releases whose advisories were looked up."""
    not_asked: tuple[str, ...] = ()
    """Releases that could not be, or why nothing could be."""


def main(arguments: Sequence[str], *, program: Sequence[str]) -> int:
    """Ask with `program` (pip-audit, or what stands for it), and say what came of it."""
    where_possible = "--where-possible" in arguments
    answer = ask([*program, *(word for word in arguments if word != "--where-possible")])
    if answer.known:
        many = f"{len(answer.known)} known weaknesses: raise these releases with `make lock ARGS=--upgrade`"
        sys.stderr.write("\n".join([*answer.known, f"audit: {many}"]) + "\n")
        return FOUND
    if answer.not_asked:
        few = ", ".join(answer.not_asked[:3]) + (", …" if len(answer.not_asked) > 3 else "")  # noqa: PLR2004 - a few
        of = (
            f" {len(answer.not_asked)} of {answer.asked + len(answer.not_asked)} releases"
            if answer.asked
            else " the releases"
        )
        sys.stderr.write(f"audit: NOT AUDITED: advisories of{of} could not be asked ({few})\n")
        return 0 if where_possible else NOT_ASKED
    sys.stdout.write(f"audit: {answer.asked} releases of {LOCK}, no known weakness\n")
    return 0


def ask(command: Sequence[str]) -> Answer:
    """One run of pip-audit over the lock: nothing is resolved or installed, each release is looked up as it is locked."""
    words = [
        "--requirement",
        str(ROOT / LOCK),
        "--require-hashes",
        "--disable-pip",
        "--progress-spinner=off",
        "--format=json",
    ]
    try:
        done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=LIMIT_S, check=False)  # noqa: S603 - our own words
    except subprocess.TimeoutExpired:
        return Answer(not_asked=(f"no answer within {LIMIT_S} seconds",))
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Answer(not_asked=(done.stderr.strip().rpartition("\n")[2] or f"status {done.returncode}",))
    return read(dependencies)


def read(dependencies: Sequence[Mapping[str, Any]]) -> Answer:
    """The answer in pip-audit's JSON."""
    skipped = tuple(each["name"] for each in dependencies if "skip_reason" in each)
    known = tuple(
        f"{each['name']} {each['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'no release yet'}"
        for each in dependencies
        for found in each.get("vulns", ())
    )
    return Answer(known=known, asked=len(dependencies) - len(skipped), not_asked=skipped)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], program=[sys.executable, "-m", "pip_audit"]))
