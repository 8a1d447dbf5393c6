"""Certificates and events on a screen."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rich.text import Text

from probe.classify.expiry import Judged
from probe.model.failure import Severity
from probe.report.board import Event, EventKind
from probe.report.certs import CertificateRow, by_end, certificate_row, summed_up
from probe.report.screen_fit import Row, Section
from probe.report.screen_path import MORE, PASSING
from probe.report.screen_text import BAD, DIM, GOOD, STRONG, WARN, line, padded

_SEVERITIES: Final = {Severity.PAGE: ("✗", BAD), Severity.TICKET: ("!", WARN), Severity.NONE: ("✓", GOOD)}
_KINDS: Final = {
    EventKind.FAILED: ("✗", BAD),
    EventKind.CHANGED: ("✗", BAD),
    EventKind.UNKNOWN: ("?", WARN),
    EventKind.RECOVERED: ("✓", GOOD),
    EventKind.ROTATION: ("·", ""),
    EventKind.RELOAD: ("·", ""),
    EventKind.NOTE: ("·", ""),
}
_MOST: Final = 100
"""No screen has more lines for them."""
_ROOM_FOR_BARS: Final = 130
_SHORTEST: Final = 12
"""Columns in which the end of a place says something."""
_BESIDE_NAME: Final = 56
"""Columns of a certificate's line without its name."""
_AT_ONCE: Final = 2
"""Rows that come before the less important ones of a path."""


def certificates(judged: Sequence[Judged], at: datetime, width: int, most: int) -> Section:
    """What ends first on top, and at most so many lines."""
    ordered = by_end(judged)[:most]
    several = len({entry.path for entry, _ in ordered if entry.path}) > 1
    told = [
        certificate_row(entry, standing, at, bar=width >= _ROOM_FOR_BARS, several=several)
        for entry, standing in ordered
    ]
    most_columns = (width, width, max(width - _BESIDE_NAME, _SHORTEST))
    rooms = [
        min(max((len(_first_cells(row)[column]) for row in told), default=0), most)
        for column, most in enumerate(most_columns)
    ]
    rows = []
    for number, ((_, standing), row) in enumerate(zip(ordered, told, strict=True)):
        mark, style = _SEVERITIES[standing.severity]
        first = [padded(line((word, style)), room) for word, room in zip(_first_cells(row), rooms, strict=True)]
        managed = "" if row.managed in {"–", ""} else f"managed: {row.managed}  "
        text = line((f"{mark} ", style), Text("  ").join(first), "  ", (managed, DIM))
        text = line(text, (_tail(row.where, width - text.cell_len), DIM))
        urgent = standing.severity is not Severity.NONE
        rows.append(Row(_rank(number, urgent=urgent), (text,)))

    def heading(omitted: int) -> Text:
        later = omitted + len(judged) - len(ordered)
        left = f"  {later} more end{'s' if later == 1 else ''} later" if later else ""
        return line(("Certificates, what ends first on top", STRONG), (left, DIM))

    closed = line((summed_up(judged, at), DIM)) if judged else None
    return Section(rows=rows, heading=heading, closed=closed, apart=True)


def _first_cells(row: CertificateRow) -> tuple[str, str, str]:
    return row.left, row.role, row.name


def _tail(where: str, room: int) -> str:
    """Its end, which tells more than how it begins, where it is too long."""
    return where if len(where) <= room or room < _SHORTEST else f"…{where[1 - room :]}"


def events(found: Sequence[Event], at: datetime, *, several: bool) -> Section:
    """What happened lately, the newest first; with its path where there are `several`."""
    rows = []
    for number, event in enumerate(list(reversed(found))[:_MOST]):
        mark, style = _KINDS[event.kind]
        about = " on ".join(part for part in (event.scenario, event.path if several else None) if part)
        words = event.kind.value.replace("_", " ")
        text = line(
            (f"{mark} ", style),
            (f"{_clock(event.at, at)}  ", DIM),
            (f"{words}  ", STRONG),
            f"{about}: " if about else "",
            event.headline,
        )
        rows.append(Row(_rank(number, urgent=False), (text,)))

    def heading(omitted: int) -> Text:
        left = f"  {omitted + max(0, len(found) - _MOST)} before these" if omitted else ""
        return line(("What happened lately, the newest first", STRONG), (left, DIM))

    closed = (
        line((f"{len(found)} event{'' if len(found) == 1 else 's'}; the last: {found[-1].headline}", DIM))
        if found
        else None
    )
    return Section(rows=rows, heading=heading, closed=closed, apart=True)


def _rank(number: int, *, urgent: bool) -> float:
    """The first few before the rest of the worst path's particulars, the others after the names of all paths."""
    if number < _AT_ONCE:
        return MORE - (0.5 if urgent else 0.0) + 0.2 * number
    return PASSING + number


def _clock(moment_at: datetime, now: datetime) -> str:
    """The time of the day, with the day where that is another."""
    at, today = moment_at.astimezone(UTC), now.astimezone(UTC)
    return f"{at:%H:%M:%S}" if at.date() == today.date() else f"{at:%Y-%m-%d %H:%M:%S}"
