"""One screen of `paypath run`: whether money can flow, and if not, why, as the status page says it. As large as the terminal is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from rich.text import Text

from probe.report.screen_fit import Row, Section, fit
from probe.report.screen_lists import certificates, events
from probe.report.screen_path import MORE, MUST, SOON, VERDICTS, path_row
from probe.report.screen_text import BAD, DIM, WARN, counted, cut, line, wrapped
from probe.report.shown import ANSWERS, Shown, why
from probe.report.standing import PathStanding, overall
from probe.report.words import span, spoken_moment
from probe.verdict.window import Verdict

_GAP: Final = " · "
_LOW: Final = 8
"""Lines below which it has none."""
_ROOMY: Final = 16
"""Lines below which there is nothing but the answer and the paths."""
_LEAST_PATH: Final = 4
"""Lines of the shortest drawing of a path."""
_TALL: Final = 30
"""Lines from which the footer may have more than one."""


def draw(
    shown: Shown,
    *,
    width: int,
    height: int,
    footer: Sequence[str] = (),
    remarks: Sequence[str] = (),
    still_s: float | None = None,
) -> list[Text]:
    """At most `height` lines of at most `width` columns.

    `footer` are the parts of the lowest line, the most important first; `remarks` what was said on stderr, the newest last;
    `still_s` for how many seconds nothing new has come from the probe, where that is longer than it should be.
    """
    low = _footer(footer, width)[: 0 if height < _LOW else 1 if height < _TALL else None]
    body = [_answer(shown, width, still_s), _paths(shown.paths, shown.at, width, height)]
    if height >= _ROOMY:
        body += [
            certificates(shown.certificates, shown.at, width, height),
            events(shown.events, shown.at, several=len(shown.paths) > 1),
            _remarks(remarks),
        ]
    lines = fit(body, height - len(low))[: height - len(low)]
    lines += [Text()] * (height - len(low) - len(lines))
    return [cut(each, width) for each in (*lines, *low)]


def _answer(shown: Shown, width: int, still_s: float | None) -> Section:
    verdict = overall(shown.paths)
    mark, style = VERDICTS[verdict]
    answer = line((f"{mark} {ANSWERS[verdict]}", f"{style} bold"))
    place = line((f"{shown.environment}{_GAP}{shown.location}{_GAP}{spoken_moment(shown.at)}", DIM))
    gap = width - answer.cell_len - place.cell_len
    first = (line(answer, " " * gap, place),) if gap >= len(_GAP) else (answer, place)
    lines = [*first, *wrapped(why(shown.paths, verdict), width, first="", indent="")]
    if still_s is not None:
        words = f"! Nothing new for {span(timedelta(seconds=still_s))}: paypath itself stands still, and what is below is old"
        lines = [*wrapped(words, width, first="", indent="  ", style="bold reverse"), *lines]
    if shown.reload_problem is not None:
        words = f"! The configuration that is written is not in use, because it is wrong: {shown.reload_problem}"
        lines += wrapped(words, width, first="", indent="  ", style=WARN)
    return Section(rows=[Row(MUST, (each,)) for each in lines])


def _paths(paths: Sequence[PathStanding], at: datetime, width: int, height: int) -> Section:
    """The worst first. More than the screen has lines cannot be shown, and are only counted."""
    most = height // _LEAST_PATH + 1
    rows = [
        path_row(path, place, at, width, whole=place < most, tell=height >= _ROOMY)
        for place, path in enumerate(paths[:height])
    ]
    unseen = paths[height:]

    def more(omitted: Sequence[int]) -> Text:
        left = [*(paths[number] for number in omitted), *unseen]
        counts = [(sum(path.verdict is verdict for path in left), *words) for verdict, words in _WORDS.items()]
        return line((f"… and {counted('path', counts)}", DIM if left[0].verdict is Verdict.HEALTHY else BAD))

    closed = more(range(len(rows))) if rows else None
    return Section(rows=rows, more=more, closed=closed, apart=True)


_WORDS: Final = {
    Verdict.FAILING: ("that fails", "that fail"),
    Verdict.UNKNOWN: ("that could not tell", "that could not tell"),
    Verdict.DEGRADED: ("that passes with failures", "that pass with failures"),
    Verdict.HEALTHY: ("that passes", "that pass"),
}


def _remarks(remarks: Sequence[str]) -> Section:
    """The last things that were said on stderr."""
    rows = [
        Row(SOON if number == 0 else MORE + number, (line((remark, WARN)),))
        for number, remark in enumerate(reversed(remarks))
    ]
    return Section(rows=rows[::-1], apart=True)


def _footer(parts: Sequence[str], width: int) -> list[Text]:
    """As many parts on a line as fit."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(_GAP) + len(part) <= width:
            lines[-1] += f"{_GAP}{part}"
        else:
            lines.append(part)
    return [line((text, DIM)) for text in lines]
