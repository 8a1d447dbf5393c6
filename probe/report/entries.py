"""Entries of the catalogue as `paypath explain` shows them."""

from collections.abc import Sequence

from probe.catalogue.catalogue import Entry
from probe.report.paint import DEFAULT_WIDTH, Paint, paragraph, rows
from probe.report.words import ACTS, HOPS


def entry_to_dict(entry: Entry) -> dict[str, object]:
    """The entry as plain values, for one line of JSON."""
    return {
        "reason": entry.reason,
        "headline": entry.headline,
        "code": entry.code,
        "title": entry.title,
        "hop": entry.hop.value,
        "blame": entry.blame.value,
        "retryable": entry.retryable,
        "severity": entry.severity.value,
        "meaning": entry.meaning,
        "first_steps": list(entry.first_steps),
        "runbook": entry.runbook,
    }


def render_entry(entry: Entry, *, color: bool, width: int = DEFAULT_WIDTH) -> str:
    """One entry in full: what it means, who acts, what to do first, where the runbook is."""
    paint = Paint(color)
    pairs = [
        ("shown to customers", f"{entry.code} “{entry.title}”"),
        ("who acts", ACTS[entry.blame] + (", or it passes by itself" if entry.retryable else "")),
        ("hop", HOPS[entry.hop]),
        ("severity", entry.severity.value),
        ("runbook", entry.runbook),
    ]
    lines = [f"{paint.strong(entry.headline)} · {entry.reason}", *paragraph(entry.meaning, width=width), ""]
    for number, step in enumerate(entry.first_steps, start=1):
        lines += paragraph(step, width=width, indent="     ", first=f"  {number}. ")
    return "\n".join([*lines, "", *rows(pairs, width=width)])


def render_list(entries: Sequence[Entry], *, color: bool) -> str:
    """Many entries, one line each: code, reason, phrase."""
    paint = Paint(color)
    room = max((len(entry.reason) for entry in entries), default=0)
    return "\n".join(f"{entry.code}  {entry.reason:<{room}}  {paint.dim(entry.headline)}" for entry in entries)
