"""The inventory as one line with performance data, for Nagios, Icinga and whatever else runs its plugins."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from probe.classify.expiry import Judged, rungs_of
from probe.model.failure import Failure, Severity
from probe.model.watch import WatchedCertificate
from probe.report import nagios
from probe.report.certs import by_end, summed_up

_TOLD: Final = 3
_MEASURED: Final = 50
"""How many certificates have performance data, those that end first: a plugin's line must stay a line."""


def render(
    judged: Sequence[Judged],
    *,
    at: datetime,
    known: bool,
    unusable: Sequence[Failure] = (),
    interrupted: bool = False,
    hindered: Failure | None = None,
) -> tuple[str, int]:
    """The line without its newline, and its status: a page is critical, and so is an identity that cannot be used; a ticket is a warning.

    `known`: whether anything is known at all, also where none of it is asked about; `hindered`: what of ours kept us from asking somebody.
    """
    failures = [failure for _, standing in judged for failure in standing.failures]
    pages = [*unusable, *(failure for failure in failures if failure.severity is Severity.PAGE)]
    tickets = [failure for failure in failures if failure.severity is Severity.TICKET]
    if interrupted and not pages:
        return nagios.line(nagios.UNKNOWN, "interrupted; perhaps not everybody was asked"), nagios.UNKNOWN
    if hindered is not None and not pages:
        return nagios.line(nagios.UNKNOWN, _told([hindered]), _perfdata(judged, at)), nagios.UNKNOWN
    if pages or tickets:
        state = nagios.CRITICAL if pages else nagios.WARNING
        return nagios.line(state, _told(pages or tickets), _perfdata(judged, at)), state
    text = summed_up(judged, at) if known else "no certificate is known"
    state = nagios.OK if known else nagios.UNKNOWN
    return nagios.line(state, text, _perfdata(judged, at)), state


def _told(failures: Sequence[Failure]) -> str:
    more = [f"and {len(failures) - _TOLD} more"] if len(failures) > _TOLD else []
    return "; ".join([*map(nagios.named, failures[:_TOLD]), *more])


def _perfdata(judged: Sequence[Judged], at: datetime) -> str:
    """Seconds that are left, with the rungs as ranges: a warning below the first, critical below the first that pages."""
    measured: dict[str, str] = {}
    for entry, _ in by_end(judged):
        if entry.ends is None or len(measured) == _MEASURED:
            break
        rungs = rungs_of(entry)
        page = next(rung for rung in rungs if rung.severity is Severity.PAGE)
        left = round((entry.ends - at).total_seconds())
        measured.setdefault(_label(entry), f"{left}s;{rungs[0].left_s:.0f}:;{page.left_s:.0f}:")
    return " ".join(f"'{label}'={value}" for label, value in measured.items())


def _label(entry: WatchedCertificate) -> str:
    """Of several that share it the first to end is measured. Neither a quote nor an equals sign may stand in a label."""
    role = entry.certificate.role.value if entry.certificate is not None else ""
    place = f"{entry.name}@{entry.path}" if entry.path else entry.name
    return f"{role} {place}".replace("'", "_").replace("=", "_").replace("|", "_")
