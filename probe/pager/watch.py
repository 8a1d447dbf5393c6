"""The observer that decides after each run, and puts what is to be sent into the outbox."""

import functools
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from probe.catalogue.catalogue import Catalogue
from probe.history.pages import Change, MemoryOutbox, Outbox
from probe.history.trouble import HistoryError
from probe.model.failure import Failure, Hop
from probe.model.outcome import Failed
from probe.model.paging import Named, Page, Paging, PathState, Seen
from probe.model.run import Run, RunSkipped, RunStarted, StepRun
from probe.redact.leaving import leaving
from probe.verdict.maintenance import in_maintenance
from probe.verdict.paging import APART, decide, narrowed, of_our_files
from probe.verdict.window import tells_up

_LOG: Final = logging.getLogger("paypath.pager")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Who pages."""

    environment: str
    location: str


@dataclass(frozen=True, slots=True)
class Unwritten:
    """What no history holds of pages. It is in memory alone, so whoever takes over from a pager goes on with it."""

    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    """In place of the history's, where there is none."""
    pages: MemoryOutbox = field(default_factory=MemoryOutbox)
    """Pages that could not be written down."""
    states: dict[str, PathState] = field(default_factory=dict)
    """Of every path, as it was last: what goes on must not begin anew where the history can no longer be read or written."""
    paths: set[str] = field(default_factory=set)
    """Those whose state could not be written down."""


class Pager:
    """Implements `probe.model.run.Observer`; never raises, and sends nothing itself.

    Where the history cannot be written the pager goes on in memory, and writes down what it has when that works again.
    """

    def __init__(
        self,
        paging: Paging,
        outbox: Outbox,
        *,
        catalogue: Catalogue,
        unwritten: Unwritten | None = None,
    ) -> None:
        """Decide by the rules and windows of `paging`; `unwritten` is what the pager before this one had."""
        self._unwritten = unwritten or Unwritten()
        self._paging, self._outbox = paging, outbox
        self.ring: Callable[[], None] = lambda: None
        """Called when there is something to send."""
        self._catalogue = catalogue
        self._sinks = [sink.name for sink in paging.sinks]
        self._unproven: dict[tuple[str, str], Seen] = {}
        """Path and scenario whose last run found our files unusable."""

    @property
    def memory(self) -> MemoryOutbox:
        """Pages that could not be written down."""
        return self._unwritten.pages

    def run_started(self, event: RunStarted) -> None:
        """Nothing: only finished runs decide."""

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Nothing: the run's outcome decides."""

    def run_skipped(self, event: RunSkipped) -> None:
        """Nothing: what did not run says nothing."""

    def run_finished(self, run: Run) -> None:
        """Decide."""
        seen = self._seen(run)
        self._unproven.pop((run.path, run.scenario), None)
        if seen.failure is not None and not seen.up and of_our_files(seen.failure):
            self._unproven[run.path, run.scenario] = seen
        self._decide(seen)

    def identity_read(self, path: str, *, usable: bool, at: datetime) -> None:
        """Somebody read the files of a path again, five seconds after a run that found them unusable."""
        for key, seen in [(key, seen) for key, seen in self._unproven.items() if key[0] == path]:
            if usable:
                del self._unproven[key]
            elif at - (seen.began or seen.at) >= APART:  # it may have been asked for because of an earlier fault
                del self._unproven[key]
                self._decide(replace(seen, at=at, confirmed=True))

    def _decide(self, seen: Seen) -> None:
        quiet = in_maintenance(self._paging.maintenance, seen.path, seen.at)
        self._turn(seen.path, lambda state: decide(state, seen, self._paging.rules, quiet=quiet))

    def configure(self, pairs: Iterable[tuple[str, str]], place: Place, *, at: datetime) -> None:
        """Say which (scenario, path) are run from now on: what failed last and is run no more would never pass again."""
        run = set(pairs)
        try:
            known = self._outbox.paths()
        except HistoryError as error:
            _LOG.warning("what was paged for before is not known: %s", error)
            return
        for path in known:
            scenarios = {scenario for scenario, its_path in run if its_path == path}
            here = Seen(environment=place.environment, location=place.location, path=path, scenario="", at=at, up=None)
            self._turn(path, functools.partial(narrowed, seen=here, scenarios=scenarios))

    def _turn(self, path: str, change: Change) -> None:
        pages = self._written(path, change)
        if pages is None:
            pages = self._remembered(path, change)
        for page in pages:
            _LOG.info("page: %s", page.title)
        if pages:
            self.ring()

    def _written(self, path: str, change: Change) -> Sequence[Page] | None:
        """What is to be sent; None where it cannot be written down."""
        after: list[PathState] = []

        def turned(stored: PathState) -> tuple[PathState, Sequence[Page]]:
            state, pages = change(self._before(path, stored))
            after.append(state)
            return state, pages

        try:
            pages = self._outbox.turn(path, turned, sinks=self._sinks)
        except HistoryError as error:
            if path not in self._unwritten.paths:
                _LOG.warning("pages are kept in memory alone: %s", error)
            return None
        self._unwritten.paths.discard(path)
        self._unwritten.states[path] = after[0]
        return pages

    def _before(self, path: str, stored: PathState) -> PathState:
        """What is stored, unless that is older, or from a file that was begun anew because it was damaged."""
        outdated = path in self._unwritten.paths or stored == PathState()
        return self._unwritten.states.get(path, stored) if outdated else stored

    def _remembered(self, path: str, change: Change) -> Sequence[Page]:
        states = self._unwritten.states

        def turned(_: PathState) -> tuple[PathState, Sequence[Page]]:
            states[path], pages = change(states.get(path, PathState()))
            return states[path], pages

        self._unwritten.paths.add(path)
        return self._unwritten.pages.turn(path, turned, sinks=self._sinks)

    def _seen(self, run: Run) -> Seen:
        failure = run.outcome.failure if isinstance(run.outcome, Failed) else None
        return Seen(
            environment=run.environment,
            location=run.location,
            path=run.path,
            scenario=run.scenario,
            at=run.started_at + timedelta(seconds=run.duration_s),
            began=run.started_at,
            up=tells_up(run.outcome),
            failure=failure,
            named=None if failure is None else self._named(failure),
        )

    def _named(self, failure: Failure) -> Named:
        words = self._catalogue.entry(failure.reason).headline if failure.reason in self._catalogue else failure.reason
        return Named(
            code=failure.code,
            reason=failure.reason,
            headline=f"{_where(failure, words)}{words}",
            summary=leaving(failure.summary),
            hop=failure.hop.value,
            blame=failure.blame.value,
            confidence=failure.confidence.value,
            runbook=failure.runbook,
        )


def _where(failure: Failure, words: str) -> str:
    """Whose it is, where the words alone would be taken for the connector's or ours on the first hop."""
    if failure.proxy is not None and "proxy" not in words:
        return "proxy: "
    behind = failure.hop is Hop.CONNECTOR_STRIPE and failure.reason.startswith(("dns.", "tcp.", "tls."))
    return "behind the connector: " if behind else ""
