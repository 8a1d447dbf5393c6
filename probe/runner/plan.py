"""What is fixed when a run begins."""

from dataclasses import dataclass

from probe.model.identity import LoadedIdentity
from probe.model.path import PaymentPath
from probe.model.run import RunStarted
from probe.model.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """One scenario on one path, with the identity as read for this run."""

    scenario: Scenario
    path: PaymentPath
    identity: LoadedIdentity | None
    span_id: str
    started: RunStarted
    began: float
    """`Clock.monotonic` at the start."""

    @property
    def run_id(self) -> str:
        """32 hex digits; also the trace id."""
        return self.started.run_id

    @property
    def deadline(self) -> float:
        """`Clock.monotonic` past which no step waits any longer."""
        return self.began + self.scenario.deadline_s
