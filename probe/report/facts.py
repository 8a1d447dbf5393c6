"""Which of a run's facts tell its story: every rendering picks them here, so that all agree."""

from collections.abc import Iterator
from dataclasses import dataclass

from probe.model.failure import Failure, Hop, Phase
from probe.model.network import Ended
from probe.model.observation import HandshakeObservation, HttpObservation, StripeObservation
from probe.model.outcome import Failed, Outcome, Unknown
from probe.model.run import Attempt, Run, StepRun
from probe.model.tls import NOTHING_SAID, TlsFacts

Networked = HandshakeObservation | HttpObservation | StripeObservation
"""An observation of something that went over the network."""


def failure_of(outcome: Outcome) -> Failure | None:
    """Why it failed or could not be told; None where it passed or was skipped."""
    return outcome.failure if isinstance(outcome, Failed | Unknown) else None


def attempts(run: Run) -> int:
    """The largest number of tries that any step needed; 1 for a run in which nothing was repeated."""
    return max((len(step.attempts) for step in run.steps), default=0) or 1


def told_again(run: Run) -> str:
    """`2 tries (before: tcp.refused)`: how often the step was tried that needed the most, and why; empty where nothing was repeated."""
    step = max(run.steps, key=lambda one: len(one.attempts), default=None)
    if step is None or len(step.attempts) <= 1:
        return ""
    before = dict.fromkeys(f.reason for a in step.attempts[:-1] if (f := failure_of(a.outcome)))
    return f"{len(step.attempts)} tries" + (f" (before: {', '.join(before)})" if before else "")


def deciding_step(run: Run) -> StepRun | None:
    """The step that gave the run its outcome; None where it passed, or where no step did it."""
    wanted = failure_of(run.outcome)
    if wanted is None:
        return None
    bad = [step for step in run.steps if failure_of(step.outcome) is not None]
    same = [step for step in bad if failure_of(step.outcome) == wanted]
    return next(iter(same or bad), None)


def deciding_attempt(run: Run) -> Attempt | None:
    """The last try of the step that gave the run its outcome."""
    step = deciding_step(run)
    return step.attempts[-1] if step and step.attempts else None


def observations(run: Run) -> Iterator[Networked]:
    """What went over the network, in its order, a reconciling handshake after the try that it explains."""
    for step in run.steps:
        for attempt in step.attempts:
            for observation in (attempt.observation, attempt.reconciled):
                if isinstance(observation, Networked):
                    yield observation


@dataclass(frozen=True, slots=True)
class Told:
    """The observations that a run is told by."""

    first_hop: Networked | None
    """Its phases are the run's phases: what decided (the handshake that explains it comes before the call that it
    explains, unless that failed in transport and the handshake passed), else the first handshake, else the first of all."""
    handshake: HandshakeObservation | None
    """Its chain and identity are the run's: the one that explains the failure, else the first."""

    @property
    def tls(self) -> TlsFacts | None:
        """The TLS facts of the handshake, else of the other observation; None where TLS was never begun."""
        for observation in (self.handshake, self.first_hop):
            if observation is not None and observation.tls != NOTHING_SAID:
                return observation.tls
        return None


def told_by(run: Run) -> Told:
    """Pick the observations that a run is told by."""
    seen = tuple(observations(run))
    handshakes = tuple(o for o in seen if isinstance(o, HandshakeObservation))
    attempt = deciding_attempt(run)
    mine = (attempt.reconciled, attempt.observation) if attempt else ()
    explaining = [o for o in mine if isinstance(o, HandshakeObservation)]
    decided = [o for o in mine if isinstance(o, Networked)]
    if attempt is not None and _tells_itself(attempt):
        decided.reverse()
    return Told(
        first_hop=next(iter([*decided, *handshakes, *seen]), None),
        handshake=next(iter([*explaining, *handshakes]), None),
    )


def _tells_itself(attempt: Attempt) -> bool:
    """Whether a call failed on its way, in the phase that is told, and the handshake after it got through: it explains nothing of that."""
    call, handshake, failure = attempt.observation, attempt.reconciled, failure_of(attempt.outcome)
    if not isinstance(call, HttpObservation | StripeObservation) or not isinstance(handshake, HandshakeObservation):
        return False
    broken = call.ended is not Ended.COMPLETED and handshake.ended is Ended.COMPLETED
    return broken and failure is not None and failure.phase is call.phase


def leg_to_proxy(observation: Networked | None) -> HandshakeObservation | None:
    """The leg to a proxy in front of the connector; None where there is none, or where the connector itself is the proxy."""
    if observation is None or observation.hop is Hop.CONNECTOR_STRIPE:
        return None
    return observation.proxy


def phases(observation: Networked | None) -> dict[Phase, float]:
    """Seconds by phase, in the order in which they ran; a phase that ran twice is summed."""
    found: dict[Phase, float] = {}
    for timing in observation.timings if observation else ():
        found[timing.phase] = found.get(timing.phase, 0.0) + timing.duration_s
    return found
