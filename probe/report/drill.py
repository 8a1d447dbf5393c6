"""How a drill went, for people: the timeline, beside the original incident's where there was one, and the table of all."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from probe.model.incident import PastIncident
from probe.report.incident import took
from probe.report.paint import BAD_MARK, OK_MARK, Paint

COLUMNS: Final = ("drill", "named", "detected", "named after", "paged", "recovered")
BEGIN: Final = "<!-- drills: written by `make drill` -->"
END: Final = "<!-- end of drills -->"
_NONE: Final = "–"


def verdict(name: str, problems: Sequence[str], *, took_s: float, color: bool) -> str:
    """The last line: it went well, or what did not."""
    paint = Paint(color)
    if not problems:
        return f"{paint.good(f'{OK_MARK} {name}')}: noticed, named right, and paged as it must be ({took(took_s)})"
    lines = [f"{paint.bad(f'{BAD_MARK} {name}')} ({took(took_s)})", *(f"  {problem}" for problem in problems)]
    return "\n".join(lines)


def beside(story: PastIncident, original: Mapping[str, float] | None) -> str:
    """How long everything took, and how long it had taken in the incident that this replays."""
    rows = [
        ("detected", story.seconds_to_detect, "detect"),
        ("named", story.seconds_to_name, "name"),
        ("paged", story.seconds_to_page, "page"),
        ("recovered", story.seconds_to_recover, "recover"),
    ]
    head = f"  {'':<10}  {'this drill':<14}" + ("  INC-5023, 2026-01-15" if original else "")
    lines = [head.rstrip()]
    for name, seconds, key in rows:
        then = f"  {took(original[key])}" if original else ""
        lines.append(f"  {name:<10}  {_spent(seconds):<14}{then}".rstrip())
    return "\n".join(lines)


def drill_table(results: Sequence[Mapping[str, Any]], *, on: date, machine: str) -> str:
    """A Markdown table from the objects that `paypath drill all --format json` prints, and when and on which `machine` they were measured."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    for found in results:
        cells = [
            f"`{found['drill']}`",
            f"`{found['named']}`" if found["named"] else "nothing fails",
            *(_spent(found[f"seconds_to_{key}"]) for key in ("detect", "name", "page", "recover")),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"Measured on {on.isoformat()}: {machine}."])


def replaced(document: str, table: str) -> str:
    """The document with the table between its markers. Raises ValueError where there are none."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _spent(seconds: float | None) -> str:
    return _NONE if seconds is None else took(max(0.0, seconds))
