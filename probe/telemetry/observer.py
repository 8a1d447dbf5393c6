"""The observer that tells OpenTelemetry about runs."""

import functools
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Concatenate, Final, ParamSpec

from opentelemetry.context import Context
from opentelemetry.metrics import Meter

from probe.certificates.stock import Stand
from probe.history.last import LastKnown
from probe.model.budget import BudgetStand
from probe.model.clock import Clock
from probe.model.failure import Failure, Hop, Phase
from probe.model.observation import HandshakeObservation, HttpObservation, Observation, StripeObservation
from probe.model.outcome import Skipped, word
from probe.model.run import Attempt, Run, RunSkipped, RunStarted, StepRun
from probe.telemetry.attributes import http_answer, http_method, peer_attributes
from probe.telemetry.budgets import BudgetReadings
from probe.telemetry.gauges import Gauges
from probe.telemetry.instruments import make_instruments
from probe.telemetry.names import OUTCOMES, PAGE_OUTCOMES, SKIP_CAUSES, SWEPT, WEBHOOK_OUTCOMES
from probe.telemetry.plan import Plan
from probe.telemetry.readings import Observing
from probe.telemetry.spans import SpanTree, failure_of, run_context
from probe.telemetry.standing import Pair
from probe.telemetry.tally import Tally
from probe.telemetry.timeline import http_stretch, phase_timings

_LOGGER: Final = logging.getLogger(__name__)
_P = ParamSpec("_P")


def _never_raising(
    told: Callable[Concatenate["TelemetryObserver", _P], None],
) -> Callable[Concatenate["TelemetryObserver", _P], None]:
    """An observer must not raise: what goes wrong in here is our bug, and no reason to stop probing."""

    @functools.wraps(told)
    def guarded(self: "TelemetryObserver", /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            told(self, *args, **kwargs)
        except Exception:  # the edge of an observer; logged with its traceback
            _LOGGER.exception("telemetry could not take over what it was told by %s; this is a bug", told.__name__)

    return guarded


class TelemetryObserver:
    """Counts, times and traces finished runs. All that it does is in memory; export happens on other threads.

    Implements `probe.model.run.Observer`.
    """

    def __init__(
        self,
        meter: Meter,
        *,
        observing: Observing | None = None,
        clock: Clock,
        environment: str,
        location: str,
        pairs: Iterable[Pair] = (),
        spans: SpanTree | None = None,
        tally: Tally | None = None,
    ) -> None:
        """`pairs` are the configured (scenario, path): their counters exist at 0 from here on. No spans without `spans`.

        With a `tally` counters and histograms are kept there, and only gauges on the meter; or on `observing`, where that is given.
        """
        self._common: Mapping[str, str] = {"environment": environment, "location": location}
        self._spans = spans
        self._made = make_instruments(tally or meter)
        self._gauges = Gauges(clock, self._common)
        self._gauges.register(observing or meter)
        self._budgets = BudgetReadings(self._common)
        self._budgets.register(observing or meter)
        self.history_backlog(0, 0)
        self.configure(pairs)

    def configure(self, pairs: Iterable[Pair]) -> None:
        """Say anew which (scenario, path) are run, at start and after a reload. Counters only ever grow."""
        listed = list(pairs)
        self._gauges.configure(listed)
        for scenario, path in listed:
            labels = {**self._common, "scenario": scenario, "path": path}
            for outcome in OUTCOMES:
                self._made.runs.add(0, {**labels, "outcome": outcome})
            for cause in SKIP_CAUSES:
                self._made.runs_skipped.add(0, {**labels, "cause": cause})

    def watch(self, stand: Callable[[], Stand]) -> None:
        """Say where the certificates stand; nothing is known of them until told. Called from the threads that collect."""
        self._gauges.watch(stand)

    def plan(self, plans: Iterable[Plan]) -> None:
        """Say what is to be run and how often, at start and after a reload; unknown until told."""
        self._gauges.plan(plans)

    def carry_on(self, pair: Pair, failed_before: int) -> None:
        """Say how many runs in a row had failed when the process began; nothing is told of it before a run of its own has failed."""
        self._gauges.carry_on(pair, failed_before)

    def remember(self, pair: Pair, known: LastKnown, failure: Failure | None) -> None:
        """Take over how a pair stands from the history: of many short runs, none knows by itself what the others found."""
        self._gauges.remember(pair, known, failure)

    def reloaded(self, *, taken: bool) -> None:
        """Say that a configuration was read anew, and taken over or refused."""
        self._gauges.reloaded(taken=taken)

    def identity_read(self, path: str, identity: str, usable: bool) -> None:  # noqa: FBT001 - what was found is a boolean
        """Say that the files of an identity were read outside of a run, and whether they can be used."""
        self._gauges.read(path, identity, usable=usable)

    def swept(self, account: str, *, taken_back: int, still_there: int) -> None:
        """Count what a sweep of an account found; both at 0 make its series known."""
        for outcome, count in zip(SWEPT, (taken_back, still_there), strict=True):
            self._made.swept.add(count, {**self._common, "account": account, "outcome": outcome})

    def watch_output(self, dropped: Callable[[], int]) -> None:
        """Say how many lines of output were dropped. Called from the threads that collect."""
        self._gauges.dropped = dropped

    def watch_budgets(self, stands: Callable[[], Iterable[BudgetStand]]) -> None:
        """Say how the budgets of requests stand. Called from the threads that collect."""
        self._budgets.stands = stands

    def latch(self, path: str, *, latched: bool) -> None:
        """Say whether a path is latched shut; unknown until told."""
        self._gauges.latch(path, latched=latched)

    def sinks(self, names: Iterable[str]) -> None:
        """Say where pages go: their counters exist at 0 from here on."""
        for name in names:
            for outcome in PAGE_OUTCOMES:
                self._made.pages.add(0, {**self._common, "sink": name, "outcome": outcome})

    def page(self, sink: str, outcome: str) -> None:
        """Count an attempt to hand over a page."""
        self._made.pages.add(1, {**self._common, "sink": sink, "outcome": outcome})

    def history_backlog(self, lost: int, waiting: int) -> None:
        """Count runs that will never stand in the history, and say how many wait until it can be written."""
        self._made.history_lost.add(lost, self._common)
        self._gauges.history_waiting(waiting)

    def schedule_lag(self, lag_s: float) -> None:
        """A run started this much later than it was due, in seconds."""
        self._made.schedule_lag.record(max(0.0, lag_s), self._common)

    def expect_webhooks(self, paths: Iterable[str]) -> None:
        """Say which paths are delivered webhooks: their counters exist at 0 from here on."""
        for path in paths:
            for outcome in WEBHOOK_OUTCOMES:
                self._made.webhooks.add(0, {**self._common, "path": path, "outcome": outcome})

    def webhook(self, path: str, outcome: str) -> None:
        """A webhook was delivered, and this (`WEBHOOK_OUTCOMES`) became of it."""
        self._made.webhooks.add(1, {**self._common, "path": path, "outcome": outcome})

    def run_started(self, event: RunStarted) -> None:
        """Nothing: a run is told when it has ended."""

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Nothing: steps are told with their run."""

    @_never_raising
    def run_skipped(self, event: RunSkipped) -> None:
        """Count a due run that was not begun."""
        labels = {"scenario": event.scenario, "path": event.path, "cause": event.cause}
        self._made.runs_skipped.add(1, {**self._common, **labels})
        if event.cause == "latched":
            self._gauges.latch(event.path, latched=True)

    @_never_raising
    def run_finished(self, run: Run) -> None:
        """Take over a finished run with all its steps and attempts."""
        self._gauges.learn(run)
        if not isinstance(run.outcome, Skipped):
            self._run(run)
        for step in run.steps:
            self._step(run, step)
        if self._spans is not None:
            self._spans.record(run)

    def _run(self, run: Run) -> None:
        labels = {**self._common, "scenario": run.scenario, "path": run.path}
        counted = {**labels, "outcome": word(run.outcome)}
        context = run_context(run)
        self._made.runs.add(1, counted, context)
        self._made.run_duration.record(run.duration_s, counted, context)
        failure = failure_of(run.outcome)
        if failure is not None:
            self._made.failures.add(1, {**labels, "code": str(failure.code), "reason": failure.reason}, context)

    def _step(self, run: Run, step: StepRun) -> None:
        labels = {**self._common, "scenario": run.scenario, "path": run.path}
        context = run_context(run, step.span_id)
        if not isinstance(step.outcome, Skipped):
            counted = {**labels, "step": step.name, "outcome": word(step.outcome)}
            self._made.step_duration.record(step.duration_s, counted, context)
        for attempt in step.attempts[:-1]:
            failure = failure_of(attempt.outcome)
            if failure is not None:
                self._made.retries.add(1, {**labels, "reason": failure.reason}, context)
        for attempt in step.attempts:
            self._attempt(run.path, attempt, context)

    def _attempt(self, path: str, attempt: Attempt, context: Context) -> None:
        for observation in (attempt.observation, attempt.reconciled):
            if observation is None:
                continue
            for timing in phase_timings(observation):
                labels = {"path": path, "hop": _hop(observation, timing.phase), "phase": timing.phase.value}
                self._made.phase_duration.record(timing.duration_s, {**self._common, **labels}, context)
            self._request(attempt, observation, context)
            if isinstance(observation, HandshakeObservation) and observation.upstream is not None:
                for timing in observation.upstream.timings:
                    labels = {"path": path, "hop": Hop.CONNECTOR_STRIPE.value, "phase": timing.phase.value}
                    self._made.phase_duration.record(timing.duration_s, {**self._common, **labels}, context)

    def _request(self, attempt: Attempt, observation: Observation, context: Context) -> None:
        """The semantic conventions' duration of a request, where one was on its way."""
        covered = http_stretch(observation, 0.0)
        if covered is None:
            return
        labels: dict[str, str | int | bool | float | tuple[str, ...]] = {
            "http.request.method": http_method(observation),
            **{key: value for key, value in peer_attributes(observation).items() if key.startswith("server.")},
        }
        answer, failure = http_answer(observation), failure_of(attempt.outcome)
        if answer is not None:
            labels["http.response.status_code"] = answer.status
        if failure is not None and observation is attempt.observation:
            labels["error.type"] = failure.reason
        self._made.http_request.record(covered.end_s - covered.start_s, {**self._common, **labels}, context)


def _hop(observation: Observation, phase: Phase) -> str:
    """Between us and the connector, but for the wait for Stripe's answer, which is spent on the second hop, and for what is done in a tunnel."""
    waits_for_stripe = isinstance(observation, StripeObservation) and phase is Phase.WAIT
    tunnelled = isinstance(observation, StripeObservation | HttpObservation) and observation.hop is Hop.CONNECTOR_STRIPE
    behind = waits_for_stripe or (tunnelled and phase is not Phase.TCP)
    return (Hop.CONNECTOR_STRIPE if behind else Hop.PROBE_CONNECTOR).value
