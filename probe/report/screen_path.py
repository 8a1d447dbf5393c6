"""One path on a screen: where it stands, hop by hop, why, what to do first, and its scenarios."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from rich.text import Text

from probe.model.certificate import Certificate, SourceKind
from probe.model.failure import Failure
from probe.model.outcome import Failed, Passed
from probe.report.blocks import evidence_words, validity
from probe.report.board import Line, Tick
from probe.report.filling import filled
from probe.report.hops import HopShown, HopState
from probe.report.screen_fit import Row, Section
from probe.report.screen_text import (
    BAD,
    DIM,
    GOOD,
    INDENT,
    STRONG,
    WARN,
    beside,
    cell,
    counted,
    line,
    mark_of,
    padded,
    pair,
    wrapped,
)
from probe.report.shown import ANSWERS, HOP_MARKS, said
from probe.report.standing import PathStanding
from probe.report.words import SURE, acts, distance, first_steps, headline, hop, span, spoken_moment, took
from probe.verdict.window import Verdict

FirstSteps = Callable[[str], Sequence[str]]

MUST: Final = 0.0
"""Rank of what a person has to see at once: the answer, the worst path, where it breaks and why."""
SOON: Final = 1.0
"""What helps to act on it."""
NAMES: Final = 2.0
"""That other paths do not pass either."""
MORE: Final = 3.0
FAILING: Final = 4.0
"""Everything of another path that does not pass, and one more for each before it."""
PASSING: Final = 100.0
"""The names of paths that pass."""
OTHERS: Final = 200.0
"""Everything of another path that passes, likewise."""

VERDICTS: Final = {
    Verdict.HEALTHY: ("✓", GOOD),
    Verdict.DEGRADED: ("!", WARN),
    Verdict.FAILING: ("✗", BAD),
    Verdict.UNKNOWN: ("?", WARN),
}
"""Mark and style of a verdict."""
_HOPS: Final = {
    HopState.GOOD: GOOD,
    HopState.BAD: BAD,
    HopState.UNKNOWN: WARN,
    HopState.UNREACHED: DIM,
    HopState.UNTRIED: DIM,
}
_ARROW: Final = " → "
_TERMS: Final = 14
"""Columns for the names of particulars."""
_BARS: Final = "▁▂▃▄▅▆▇█"
_LONGEST_STRIP: Final = 60
_SHORTEST_STRIP: Final = 8
_BESIDE_STRIP: Final = 44
"""Columns of a scenario's line without its name and strip."""
_LONGEST_NAME: Final = 32
_MENDING: Final = 2
"""The step of the catalogue that mends, after the one that looks."""


def path_row(
    path: PathStanding,
    place: int,
    at: datetime,
    width: int,
    *,
    whole: bool = True,
    tell: bool = True,
    steps: FirstSteps = first_steps,
) -> Row:
    """One path, the `place`th of the screen: its name is shown first, the rest, where it is `whole`, as far as there is room.

    Of the worst one it is told, with `tell`, what is not shown of it.
    """
    passes = path.verdict is Verdict.HEALTHY
    worst = place == 0
    rank = MUST if worst else PASSING if passes else NAMES
    name = _name(path, at, width if worst else None)
    if not whole:
        return Row(rank, name)
    base = MUST if worst else place + (OTHERS if passes else FAILING)
    below = [_drawing(path, base, width)]
    if path.failure is not None:
        below += _explained(path, path.failure, base, at, width, steps=steps, tell=worst and tell)
    if path.latched is not None:
        below.insert(0, Section(rows=[Row(base, wrapped(f"Shut: {path.latched}", width, style=BAD))]))
    return Row(rank, name, (*below, _scenarios(path, base, at, width, tell=worst and tell)))


def _name(path: PathStanding, at: datetime, width: int | None) -> tuple[Text, ...]:
    """What fails is told on two lines where it is wider than `width`; None: it is cut off then."""
    mark, style = VERDICTS[path.verdict]
    head = line((f"{mark} ", style), (path.path, STRONG), "  ")
    if path.failure is not None:
        what = line(head, (f"{path.failure.code} {headline(path.failure)}", style))
        reason = line((path.failure.reason, style), (f" ({SURE[path.failure.confidence]})", DIM))
        whole = line(what, (" · ", style), reason)
        return (whole,) if width is None or whole.cell_len <= width else (what, line(INDENT, reason))
    until = path.forecast.valid_until if path.forecast is not None else None
    words = ANSWERS[path.verdict].lower() if path.verdict is not Verdict.UNKNOWN else "we cannot tell yet"
    if until is not None and path.verdict is Verdict.HEALTHY:
        words = f"{words} until {spoken_moment(until)}"
        return (line(head, (words, style), (f", {distance(until, at)}", DIM)),)
    return (line(head, (words, style)),)


def _drawing(path: PathStanding, base: float, width: int) -> Section:
    """The hops, with their times below them, or beside them on several lines where the screen is narrow."""
    shown = [_hop(each) for each in path.hops]
    times = [Text(took(each.took_s) if each.took_s is not None else "", DIM) for each in path.hops]
    rooms = [max(name.cell_len, time.cell_len) for name, time in zip(shown, times, strict=True)]
    rows: list[Row] = []
    if len(INDENT) + sum(rooms) + len(_ARROW) * (len(rooms) - 1) <= width:
        names = [padded(name, room) for name, room in zip(shown, rooms, strict=True)]
        rows.append(Row(base, (line(INDENT, beside(names, _ARROW)),)))
        if any(times):
            below = [padded(time, room) for time, room in zip(times, rooms, strict=True)]
            rows.append(Row(base + SOON, (line(INDENT, beside(below, " " * len(_ARROW))),)))
    else:
        both = [line(name, " ", time) if time else name for name, time in zip(shown, times, strict=True)]
        rows.append(Row(base, tuple(_folded(both, width))))
    detail = " · ".join(f"{each.name} {each.detail}" for each in path.hops if each.detail)
    if detail:
        rows.append(Row(base + MORE + 2, wrapped(detail, width, style=DIM)))
    return Section(rows=rows)


def _hop(shown: HopShown) -> Text:
    style = _HOPS[shown.state]
    return line((f"{HOP_MARKS[shown.state]} ", style), (shown.name, style if shown.state is not HopState.GOOD else ""))


def _folded(parts: Sequence[Text], width: int) -> list[Text]:
    """The parts behind arrows, in lines of at most `width` columns."""
    lines = [line(INDENT, parts[0])]
    for part in parts[1:]:
        if lines[-1].cell_len + len(_ARROW) + part.cell_len <= width:
            lines[-1] = line(lines[-1], (_ARROW, DIM), part)
        else:
            lines.append(line(INDENT, ("→ ", DIM), part))
    return lines


def _explained(
    path: PathStanding, failure: Failure, base: float, at: datetime, width: int, *, steps: FirstSteps, tell: bool
) -> list[Section]:
    """The sentence, the particulars, what to do first."""
    told = [Row(base, wrapped(failure.summary, width))]
    told += [Row(base + rank, pair(name, value, width, room=_TERMS)) for rank, name, value in _terms(path, failure, at)]
    todo = filled(steps(failure.reason), path.run, failure) if path.run is not None else tuple(steps(failure.reason))
    numbered = [
        Row(
            base + (SOON / 2 if number == 1 else MORE - 1 if number == _MENDING else MORE),
            wrapped(step, width, first=f"{INDENT}{number}. ", indent=f"{INDENT}   "),
        )
        for number, step in enumerate(todo, start=1)
    ]

    def more(omitted: Sequence[int]) -> Text:
        left = counted("more step", [(len(omitted), "", "")]).strip()
        return line(INDENT, (f"… and {left}: paypath explain {failure.reason}", DIM))

    runbook = Section(rows=[Row(base + MORE + 1, pair("runbook", failure.runbook, width, room=_TERMS))])
    closed = line(INDENT, (f"what to do first: paypath explain {failure.reason}", DIM))
    return [Section(rows=told), Section(rows=numbered, more=more, closed=closed if tell else None), runbook]


def _terms(path: PathStanding, failure: Failure, at: datetime) -> list[tuple[float, str, str]]:
    """Rank, name and value of each particular, as the page has them."""
    terms = _certificate(failure.certificate, at) if failure.certificate is not None else []
    if path.failing_since is not None:
        since = path.failing_since
        terms.append((SOON, "since", f"{spoken_moment(since)}, {distance(since, at)}"))
    terms.append((MUST, "who acts", acts(failure)))
    terms.append((MORE, "hop", hop(failure)))
    if known := evidence_words(failure.evidence):
        terms.append((MORE + 1, "evidence", known))
    if failure.also:
        terms.append((MORE, "also true", ", ".join(failure.also)))
    terms.append((MORE, "customers see", f"{failure.code} “{failure.title}”"))
    return terms


def _certificate(found: Certificate, at: datetime) -> list[tuple[float, str, str]]:
    serial = f", serial {found.serial}" if found.serial else ""
    date = validity(found, at)
    where = "seen at" if found.source.kind is SourceKind.WIRE else "file"
    return [
        (MUST, "certificate", f"{found.subject}{serial}"),
        (SOON, where, found.source.location),
        (SOON, *date),
    ]


def _scenarios(path: PathStanding, base: float, at: datetime, width: int, *, tell: bool) -> Section:
    """What fails first, each with its history."""
    lines = sorted(path.lines, key=_gravity)
    room = min(max((len(each.scenario.name) for each in lines), default=0), _LONGEST_NAME)
    strip = max(min(width - len(INDENT) - room - _BESIDE_STRIP, _LONGEST_STRIP), 0)
    rows = [
        Row(
            base + (SOON - 0.1 if number == 0 else MORE + 0.5),
            (_scenario(each, path, at, room=room, strip=strip if strip >= _SHORTEST_STRIP else 0),),
        )
        for number, each in enumerate(lines)
    ]

    def more(omitted: Sequence[int]) -> Text:
        return line(INDENT, (f"… and {_counted([lines[number] for number in omitted])}", DIM))

    closed = line(INDENT, (_counted(lines), DIM)) if tell else None
    return Section(rows=rows, more=more, closed=closed)


def _gravity(shown: Line) -> int:
    if shown.last is None:
        return 2
    match shown.last.outcome:
        case Failed():
            return 0
        case Passed():
            return 2
        case _:
            return 1


def _counted(lines: Sequence[Line]) -> str:
    words = (("that fails", "that fail"), ("that could not tell",) * 2, ("that does not fail", "that do not fail"))
    counts = [(sum(_gravity(each) == gravity for each in lines), *both) for gravity, both in enumerate(words)]
    return counted("scenario", counts)


def _scenario(shown: Line, path: PathStanding, at: datetime, *, room: int, strip: int) -> Text:
    """`✗ card-charge  ▁▁▁✗✗  91%  410 ms  2 s ago`, and what it says where the path has not said so."""
    last, ratio = shown.last, shown.ratio(at)
    mark, style = mark_of(last.outcome if last is not None else None, running=shown.running)
    parts = [line(INDENT, (f"{mark} ", style), padded(cell(shown.scenario.name), room))]
    if strip:
        parts.append(padded(_strip(list(shown.strip)[-strip:]), strip))
    parts.append(padded(cell(f"{ratio:.1%}" if ratio is not None else ""), 6, right=True))
    parts.append(padded(cell(took(last.duration_s) if last is not None else ""), 7, right=True))
    parts.append(padded(cell(f"{span(at - last.started_at)} ago" if last is not None else "not yet run", DIM), 15))
    same = path.failure is not None and shown.failure is not None and headline(path.failure) == headline(shown.failure)
    if last is not None and (shown.failure is not None or shown.not_begun is not None) and not same:
        parts.append(cell(said(shown), style))
    return beside(parts, "  ")


def _strip(ticks: Sequence[Tick]) -> Text:
    """A bar for each run that passed, as high as it took long among those shown; its mark for any other."""
    slowest = max((tick.duration_s for tick in ticks), default=0.0)
    strip = Text()
    for tick in ticks:
        mark, style = mark_of(tick.sample.outcome)
        if isinstance(tick.sample.outcome, Passed):
            mark = _BARS[round((len(_BARS) - 1) * tick.duration_s / slowest) if slowest else 0]
        strip.append(mark, style)
    return strip
