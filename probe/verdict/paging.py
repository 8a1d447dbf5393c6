"""Whether a finished run wakes somebody, reminds them, or lets them sleep again. Pure: state in, state and decisions out.

One incident for each cause of a path, not for each scenario that the cause breaks. What goes wrong between the probe and the connector is
one cause whatever its reason each time: a reason that changes during an outage wakes nobody again. What could not tell decides nothing.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from probe.model.failure import Confidence, Failure, Hop, Severity
from probe.model.identity import FileFault
from probe.model.paging import (
    Incident,
    Page,
    PageAction,
    PageRules,
    PagingSample,
    PathState,
    Seen,
    Streak,
)

CONNECTION: Final = "connection"
"""The cause of everything that goes wrong before Stripe is reached."""
_LIVE_MODE: Final = "charge.live_mode"
_FILES: Final = frozenset(f"tls.{fault}" for fault in FileFault)
APART: Final = timedelta(seconds=5)
"""Two readings of our files that far apart make a fault of it: a copy in progress breaks them for a moment."""
_MOST_SAMPLES: Final = 2_000
_LONGEST_KEY: Final = 255
"""Characters that PagerDuty takes of a `dedup_key`."""


def cause_of(failure: Failure) -> str:
    """What an incident is about; scenarios that fail for the same cause belong to the same one."""
    return CONNECTION if failure.hop is Hop.PROBE_CONNECTOR else failure.reason


def dedup_key(environment: str, path: str, cause: str) -> str:
    """The same in every process that probes this path, so that a state directory that was lost pages nobody twice."""
    return f"paypath/{environment}/{path}/{cause}"[:_LONGEST_KEY]


def decide(
    state: PathState, seen: Seen, rules: PageRules, *, quiet: bool = False
) -> tuple[PathState, tuple[Page, ...]]:
    """The state after a run, and the pages to send; `quiet` in a maintenance window.

    Inside a window nobody is paged or reminded, and what fails there counts for nothing afterwards; that a cause is over is told.
    """
    if quiet:
        state = replace(state, incidents=tuple(replace(each, notified_at=seen.at) for each in state.incidents))
    if seen.up is None:
        return state, ()
    if seen.up:
        return _passed(state, seen, rules, quiet=quiet)
    return _failed(state, seen, rules, quiet=quiet)


def narrowed(state: PathState, seen: Seen, scenarios: Container[str]) -> tuple[PathState, tuple[Page, ...]]:
    """Without what is no longer configured, which could never pass again; what only that had failed for is over.

    Of `seen` only where and when counts.
    """
    kept = [replace(each, passes={s: n for s, n in each.passes.items() if s in scenarios}) for each in state.incidents]
    over = tuple(each for each, new in zip(state.incidents, kept, strict=True) if not new.passes)
    streaks = {scenario: streak for scenario, streak in state.streaks.items() if scenario in scenarios}
    left = PathState(streaks, tuple(each for each in kept if each.passes), state.ended)
    return left, tuple(_page(each, seen, PageAction.RESOLVE) for each in over)


def _passed(state: PathState, seen: Seen, rules: PageRules, *, quiet: bool) -> tuple[PathState, tuple[Page, ...]]:
    streaks = {**state.streaks, seen.scenario: _after(state, seen, rules, quiet=quiet)}
    told = [_with_passes(each, seen.scenario) for each in state.incidents]
    over = [each for each in told if _over(each, streaks, seen, rules)]
    left = tuple(each for each in told if each not in over)
    pages = tuple(_page(each, seen, PageAction.RESOLVE) for each in over)
    ended = {**_lately(state.ended, seen, rules), **{each.cause: seen.at for each in over}}
    return PathState(streaks, left, ended), pages


def _failed(state: PathState, seen: Seen, rules: PageRules, *, quiet: bool) -> tuple[PathState, tuple[Page, ...]]:
    streak = _after(state, seen, rules, quiet=quiet)
    incidents = tuple(_without_passes(each, seen.scenario) for each in state.incidents)
    left = PathState({**state.streaks, seen.scenario: streak}, incidents, _lately(state.ended, seen, rules))
    joined = _joined(incidents, seen)
    if joined is not None:
        incident, pages = _still(joined, seen, rules)
        return replace(left, incidents=tuple(incident if each is joined else each for each in incidents)), pages
    if quiet or not _triggered(left, seen, rules):
        return left, ()
    opened = _opened(left, seen, rules)
    return replace(left, incidents=(*incidents, opened)), (_page(opened, seen, PageAction.TRIGGER),)


def _lately(ended: Mapping[str, datetime], seen: Seen, rules: PageRules) -> Mapping[str, datetime]:
    return {cause: at for cause, at in ended.items() if _near(at, seen.at, rules)}


def _over(incident: Incident, streaks: Mapping[str, Streak], seen: Seen, rules: PageRules) -> bool:
    """What flaps would otherwise end and page again every few runs: its share has to come back well above what pages."""
    if not incident.flaps:
        return min(incident.passes.values()) >= rules.resolve_after
    calm = (1 + rules.success_below) / 2
    known = [_within(streaks.get(scenario, Streak()).samples, seen.at, rules) for scenario in incident.passes]
    return min(incident.passes.values()) >= max(rules.samples, rules.resolve_after) and all(
        _share(samples) >= calm for samples in known
    )


def _share(samples: Sequence[PagingSample]) -> float:
    return sum(sample.up for sample in samples) / len(samples) if samples else 1.0


def _after(state: PathState, seen: Seen, rules: PageRules, *, quiet: bool) -> Streak:
    """The scenario's streak with this run in it. A failure that is for a ticket neither counts nor ends a row."""
    before = state.streaks.get(seen.scenario, Streak())
    samples = _within(before.samples, seen.at, rules)
    if seen.confirmed:
        return replace(before, samples=samples)
    if quiet:
        return Streak(0, samples)
    if not seen.up and not _pages(seen.failure):
        return replace(before, samples=samples)
    samples = (*samples, PagingSample(seen.at, bool(seen.up)))[-_MOST_SAMPLES:]
    if seen.up:
        return Streak(0, samples)
    return Streak(before.failures + 1, samples, before.since or _began(seen))


def _within(samples: Iterable[PagingSample], now: datetime, rules: PageRules) -> tuple[PagingSample, ...]:
    return tuple(sample for sample in samples if _near(sample.at, now, rules))


def _near(at: datetime, now: datetime, rules: PageRules) -> bool:
    """Whether it lies within the window; what seems to come long after now is from a clock that was set back since."""
    return abs(now - at) < timedelta(seconds=rules.window_s)


def _joined(incidents: Iterable[Incident], seen: Seen) -> Incident | None:
    """The open incident that this failure belongs to: of the same cause, else the one that the scenario is part of already.

    What is proven is told on its own, even of a scenario that somebody has been paged for.
    """
    if seen.failure is None:
        return None
    cause = cause_of(seen.failure)
    same = next((each for each in incidents if each.cause == cause), None)
    if same is not None or _at_once(seen.failure):
        return same
    return next((each for each in incidents if seen.scenario in each.passes), None)


def _triggered(state: PathState, seen: Seen, rules: PageRules) -> bool:
    if not _pages(seen.failure):
        return False
    streak = state.streaks[seen.scenario]
    if seen.failure is not None and of_our_files(seen.failure):
        apart = streak.since is not None and _began(seen) - streak.since >= APART
        return (rules.proven and seen.confirmed) or (apart and streak.failures >= rules.failures)
    in_a_row = streak.failures >= rules.failures
    return in_a_row or _often(state, seen, rules) or (rules.proven and _at_once(seen.failure))


def _often(state: PathState, seen: Seen, rules: PageRules) -> bool:
    known = _untold(state, seen)
    return len(known) >= rules.samples and _share(known) < rules.success_below


def _untold(state: PathState, seen: Seen) -> Sequence[PagingSample]:
    """The scenario's runs since the cause was last over: for what failed before that somebody has been paged."""
    samples = state.streaks[seen.scenario].samples
    over = None if seen.failure is None else state.ended.get(cause_of(seen.failure))
    return samples if over is None else [sample for sample in samples if sample.at > over]


def _pages(failure: Failure | None) -> bool:
    return failure is not None and failure.severity is Severity.PAGE


def of_our_files(failure: Failure) -> bool:
    """Whether it may be over when the files are read again; an expired certificate stays expired."""
    return failure.reason in _FILES


def _at_once(failure: Failure | None) -> bool:
    """Whether one run is enough: a certificate proves it, or money may be real. One refused connection proves nothing."""
    if failure is None or failure.confidence is not Confidence.PROVEN:
        return False
    return failure.reason == _LIVE_MODE or (failure.certificate is not None and not of_our_files(failure))


def _still(incident: Incident, seen: Seen, rules: PageRules) -> tuple[Incident, tuple[Page, ...]]:
    """One more failure of what is known: at most a reminder, and none in a maintenance window, where `notified_at` is now."""
    passes: Mapping[str, int] = {**incident.passes, seen.scenario: 0}
    known = replace(incident, passes=passes, named=seen.named or incident.named)
    if seen.at - known.notified_at < timedelta(seconds=rules.remind_every_s):
        return known, ()
    known = replace(known, notified_at=seen.at)
    return known, (_page(known, seen, PageAction.REMIND),)


def _opened(state: PathState, seen: Seen, rules: PageRules) -> Incident:
    """In `state` this run is counted already."""
    if seen.failure is None or seen.named is None:
        raise ValueError("a failed run has a failure, and names it")
    cause = cause_of(seen.failure)
    now_and_then = _now_and_then(state, seen, rules)
    return Incident(
        cause=cause,
        dedup_key=dedup_key(seen.environment, seen.path, cause),
        opened_at=seen.at,
        notified_at=seen.at,
        opened=seen.named,
        named=seen.named,
        passes={seen.scenario: 0},
        failing_since=_since(state, seen, now_and_then=now_and_then),
        flaps=now_and_then or cause in state.ended,
    )


def _began(seen: Seen) -> datetime:
    return seen.at if seen.began is None else seen.began


def _now_and_then(state: PathState, seen: Seen, rules: PageRules) -> bool:
    """Whether it is the share that pages, and the failures are not just the beginning of one row."""
    failed = sum(not sample.up for sample in _untold(state, seen))
    return _often(state, seen, rules) and failed > state.streaks[seen.scenario].failures


def _since(state: PathState, seen: Seen, *, now_and_then: bool) -> datetime | None:
    """When the first failure of it was seen. The row that the scenario is in may be that of another incident."""
    if any(seen.scenario in each.passes for each in state.incidents):
        return _began(seen)
    if now_and_then:
        return next(sample.at for sample in _untold(state, seen) if not sample.up)
    return state.streaks[seen.scenario].since


def _with_passes(incident: Incident, scenario: str) -> Incident:
    if scenario not in incident.passes:
        return incident
    return replace(incident, passes={**incident.passes, scenario: incident.passes[scenario] + 1})


def _without_passes(incident: Incident, scenario: str) -> Incident:
    """A scenario of it failed, for whichever cause: that is no pass in a row."""
    return replace(incident, passes={**incident.passes, scenario: 0}) if scenario in incident.passes else incident


def _page(incident: Incident, seen: Seen, action: PageAction) -> Page:
    return Page(
        action=action,
        environment=seen.environment,
        location=seen.location,
        path=seen.path,
        dedup_key=incident.dedup_key,
        scenarios=tuple(sorted(incident.passes)),
        opened_at=incident.opened_at,
        at=seen.at,
        opened=incident.opened,
        named=incident.named,
        failing_since=incident.failing_since,
    )
