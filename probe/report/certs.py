"""The inventory as a table: what ends first stands first; one line each, or two where the terminal is narrow."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import Final, NamedTuple

from probe.classify.expiry import Judged, Standing
from probe.model.failure import Failure, Severity
from probe.model.reliance import authority
from probe.model.watch import Held, WatchedCertificate
from probe.report.advice import advice
from probe.report.paint import BAD_MARK, NOT_MARK, OK_MARK, WARN_MARK, Paint, paragraph
from probe.report.status import COULD_NOT_TELL, HEALTHY, PATH_FAILED
from probe.report.watched import place_of
from probe.report.words import distance, printable, span

_CELLS: Final = 10
_FULL, _EMPTY, _PARTS = "█", "░", "▏▎▍▌▋▊▉"
_GAP: Final = "  "
_LONGEST_NAME: Final = 44
_STALE: Final = timedelta(hours=1)
"""What was seen longer ago than this is shown with when it was."""
_HEADINGS: Final = ("role", "name", "days left", "where", "managed", "what to do")
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class CertificateRow(NamedTuple):
    """One certificate as texts, in the order of the columns."""

    role: str
    name: str
    left: str
    where: str
    managed: str
    to_do: str


def by_end(judged: Sequence[Judged]) -> list[Judged]:
    """What ends first stands first, ours before theirs; what is not known comes last, next to the prompt."""
    return sorted(judged, key=lambda pair: (pair[0].ends or _NEVER, not pair[0].ours, pair[0].path or "", pair[0].name))


def render_certs(
    judged: Sequence[Judged], *, at: datetime, color: bool, width: int | None, unreached: Collection[str] = ()
) -> str:
    """The table, without a newline at its end. `width` in columns; None: nobody looks at a terminal, so nothing is cut or drawn.

    Of the other side of paths that are `unreached` now it always says when it was seen.
    """
    ordered = by_end(judged)
    paint = Paint(color)
    several = len({entry.path for entry, _ in ordered if entry.path}) > 1
    rows = [
        certificate_row(entry, standing, at, bar=width is not None, several=several, old=entry.path in unreached)
        for entry, standing in ordered
    ]
    marks = [_mark(standing) for _, standing in ordered]
    if width is None or _needs(rows, _HEADINGS) <= width:
        return "\n".join(_lines(rows, marks, _HEADINGS, paint))
    if _needs(rows, _HEADINGS[:-1]) <= width:
        heading, *lines = _lines(rows, marks, _HEADINGS[:-1], paint)
        below = [[line, *_to_do(row, width)] for line, row in zip(lines, rows, strict=True)]
        return "\n".join([heading, *(line for block in below for line in block)])
    return "\n".join(line for row, mark in zip(rows, marks, strict=True) for line in _stacked(row, mark, paint, width))


def summed_up(judged: Sequence[Judged], at: datetime) -> str:
    """One sentence for below the table: how many, how many need somebody, what ends first."""
    count = f"{len(judged)} certificate{'' if len(judged) == 1 else 's'}"
    grave = [sum(standing.severity is kind for _, standing in judged) for kind in (Severity.PAGE, Severity.TICKET)]
    told = [f"{number} {word}" for number, word in zip(grave, ("urgent", "to look at"), strict=True) if number]
    ends = [entry.ends for entry, standing in judged if entry.ends is not None]
    first = f"; the first {'ended' if min(ends) < at else 'ends'} {distance(min(ends), at)}" if ends else ""
    return f"{count}{': ' if told else ''}{', '.join(told)}{first}"


def certificates_status(shown: Sequence[Judged], known: Sequence[Judged], unusable: Collection[Failure] = ()) -> int:
    """1 where one of those `shown` is expired or inside a rung that pages, or an identity cannot be used; 3 where none is known at all."""
    if unusable or any(standing.severity is Severity.PAGE for _, standing in shown):
        return PATH_FAILED
    return HEALTHY if any(entry.certificate is not None for entry, _ in known) else COULD_NOT_TELL


def _needs(rows: Sequence[CertificateRow], headings: Sequence[str]) -> int:
    """Columns of a terminal; the first columns of the rows are shown."""
    widths = _widths(rows, headings)
    return 2 + sum(widths) + len(_GAP) * (len(widths) - 1)


def _widths(rows: Sequence[CertificateRow], headings: Sequence[str]) -> list[int]:
    return [
        max(len(cell) for cell in column)
        for column in zip(headings, *(row[: len(headings)] for row in rows), strict=True)
    ]


def certificate_row(
    entry: WatchedCertificate, standing: Standing, at: datetime, *, bar: bool, several: bool, old: bool = False
) -> CertificateRow:
    """Its cells. `bar` draws what is left of its life, `several` names its path, `old` says when it was seen although that was lately."""
    found = entry.certificate
    return CertificateRow(
        role=found.role.value if found is not None else "?",
        name=_name(entry, several=several),
        left=_left(entry, at, bar=bar),
        where=_where(entry, at, old=old),
        managed=_managed(entry),
        to_do=printable(advice(entry, standing)),
    )


def _name(entry: WatchedCertificate, *, several: bool) -> str:
    """The entry's name, with the subject where it is no leaf, and the path where there are several.

    Of a watched file its last part: all of it stands under `where`.
    """
    name = printable(PurePath(entry.name).name if entry.name == place_of(entry).location else entry.name)
    if entry.certificate is not None and authority(entry):
        name = f"{name}: {printable(entry.certificate.subject)}"
    if several and entry.path and entry.path != entry.name:
        name = f"{printable(entry.path)} / {name}"
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME // 2]}…{name[1 - _LONGEST_NAME // 2 :]}"


def _where(entry: WatchedCertificate, at: datetime, *, old: bool) -> str:
    place = printable(place_of(entry).location)
    seen = entry.last_seen
    remembered = old and entry.only_held_as(Held.PEER, Held.PROXY, Held.UPSTREAM, Held.STAPLE)
    return place if seen is None or (at - seen < _STALE and not remembered) else f"{place} (seen {distance(seen, at)})"


def _left(entry: WatchedCertificate, at: datetime, *, bar: bool) -> str:
    if entry.certificate is None or entry.ends is None:
        return "not known"
    left = entry.ends - at
    text = span(left) if left >= timedelta() else f"expired {distance(entry.ends, at)}"
    if entry.certificate.not_yet_valid(at):
        text = f"valid {distance(entry.certificate.not_before, at)}"
    held = "old one may be in use" if entry.use_unseen else "old one in use"
    in_use = f" ({held})" if entry.ends != entry.certificate.not_after else ""
    if not bar:
        return f"{text}{in_use}"
    lifetime = entry.certificate.not_after - entry.certificate.not_before
    return f"{_bar(left / lifetime if lifetime else 0.0)} {text}{in_use}"


def _bar(part: float) -> str:
    """What is left of its life, in eighths of a cell."""
    eighths = round(min(max(part, 0.0), 1.0) * _CELLS * 8)
    full, rest = divmod(eighths, 8)
    drawn = _FULL * full + (_PARTS[rest - 1] if rest else "")
    return drawn + _EMPTY * (_CELLS - len(drawn))


def _managed(entry: WatchedCertificate) -> str:
    """`–` for what is not ours to renew; a claim that is not proven has a question mark."""
    if not entry.ours:
        return NOT_MARK
    care = entry.care
    if care.managed_by is None:
        return "no"
    proven = care.proof is not None and care.proof.proven
    return printable(care.managed_by) + ("" if proven else "?")


def _mark(standing: Standing) -> str:
    return {Severity.PAGE: BAD_MARK, Severity.TICKET: WARN_MARK, Severity.NONE: OK_MARK}[standing.severity]


def _lines(rows: Sequence[CertificateRow], marks: Sequence[str], headings: Sequence[str], paint: Paint) -> list[str]:
    widths = _widths(rows, headings)
    texts = [_GAP.join(f"{cell:<{room}}" for cell, room in zip(row, widths, strict=False)).rstrip() for row in rows]
    heading = _GAP.join(f"{word:<{room}}" for word, room in zip(headings, widths, strict=True)).rstrip()
    shown = [_painted(f"{mark} {text}", mark, paint) for text, mark in zip(texts, marks, strict=True)]
    return [paint.strong(f"  {heading}"), *shown]


def _stacked(row: CertificateRow, mark: str, paint: Paint, width: int) -> list[str]:
    first = paragraph(f"{row.left}{_GAP}{row.role}{_GAP}{row.name}", width=width, indent="    ", first=f"{mark} ")
    rest = [row.where] if row.managed == NOT_MARK else [row.where, f"managed: {row.managed}"]
    lines = [_painted(line, mark, paint) for line in first]
    lines += [paint.dim(line) for line in paragraph(" · ".join(rest), width=width, indent="    ")]
    return lines + _to_do(row, width)


def _to_do(row: CertificateRow, width: int) -> list[str]:
    return paragraph(f"→ {row.to_do}", width=width, indent="    ") if row.to_do else []


def _painted(line: str, mark: str, paint: Paint) -> str:
    return {BAD_MARK: paint.bad, WARN_MARK: paint.warn}.get(mark, str)(line)
