"""Which incidents a stretch of history holds, and how each went. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from probe.model.incident import EventKind, PastIncident, RecordedPage, RecordedRun, TimelineEvent
from probe.model.paging import PageAction
from probe.model.watch import Rotation

FAILED: Final = "failed"
UNKNOWN: Final = "unknown"
PASSED: Final = "passed"
SETTLED_AFTER: Final = 2
"""Passed runs in a row of everything that had failed: what fails after that is another incident."""
_SURE: Final = ("inferred", "peer_http", "peer_alert", "proven")
"""How sure a reason is, the surest last."""


def incidents(
    runs: Iterable[RecordedRun],
    pages: Iterable[RecordedPage] = (),
    rotations: Iterable[Rotation] = (),
    *,
    began_at: datetime | None = None,
) -> tuple[PastIncident, ...]:
    """Each incident of each path, by its beginning. `began_at` is when it broke, where somebody knows (who broke it)."""
    ordered = sorted(runs, key=lambda run: run.ended_at)
    known = tuple(sorted(pages, key=lambda page: page.at)), tuple(rotations)
    found = [
        _told(stretch, *known, began_at)
        for path in dict.fromkeys(run.path for run in ordered)
        for outcome in (FAILED, UNKNOWN)
        for stretch in _stretches([run for run in ordered if run.path == path], path, outcome)
    ]
    return tuple(sorted(found, key=lambda each: (each.detected_at, each.path, each.outcome)))


@dataclass(slots=True)
class _Stretch:
    """The runs of one incident while they are looked at."""

    path: str
    outcome: str
    before: RecordedRun | None
    """The last run that passed before it."""
    bad: list[RecordedRun] = field(default_factory=list)
    passes: dict[str, int] = field(default_factory=dict)
    first_success: RecordedRun | None = None
    recovered: RecordedRun | None = None
    settled_at: datetime | None = None

    def add(self, run: RecordedRun) -> None:
        """One more run of the path."""
        if run.outcome == self.outcome:
            self.bad.append(run)
            self.passes[run.scenario] = 0
            self.recovered = None
        elif run.scenario in self.passes and self._tells(run):
            self.passes[run.scenario] += 1
            self.first_success = self.first_success or run
            if self.recovered is None and all(self.passes.values()):
                self.recovered = run
            if min(self.passes.values()) >= SETTLED_AFTER:
                self.settled_at = run.ended_at

    def _tells(self, run: RecordedRun) -> bool:
        """What could not be told is over when something can, also a failure."""
        return run.outcome == PASSED or (self.outcome == UNKNOWN and run.outcome == FAILED)


def _stretches(runs: Sequence[RecordedRun], path: str, outcome: str) -> Iterator[_Stretch]:
    before: RecordedRun | None = None
    stretch: _Stretch | None = None
    for run in runs:
        if stretch is None and run.outcome == outcome:
            stretch = _Stretch(path, outcome, before)
        if stretch is not None:
            stretch.add(run)
            if stretch.settled_at is not None:
                yield stretch
                stretch = None
        if run.outcome == PASSED:
            before = run
    if stretch is not None:
        yield stretch


def _told(
    stretch: _Stretch, pages: Sequence[RecordedPage], rotations: Sequence[Rotation], began_at: datetime | None
) -> PastIncident:
    first, cause = stretch.bad[0], _cause(stretch.bad)
    began, exactly = _beginning(stretch, cause) if began_at is None else (began_at, True)
    events = [
        *_of_runs(stretch, first, cause),
        *(
            _page(page)
            for page in pages
            if page.path == stretch.path and _within(page.decided_at, first.ended_at, stretch)
        ),
        *(_rotation(each) for each in rotations if _within(each.at, began or first.ended_at, stretch)),
    ]
    triggers = [
        page.at
        for page in pages
        if page.path == stretch.path
        and page.action is PageAction.TRIGGER
        and page.delivered
        and _within(page.decided_at, first.ended_at, stretch)
    ]
    outcomes = Counter(run.outcome for run in stretch.bad)
    return PastIncident(
        path=stretch.path,
        outcome=stretch.outcome,
        began_at=began,
        began_exactly=exactly,
        detected_at=first.ended_at,
        named_at=cause.ended_at,
        paged_at=min(triggers, default=None),
        first_success_at=stretch.first_success.ended_at if stretch.first_success else None,
        recovered_at=stretch.recovered.ended_at if stretch.recovered else None,
        code=cause.code or 0,
        reason=cause.reason or "",
        confidence=cause.confidence or "",
        summary=cause.summary or "",
        certificate=cause.certificate,
        scenarios=tuple(sorted(stretch.passes)),
        runs_failed=outcomes[FAILED],
        runs_unknown=outcomes[UNKNOWN],
        timeline=tuple(sorted(events, key=lambda event: event.at)),
    )


def _cause(bad: Sequence[RecordedRun]) -> RecordedRun:
    """The first run with the cause as it is known in the end: what names a certificate, what is surest, what was said most often."""
    counts = Counter(run.reason for run in bad)
    best = max(bad, key=lambda run: (run.certificate is not None, _sureness(run), counts[run.reason]))
    return next(run for run in bad if run.reason == best.reason)


def _sureness(run: RecordedRun) -> int:
    return _SURE.index(run.confidence) if run.confidence in _SURE else -1


def _beginning(stretch: _Stretch, cause: RecordedRun) -> tuple[datetime | None, bool]:
    """When it broke: the end of a certificate that ended in between says it exactly, the last pass only from when on."""
    first, certificate = stretch.bad[0], cause.certificate
    since = stretch.before.ended_at if stretch.before else None
    if certificate is not None and (cause.reason or "").endswith(".expired"):
        ended = certificate.not_after
        if (since is None or since <= ended) and ended <= first.ended_at:
            return ended, True
    return since, False


def _within(at: datetime, since: datetime, stretch: _Stretch) -> bool:
    return since <= at and (stretch.settled_at is None or at <= stretch.settled_at)


def _of_runs(stretch: _Stretch, first: RecordedRun, cause: RecordedRun) -> Iterator[TimelineEvent]:
    more = "" if first is cause or first.summary is None else f": {first.summary}"
    what = first.outcome if first.outcome == FAILED else "could not tell"
    yield _of_run(first, EventKind.FIRST_FAILURE, f"{first.scenario} {what}{more}")
    yield _of_run(cause, EventKind.NAMED, cause.summary or cause.reason or cause.outcome)
    if stretch.first_success is not None:
        text = f"{stretch.first_success.scenario} {stretch.first_success.outcome}"
        yield TimelineEvent(at=stretch.first_success.ended_at, event=EventKind.FIRST_SUCCESS, text=text)
    if stretch.recovered is not None:
        told = ", ".join(sorted(stretch.passes))
        yield TimelineEvent(at=stretch.recovered.ended_at, event=EventKind.RECOVERED, text=f"all pass: {told}")


def _of_run(run: RecordedRun, event: EventKind, text: str) -> TimelineEvent:
    return TimelineEvent(at=run.ended_at, event=event, code=run.code, reason=run.reason, text=text)


def _page(page: RecordedPage) -> TimelineEvent:
    where = f"to {', '.join(page.sinks)}" if page.delivered else "not delivered yet"
    return TimelineEvent(
        at=page.at, event=EventKind.PAGE, code=page.code, reason=page.reason, text=f"{page.title} ({where})"
    )


def _rotation(rotation: Rotation) -> TimelineEvent:
    after = rotation.after
    text = f"identity {rotation.identity} has a new certificate, good until {after.not_after:%Y-%m-%d %H:%M:%SZ} (serial {after.serial})"
    return TimelineEvent(at=rotation.at, event=EventKind.ROTATION, text=text)
