"""What there is to see at one moment, taken together, and the words for it: the status page shows it, and so does the terminal."""

import functools
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from probe.classify.expiry import Judged
from probe.model.outcome import word
from probe.report.board import STRIP, Board, Event, Line
from probe.report.hops import HopState
from probe.report.standing import PathStanding, standings
from probe.report.words import CAUSES, NO_STATE, headline, printable, span, spoken_moment
from probe.verdict.forecast import Forecast, forecasts
from probe.verdict.window import Verdict

ANSWERS: Final = {
    Verdict.HEALTHY: "Money can flow",
    Verdict.DEGRADED: "Money can flow, with failures",
    Verdict.FAILING: "Money cannot flow",
    Verdict.UNKNOWN: "We cannot tell whether money can flow",
}
_NAMED: Final = 3
"""Reasons that one sentence names."""
HOP_MARKS: Final = {
    HopState.GOOD: "✓",
    HopState.BAD: "✗",
    HopState.UNKNOWN: "?",
    HopState.UNREACHED: "–",
    HopState.UNTRIED: "·",
}


class Source(Protocol):
    """Where it is taken from; `probe.compose.facing` is the real one."""

    @property
    def board(self) -> Board:
        """What the last runs say."""

    @property
    def place(self) -> tuple[str, str]:
        """Environment and location."""

    @property
    def reload_problem(self) -> str | None:
        """Why the configuration that is written is not the one that runs; None where it is."""

    def certificates(self) -> Sequence[Judged]:
        """The inventory, as judged."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """All of it. Nothing in it changes any more, so that it can be drawn in a thread."""

    lines: Sequence[Line]
    certificates: Sequence[Judged]
    events: Sequence[Event]
    """The oldest first."""
    environment: str
    location: str
    version: str
    at: datetime
    reload_problem: str | None = None
    """Why the configuration that is written is not the one that runs; None where it is."""

    @functools.cached_property
    def forecasts(self) -> tuple[Forecast, ...]:
        """Of each path."""
        names = dict.fromkeys(line.path.name for line in self.lines)
        return forecasts(names, [entry for entry, _ in self.certificates], at=self.at)

    @functools.cached_property
    def paths(self) -> tuple[PathStanding, ...]:
        """Every path as it stands, what fails first."""
        return standings(self.lines, self.forecasts, self.at)


def look(source: Source, *, at: datetime, version: str) -> Shown:
    """Take it, on the event loop. What costs time, judging each path and its future, is put off until somebody asks."""
    environment, location = source.place
    return Shown(
        lines=[replace(line, strip=deque(line.strip, STRIP)) for line in source.board.lines],
        certificates=source.certificates(),
        events=source.board.events(),
        environment=environment,
        location=location,
        version=version,
        at=at,
        reload_problem=source.reload_problem,
    )


def why(paths: Sequence[PathStanding], verdict: Verdict) -> str:
    """One sentence below the answer."""
    if not paths:
        return "No path is probed here."
    count = sum(path.verdict is verdict for path in paths)
    of = f"{count} of {len(paths)} paths" if len(paths) > 1 else f"path {paths[0].path}"
    if verdict is Verdict.HEALTHY:
        ends = [path.forecast.valid_until for path in paths if path.forecast and path.forecast.valid_until]
        until = f", as far as certificates go until {spoken_moment(min(ends))}" if ends else ""
        all_have_run = all(line.last is not None for path in paths for line in path.lines)
        return printable(f"All scenarios {'' if all_have_run else 'that have run '}pass on {of}{until}.")
    worst = [path for path in paths if path.verdict is verdict]
    reasons = Counter(headline(path.failure) for path in worst if path.failure is not None)
    if reasons:
        named = reasons.most_common(_NAMED)
        told = [f"{words} ({many})" if len(reasons) > 1 else words for words, many in named]
        others = f" and {len(reasons) - _NAMED} other reasons" if len(reasons) > _NAMED else ""
        return printable(f"{of[0].upper()}{of[1:]}: {', '.join(told)}{others}.")
    if verdict is Verdict.DEGRADED:
        return printable(f"The last runs pass on {of}; of those before, some failed.")
    if any(line.not_begun == NO_STATE for path in worst for line in path.lines):
        return printable(f"No charge is tried on {of}: {CAUSES[NO_STATE]}.")
    return printable(f"No run has told us yet on {of}.")


def said(line: Line) -> str:
    """What the last run of a scenario says, in a few words."""
    if line.failure is not None:
        return printable(headline(line.failure))
    if line.not_begun is not None:
        return CAUSES.get(line.not_begun, line.not_begun)
    return "passes" if line.last is not None else "not yet run"


def strip_told(line: Line, at: datetime) -> str:
    """The history strip in words, for who cannot see it."""
    if not line.strip:
        return "no runs yet"
    outcomes = [word(tick.sample.outcome) for tick in line.strip]
    since = span(at - line.strip[0].sample.at)
    bad = f", {outcomes.count('failed')} failed" if "failed" in outcomes else ""
    unsure = f", {outcomes.count('unknown')} could not tell" if "unknown" in outcomes else ""
    return f"last {len(outcomes)} runs, in {since}: {outcomes.count('passed')} passed{bad}{unsure}"
