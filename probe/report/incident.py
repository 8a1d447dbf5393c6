"""Incidents for people: on a terminal, and as Markdown for the post-mortem."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from probe.catalogue.catalogue import load
from probe.model.incident import PastIncident, TimelineEvent
from probe.report.paint import Paint, paragraph, rows
from probe.report.words import phrase, printable, span, spoken_moment

_WHAT: Final = {
    "first_failure": "first failure",
    "named": "named",
    "page": "page",
    "rotation": "rotation",
    "first_success": "first success",
    "recovered": "recovered",
}


def render_incidents(
    found: Sequence[PastIncident], *, since: datetime, until: datetime, runs: int, color: bool, width: int
) -> str:
    """Each incident with its timeline; that nothing happened, where nothing did. Ends without a newline."""
    paint = Paint(color)
    head = _head(found, since=since, until=until, runs=runs)
    if not found:
        return paint.good(head) if runs else paint.warn(head)
    blocks = [[head], *(_block(each, paint, until=until, width=width) for each in found)]
    return "\n\n".join("\n".join(block) for block in blocks)


def markdown(found: Sequence[PastIncident], *, since: datetime, until: datetime, runs: int) -> str:
    """The same as Markdown. Ends without a newline."""
    parts = [f"# Incident report\n\n{_head(found, since=since, until=until, runs=runs)}"]
    parts += [_section(each, until=until) for each in found]
    return "\n\n".join(parts)


def timings(found: PastIncident) -> list[tuple[str, str]]:
    """How long everything took, and what it cost, as names and values."""
    most = "" if found.began_exactly else "at most "
    spans = [
        ("detected", found.seconds_to_detect, ""),
        ("named", found.seconds_to_name, ""),
        ("paged", found.seconds_to_page, "nobody was paged"),
        ("recovered", found.seconds_to_recover, "not yet" if found.recovered_at is None else ""),
    ]
    told = [(name, _after(most, seconds, other)) for name, seconds, other in spans]
    count = found.runs_unknown if found.outcome == "unknown" else found.runs_failed
    what = "could not tell" if found.outcome == "unknown" else "runs failed"
    return [*told, (what, f"{count} of {', '.join(found.scenarios)}")]


def took(seconds: float) -> str:
    """`0.4 seconds`, `12 seconds`, `47 minutes`."""
    return f"{seconds:.1f} seconds" if seconds < 10 else span(timedelta(seconds=seconds))  # noqa: PLR2004 - one digit


def _after(most: str, seconds: float | None, other: str) -> str:
    if seconds is None:
        return other or "after a time that is not known: nothing ran before it"
    return f"after {most}{took(max(0.0, seconds))}"


def _head(found: Sequence[PastIncident], *, since: datetime, until: datetime, runs: int) -> str:
    over = f"between {spoken_moment(since)} and {spoken_moment(until)}"
    if not runs:
        return f"Nothing was recorded {over}: nothing ran, or it ran with another state directory."
    counted = f"{runs} run{'' if runs == 1 else 's'}"
    if not found:
        return f"Nothing failed {over}: {counted}, and all that could tell passed."
    return f"{len(found)} incident{'' if len(found) == 1 else 's'} in {counted} {over}."


def _block(found: PastIncident, paint: Paint, *, until: datetime, width: int) -> list[str]:
    unknown = found.outcome == "unknown"
    word = paint.warn("COULD NOT TELL") if unknown else paint.bad("FAILED")
    day = found.detected_at.date()
    return [
        f"{word} {_named(found)}",
        paint.dim(f"path {printable(found.path)} · {_stretch(found, until)}"),
        "",
        *paragraph(printable(found.summary), width=width),
        "",
        *rows(timings(found), width=width),
        "",
        *(line for event in found.timeline for line in _line(event, paint, day_of=day, width=width)),
    ]


def _line(event: TimelineEvent, paint: Paint, *, day_of: object, width: int) -> list[str]:
    at = f"{event.at:%H:%M:%S}" if event.at.date() == day_of else f"{event.at:%m-%d %H:%M:%S}"
    first = f"  {at}  {_WHAT[event.event]:<13}  "
    lines = paragraph(printable(event.text), width=width, indent=" " * len(first), first=first)
    return [paint.strong(lines[0]), *lines[1:]] if event.event == "named" else lines


def _named(found: PastIncident) -> str:
    """Code, headline, reason, and how sure it is."""
    code = f"{found.code} · " if found.code else ""
    return f"{code}{phrase(found.reason)} · {found.reason} ({found.confidence})"


def _stretch(found: PastIncident, until: datetime) -> str:
    began = found.began_at if found.began_at is not None and found.began_exactly else found.detected_at
    if found.recovered_at is None:
        return f"{spoken_moment(began)}, and still at {spoken_moment(until)}"
    return f"{spoken_moment(began)} to {spoken_moment(found.recovered_at)} ({span(found.recovered_at - began)})"


def _section(found: PastIncident, *, until: datetime) -> str:
    """One incident: what it was, how long it took, the timeline, and where the runbook is."""
    title = "could not tell" if found.outcome == "unknown" else "failed"
    table = ["| | |", "|---|---|", *(f"| {name} | {_cell(value)} |" for name, value in timings(found))]
    lines = ["| UTC | what | code | reason | |", "|---|---|---|---|---|"]
    lines += [
        f"| {event.at:%Y-%m-%d %H:%M:%S} | {_WHAT[event.event]} | {event.code or ''} | {event.reason or ''} | {_cell(event.text)} |"
        for event in found.timeline
    ]
    catalogue = load()
    runbook = catalogue.entry(found.reason).runbook if found.reason in catalogue else ""
    parts = [
        f"## Path {_cell(found.path)} {title}: {_cell(_named(found))}",
        f"{_stretch(found, until)}.",
        _cell(found.summary),
        "\n".join(table),
        "### Timeline",
        "\n".join(lines),
        *([f"Runbook: [{runbook}]({runbook})"] if runbook else []),
    ]
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    """Text that breaks no table and is no mark-up."""
    shown = printable(text)
    for sign in ("\\", "|", "*", "_", "<", "[", "`"):
        shown = shown.replace(sign, f"\\{sign}")
    return shown
