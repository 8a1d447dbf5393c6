"""Whether money can flow, and if not, why: every path judged from what its scenarios last said. What page, API and terminal show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from probe.model.failure import Failure, Severity
from probe.model.outcome import Failed
from probe.model.run import Run
from probe.report.board import Line
from probe.report.facts import failure_of
from probe.report.hops import HopShown, hops
from probe.report.words import NO_STATE
from probe.verdict.forecast import Forecast
from probe.verdict.window import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStanding:
    """One path as it stands."""

    path: str
    verdict: Verdict
    lines: tuple[Line, ...]
    hops: tuple[HopShown, ...]
    failure: Failure | None
    """What to read first: of the scenarios that fail, the one that pages, else the first; of those that could not tell, the first."""
    run: Run | None
    """The run that says so."""
    failing_since: datetime | None
    forecast: Forecast | None
    latched: str | None
    """Why it is shut to everything; None where it is open."""

    @property
    def money_flows(self) -> bool | None:
        """None: we could not tell."""
        return _FLOWS[self.verdict]


_FLOWS: Mapping[Verdict, bool | None] = {
    Verdict.HEALTHY: True,
    Verdict.DEGRADED: True,
    Verdict.FAILING: False,
    Verdict.UNKNOWN: None,
}
_GRAVITY = (Verdict.FAILING, Verdict.UNKNOWN, Verdict.DEGRADED, Verdict.HEALTHY)


def standings(lines: Iterable[Line], forecasts: Iterable[Forecast], now: datetime) -> tuple[PathStanding, ...]:
    """Every path, what fails first, then in the order of the configuration."""
    of_path: dict[str, list[Line]] = {}
    for line in lines:
        of_path.setdefault(line.path.name, []).append(line)
    known = {found.path: found for found in forecasts}
    shown = [_standing(path, mine, known.get(path), now) for path, mine in of_path.items()]
    return tuple(sorted(shown, key=lambda standing: _GRAVITY.index(standing.verdict)))


def overall(paths: Iterable[PathStanding]) -> Verdict:
    """The gravest of them; unknown where there is none."""
    return min((path.verdict for path in paths), key=_GRAVITY.index, default=Verdict.UNKNOWN)


def _standing(path: str, lines: list[Line], forecast: Forecast | None, now: datetime) -> PathStanding:
    verdicts = {id(line): line.verdict(now) for line in lines}
    line = min(
        lines,
        key=lambda line: (
            _GRAVITY.index(verdicts[id(line)]),
            line.scenario.severity is not Severity.PAGE,
            line.failure is None,
        ),
    )
    failing = [line for line in lines if verdicts[id(line)] is Verdict.FAILING]
    latched = next((f.summary for line in lines if (f := line.failure) is not None and _latch(line)), None)
    return PathStanding(
        path=path,
        verdict=_verdict(lines, verdicts, failing),
        lines=tuple(lines),
        hops=hops(line.last for line in lines if line.last is not None),
        failure=line.failure,
        run=line.last if line.failure is not None else None,
        failing_since=line.failing_since if line.failure is not None else None,
        forecast=forecast,
        latched=latched,
    )


def _verdict(lines: list[Line], verdicts: Mapping[int, Verdict], failing: list[Line]) -> Verdict:
    """A scenario that wakes nobody does not say that money cannot flow; one that could not tell yet does not hide the others.

    Only a charge tells that money can flow, where any was to be made: not the handshakes beside charges that could not tell.
    """
    if any(line.scenario.severity is Severity.PAGE for line in failing):
        return Verdict.FAILING
    charges = [verdicts[id(line)] for line in lines if line.charges and (line.last or line.not_begun == NO_STATE)]
    if charges and set(charges) == {Verdict.UNKNOWN}:
        return Verdict.UNKNOWN
    told = [verdicts[id(line)] for line in lines if line.last is not None] or [Verdict.UNKNOWN]
    if failing or Verdict.DEGRADED in told:
        return Verdict.DEGRADED
    return (
        Verdict.UNKNOWN
        if Verdict.HEALTHY not in told or told.count(Verdict.UNKNOWN) * 2 > len(told)
        else Verdict.HEALTHY
    )


def _latch(line: Line) -> bool:
    outcome = line.last.outcome if line.last is not None else None
    return (
        isinstance(outcome, Failed) and failure_of(outcome) is not None and outcome.failure.reason == "charge.live_mode"
    )
