"""One finished run as a tree of spans: `run` → `step` → `dns`, `tcp connect`, `tls handshake`, the HTTP client span.

All spans are made when the run has ended, with the times that the engine measured and the ids that it chose: what goes out
in `traceparent` is what arrives at the collector. A step that was tried again has a span for each attempt between itself and the network, and the handshake that explains a failed call
has one called `reconciling handshake`. What a retry healed is an error on its attempt only, never on the step.

A run that could not tell has status ERROR too, since what the span stands for was not done; `error.type` is then a
`prober.*` or other reason of the catalogue, and `paypath.outcome` says `unknown`.
"""

from dataclasses import dataclass, replace
from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind
from opentelemetry.trace.propagation import set_span_in_context

from probe.model.failure import Failure, Hop, Phase
from probe.model.network import Ended
from probe.model.observation import HandshakeObservation, Observation, OfflineObservation
from probe.model.outcome import Failed, Outcome, Unknown
from probe.model.run import Attempt, Run, StepRun
from probe.telemetry.attributes import (
    Attributes,
    failure_attributes,
    http_answer,
    http_attributes,
    http_method,
    outcome_attributes,
    peer_attributes,
    request_span_id,
    tls_attributes,
    warning_attributes,
)
from probe.telemetry.finished import SAMPLED, FinishedSpan, FinishedSpans
from probe.telemetry.timeline import (
    HTTP_PHASES,
    TLS_PHASES,
    Stretch,
    http_stretch,
    nanoseconds,
    observation_start_s,
    phase_timings,
    stretch,
)

_NETWORK_SPANS: Final = (
    ("dns", frozenset({Phase.DNS})),
    ("tcp connect", frozenset({Phase.TCP})),
    ("tls handshake", TLS_PHASES),
)
_CLIENT_ERRORS: Final = 400
_DIGGING: Final = "tcp connect"
"""What the leg to a proxy is part of: all of it is the connector's phase `tcp`."""


def failure_of(outcome: Outcome) -> Failure | None:
    """Why it failed or could not tell; None where it passed or was skipped."""
    return outcome.failure if isinstance(outcome, Failed | Unknown) else None


def run_context(run: Run, span_id: str | None = None) -> Context:
    """A context that says "within this span of this run": what exemplars point to, also where no span is exported."""
    within = SpanContext(
        trace_id=int(run.run_id, 16),
        span_id=int(span_id or run.span_id, 16),
        is_remote=False,
        trace_flags=SAMPLED,
    )
    return set_span_in_context(NonRecordingSpan(within), Context())


@dataclass(frozen=True, slots=True)
class _Below:
    """Where the next spans hang."""

    started_ns: int
    """Start of the run: what all offsets count from."""
    trace_id: int
    parent: SpanContext | None
    failure: Failure | None = None
    """Of the attempt that they belong to; goes on the span in whose phase it ended."""
    resend_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sketch:
    """A span to be made."""

    name: str
    covers: Stretch
    attributes: Attributes
    failure: Failure | None = None
    """Gives the span status ERROR, described by its summary."""
    kind: SpanKind = SpanKind.INTERNAL
    span_id: str | None = None


class SpanTree:
    """Turns finished runs into spans."""

    def __init__(self, spans: FinishedSpans) -> None:
        """Hand them on through `spans`."""
        self._spans = spans

    def record(self, run: Run) -> None:
        """Make every span of the run, or none: a trace is sampled as a whole."""
        trace_id, name = int(run.run_id, 16), f"run {run.scenario}"
        if not self._spans.wants(trace_id, name):
            return
        root = _Sketch(
            name=name,
            covers=Stretch(0.0, run.duration_s),
            attributes={
                "paypath.scenario": run.scenario,
                "paypath.path": run.path,
                "paypath.location": run.location,
                **_evidence_of(run),
                **outcome_attributes(run.outcome),
                **warning_attributes(run.warnings),
            },
            failure=failure_of(run.outcome),
            span_id=run.span_id,
        )
        below = self._span(root, _Below(nanoseconds(run.started_at), trace_id, None))
        for step in run.steps:
            self._step(step, below)

    def _step(self, step: StepRun, above: _Below) -> None:
        sketch = _Sketch(
            name=f"step {step.name}",
            covers=Stretch(step.offset_s, step.offset_s + step.duration_s),
            attributes={
                "paypath.step.kind": step.kind.value,
                "paypath.step.cleanup": step.cleanup,
                "paypath.step.attempts": len(step.attempts),
                **(_evidence(step.observation) if failure_of(step.outcome) else {}),
                **outcome_attributes(step.outcome),
                **warning_attributes(step.warnings),
            },
            failure=failure_of(step.outcome),
            span_id=step.span_id,
        )
        below = self._span(sketch, above)
        if len(step.attempts) == 1:
            self._network(step.attempts[0], replace(below, failure=failure_of(step.attempts[0].outcome)))
            return
        for number, attempt in enumerate(step.attempts, start=1):
            self._attempt(attempt, number, below)

    def _attempt(self, attempt: Attempt, number: int, above: _Below) -> None:
        failure = failure_of(attempt.outcome)
        sketch = _Sketch(
            name=f"attempt {number}",
            covers=Stretch(attempt.offset_s, attempt.offset_s + attempt.duration_s),
            attributes=outcome_attributes(attempt.outcome),
            failure=failure,
        )
        below = self._span(sketch, above)
        self._network(attempt, replace(below, failure=failure, resend_count=number - 1))

    def _network(self, attempt: Attempt, above: _Below) -> None:
        if attempt.observation is not None:
            self._phases(attempt.observation, observation_start_s(attempt, attempt.observation), above)
        if attempt.reconciled is None:
            return
        start_s = observation_start_s(attempt, attempt.reconciled)
        sketch = _Sketch(
            name="reconciling handshake",
            covers=stretch(phase_timings(attempt.reconciled), start_s) or Stretch(start_s, start_s),
            attributes=_evidence(attempt.reconciled),
        )
        failure = above.failure if _went_wrong(attempt.reconciled) else None
        self._phases(attempt.reconciled, start_s, replace(self._span(sketch, above), failure=failure))

    def _phases(self, observation: Observation, start_s: float, above: _Below) -> None:
        """The spans of one connection; the one in whose phase it ended carries the failure."""
        if isinstance(observation, HandshakeObservation) and observation.upstream is not None:
            above = self._upstream(observation.upstream, start_s, above)
        broken = _broken_phase(observation, above.failure)
        for name, phases in _NETWORK_SPANS:
            covers = stretch((t for t in phase_timings(observation) if t.phase in phases), start_s)
            failure = above.failure if broken in phases else None
            described = {
                **peer_attributes(observation),
                **(tls_attributes(observation) if phases is TLS_PHASES else {}),
            }
            below = self._leaf(name, covers, described, failure, above)
            if name == _DIGGING and covers is not None and below is not None:
                self._leg(observation, covers.start_s, replace(below, failure=above.failure))
        self._leaf(
            http_method(observation),
            http_stretch(observation, start_s),
            {**peer_attributes(observation), **http_attributes(observation, resend_count=above.resend_count)},
            above.failure if broken in HTTP_PHASES else None,
            above,
            request_span_id=request_span_id(observation),
        )

    def _upstream(self, upstream: HandshakeObservation, start_s: float, above: _Below) -> _Below:
        """The spans of the second hop: `upstream dns` and so on. A failure there is theirs, and not the first hop's."""
        there = above.failure if above.failure is not None and above.failure.hop is Hop.CONNECTOR_STRIPE else None
        broken = _broken_phase(upstream, there)
        for name, phases in (*_NETWORK_SPANS, (upstream.http_path or "ask", HTTP_PHASES)):
            described = {
                **peer_attributes(upstream),
                **(tls_attributes(upstream) if phases is TLS_PHASES else {}),
            }
            covers = stretch((t for t in upstream.timings if t.phase in phases), start_s)
            self._leaf(f"upstream {name}", covers, described, there if broken in phases else None, above)
        return above if there is None else replace(above, failure=None)

    def _leg(self, observation: Observation, start_s: float, above: _Below) -> None:
        """The spans of the leg to a proxy, below the one that covers it: `proxy dns` and so on, and `CONNECT`."""
        leg = None if isinstance(observation, OfflineObservation) else observation.proxy
        if leg is None:
            return
        failure = above.failure if above.failure is not None and above.failure.proxy is not None else None
        spans = ((f"proxy {name}", phases) for name, phases in _NETWORK_SPANS)
        for name, phases in (*spans, ("CONNECT", HTTP_PHASES)):
            described = dict(peer_attributes(leg))
            if phases is TLS_PHASES:
                described |= tls_attributes(leg)
            elif phases is HTTP_PHASES:
                described["http.request.method"] = name
                described |= {"http.response.status_code": leg.http.status} if leg.http else {}
            covers = stretch((t for t in leg.timings if t.phase in phases), start_s)
            self._leaf(name, covers, described, failure if leg.phase in phases else None, above)

    def _leaf(
        self,
        name: str,
        covers: Stretch | None,
        described: Attributes,
        failure: Failure | None,
        above: _Below,
        *,
        request_span_id: str | None = None,
    ) -> _Below | None:
        """One span; none where the phase was not reached. With a request's span id: a CLIENT span."""
        if covers is None:
            return None
        sketch = _Sketch(
            name=name,
            covers=covers,
            attributes={**described, **(failure_attributes(failure) if failure else {})},
            failure=failure,
            kind=SpanKind.CLIENT if request_span_id else SpanKind.INTERNAL,
            span_id=request_span_id,
        )
        return self._span(sketch, above)

    def _span(self, sketch: _Sketch, above: _Below) -> _Below:
        """Make the span with its own times and ids, and say where its children hang."""
        context = self._spans.add(
            FinishedSpan(
                name=sketch.name,
                start_ns=above.started_ns + round(sketch.covers.start_s * 1e9),
                end_ns=above.started_ns + round(sketch.covers.end_s * 1e9),
                attributes=sketch.attributes,
                error=None if sketch.failure is None else sketch.failure.summary,
                kind=sketch.kind,
                span_id=sketch.span_id,
            ),
            trace_id=above.trace_id,
            parent=above.parent,
        )
        return _Below(above.started_ns, above.trace_id, context)


def _evidence(observation: Observation | None) -> Attributes:
    return {} if observation is None else {**peer_attributes(observation), **tls_attributes(observation)}


def _evidence_of(run: Run) -> Attributes:
    """What the step saw that decided the run, so that the root alone tells which certificate it was."""
    failure = failure_of(run.outcome)
    deciding = (step for step in run.steps if failure is not None and failure_of(step.outcome) == failure)
    return next((_evidence(step.observation) for step in deciding), {})


def _went_wrong(observation: Observation) -> bool:
    answer = http_answer(observation)
    ended = None if isinstance(observation, OfflineObservation) else observation.ended
    return ended is not Ended.COMPLETED or (answer is not None and answer.status >= _CLIENT_ERRORS)


def _broken_phase(observation: Observation, failure: Failure | None) -> Phase | None:
    """Where it ended if it did not complete; else where the failure was found, if in a phase at all."""
    if failure is None or isinstance(observation, OfflineObservation):
        return None
    if failure.proxy is not None:
        return Phase.TCP
    return failure.phase if observation.ended is Ended.COMPLETED else observation.phase
