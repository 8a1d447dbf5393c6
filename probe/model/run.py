"""One execution of one scenario on one path, and the events about it that observers receive."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from probe.model.failure import Failure
from probe.model.observation import Observation
from probe.model.outcome import Outcome
from probe.model.scenario import StepKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a step. A pass on the second try stays visible."""

    started_at: datetime
    offset_s: float
    """From the start of the run."""
    duration_s: float
    outcome: Outcome
    observation: Observation | None
    """None where our own code failed before there was one."""
    reconciled: Observation | None = None
    """The handshake made to explain a transport failure of this attempt, where one was."""
    addresses: tuple[tuple[str, Outcome], ...] = ()
    """Each address with its outcome, where every address of the name was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRun:
    """What became of one step."""

    name: str
    kind: StepKind
    span_id: str
    """16 hex digits; the parent of what the step sends."""
    outcome: Outcome
    offset_s: float
    duration_s: float
    attempts: tuple[Attempt, ...] = ()
    """Empty where the step was skipped."""
    warnings: tuple[Failure, ...] = ()
    cleanup: bool = False

    @property
    def observation(self) -> Observation | None:
        """The last attempt's observation."""
        return self.attempts[-1].observation if self.attempts else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """A run has begun."""

    run_id: str
    """32 hex digits; also the trace id."""
    scenario: str
    path: str
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished run."""

    run_id: str
    """32 hex digits; also the trace id."""
    span_id: str
    """16 hex digits of the root span."""
    scenario: str
    path: str
    environment: str
    location: str
    started_at: datetime
    duration_s: float
    outcome: Outcome
    steps: tuple[StepRun, ...] = ()
    """In the order in which they ran, cleanup steps last (`StepRun.cleanup`)."""
    warnings: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSkipped:
    """A run that was due and was not begun."""

    scenario: str
    path: str
    cause: str
    """Closed set: `overlap`, `no_state`, `latched`, `no_stripe`, `no_health_path`, `no_webhook`, `no_canary`, `not_ours`."""


class Observer(Protocol):
    """Told about runs and steps; must neither block nor raise."""

    def run_started(self, event: RunStarted) -> None:
        """A run has begun."""

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """A step of the run that `event` began has ended."""

    def run_finished(self, run: Run) -> None:
        """The run and all its cleanup have ended."""

    def run_skipped(self, event: RunSkipped) -> None:
        """A due run was not begun."""
