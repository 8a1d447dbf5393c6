"""What the gauges show, read anew at every collection: a series that is no longer true is simply not reported."""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from opentelemetry.metrics import CallbackOptions, Observation

from probe.certificates.stock import Stand
from probe.history.last import LastKnown
from probe.model.clock import Clock
from probe.model.failure import Failure
from probe.model.run import Run
from probe.telemetry import certificates, names
from probe.telemetry.certificates import CertificateReadings, Reading
from probe.telemetry.identities import Identities, identities_read
from probe.telemetry.names import MetricName
from probe.telemetry.plan import Plan
from probe.telemetry.readings import Observing
from probe.telemetry.standing import Pair, Standing, Standings


class Gauges:
    """State behind the gauges. Told by the event loop's thread, read by those that export and scrape."""

    def __init__(self, clock: Clock, common: Mapping[str, str]) -> None:
        """`common` labels go on every series."""
        self._lock: Final = threading.Lock()
        self._common = common
        self._clock = clock
        self._standings = Standings(clock)
        self._certificates = CertificateReadings(clock)
        self._latched: dict[str, bool] = {}
        self._identities = Identities()
        self._plans: tuple[Plan, ...] = ()
        self._history_waiting = 0
        self.dropped: Callable[[], int] = lambda: 0
        """Lines of output that nobody has read."""
        self._reloaded: bool | None = None
        self._reloaded_at_s: float | None = None

    def reloaded(self, *, taken: bool) -> None:
        """A configuration was read anew, and was taken over or refused."""
        with self._lock:
            self._reloaded = taken
            if taken:
                self._reloaded_at_s = self._clock.now().timestamp()

    def history_waiting(self, runs: int) -> None:
        """So many runs wait to be written down."""
        self._history_waiting = runs

    def configure(self, pairs: Iterable[Pair]) -> None:
        """Only these scenarios and paths are run from now on."""
        with self._lock:
            self._standings.configure(pairs)

    def learn(self, run: Run) -> None:
        """Take over a finished run."""
        with self._lock:
            self._standings.learn(run)
            at_s = self._clock.monotonic()
            for identity in identities_read(run):
                self._identities.read(run.path, identity.name, usable=identity.fault is None, at_s=at_s)

    def carry_on(self, pair: Pair, failed_before: int) -> None:
        """Count failures in a row on from there."""
        with self._lock:
            self._standings.carry_on(pair, failed_before)

    def remember(self, pair: Pair, known: LastKnown, failure: Failure | None) -> None:
        """Take over how a pair stands from the history."""
        with self._lock:
            self._standings.remember(pair, known, failure)

    def read(self, path: str, identity: str, *, usable: bool) -> None:
        """Somebody has just read the files of an identity."""
        with self._lock:
            self._identities.read(path, identity, usable=usable, at_s=self._clock.monotonic())

    def plan(self, plans: Iterable[Plan]) -> None:
        """What is to be run, and how often, from now on."""
        with self._lock:
            self._plans = tuple(plans)

    def watch(self, stand: Callable[[], Stand]) -> None:
        """Where to look at the certificates; called at each collection, from its thread."""
        self._certificates.stand = stand

    def latch(self, path: str, *, latched: bool) -> None:
        """Whether the path is latched shut."""
        with self._lock:
            self._latched[path] = latched

    def register(self, meter: Observing) -> None:
        """Create the gauges on a meter."""
        self._gauge(meter, names.UP, lambda: self._each(lambda s: s.up))
        self._gauge(meter, names.CONSECUTIVE_FAILURES, lambda: self._each(lambda s: s.consecutive_failures))
        self._gauge(meter, names.LAST_RUN, lambda: self._each(lambda s: s.last_run_s))
        self._gauge(meter, names.LAST_SUCCESS, lambda: self._each(lambda s: s.last_success_s))
        self._gauge(meter, names.FAILURE_ACTIVE, self._failures)
        self._gauge(meter, names.SUCCESS_RATIO, self._ratios)
        self._gauge(meter, names.NOT_AFTER, lambda: self._certificates.now().not_after)
        self._gauge(meter, names.NOT_BEFORE, lambda: self._certificates.now().not_before)
        self._gauge(meter, names.MANAGED, lambda: self._certificates.now().managed)
        self._gauge(meter, names.THRESHOLD, lambda: self._certificates.now().thresholds)
        self._gauge(meter, names.ATTENTION, lambda: self._certificates.now().attention)
        self._gauge(meter, names.VALID_UNTIL, lambda: self._certificates.now().valid_until)
        self._gauge(meter, names.LATCHED, lambda: [(float(on), {"path": path}) for path, on in self._latched.items()])
        self._gauge(
            meter,
            names.IDENTITY_USABLE,
            lambda: certificates.usable(self._certificates.stand(), self._identities.usable()),
        )
        self._gauge(meter, names.IDENTITY_BROKEN, self._broken)
        self._gauge(
            meter, names.SCHEDULE_INTERVAL, lambda: [(plan.every_s, _plan_labels(plan)) for plan in self._plans]
        )
        self._gauge(meter, names.HISTORY_WAITING, lambda: _alone(self._history_waiting))
        self._count_dropped(meter)
        self._gauge(meter, names.CONFIG_RELOADED, lambda: _alone(self._reloaded))
        self._gauge(meter, names.CONFIG_RELOADED_AT, lambda: _alone(self._reloaded_at_s))
        self._gauge(
            meter,
            names.OBJECTIVE,
            lambda: [(plan.slo, {**_plan_labels(plan), "severity": plan.severity.value}) for plan in self._plans],
        )

    def _count_dropped(self, meter: Observing) -> None:
        def callback(_options: CallbackOptions) -> Iterable[Observation]:
            return [Observation(self.dropped(), self._common)]

        metric = names.OUTPUT_DROPPED
        meter.create_observable_counter(metric.name, [callback], metric.unit, metric.description)

    def _gauge(self, meter: Observing, metric: MetricName, read: Callable[[], list[Reading]]) -> None:
        def callback(_options: CallbackOptions) -> Iterable[Observation]:
            with self._lock:
                readings = read()
            return [Observation(value, {**self._common, **labels}) for value, labels in readings]

        meter.create_observable_gauge(metric.name, [callback], metric.unit, metric.description)

    def _each(self, value_of: Callable[[Standing], float | None]) -> list[Reading]:
        values = ((pair, value_of(standing)) for pair, standing in self._standings.items())
        return [(float(value), _pair_labels(pair)) for pair, value in values if value is not None]

    def _failures(self) -> list[Reading]:
        return [
            (
                1.0,
                {
                    **_pair_labels(pair),
                    "code": str(standing.failure.code),
                    "reason": standing.failure.reason,
                    "blame": standing.failure.blame.value,
                    "confidence": standing.failure.confidence.value,
                    "severity": standing.failure.severity.value,
                },
            )
            for pair, standing in self._standings.items()
            if standing.failure is not None
        ]

    def _broken(self) -> list[Reading]:
        return [(float(on), {"path": path, "name": name}) for (path, name), on in self._identities.broken().items()]

    def _ratios(self) -> list[Reading]:
        return [(value, {**_pair_labels(pair), "window": window}) for pair, window, value in self._standings.ratios()]


def _pair_labels(pair: Pair) -> dict[str, str]:
    return {"scenario": pair[0], "path": pair[1]}


def _plan_labels(plan: Plan) -> dict[str, str]:
    return {"scenario": plan.scenario, "path": plan.path}


def _alone(value: float | None) -> list[Reading]:
    """A series without labels of its own; none while nothing is known."""
    return [] if value is None else [(float(value), {})]
