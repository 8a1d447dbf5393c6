"""What runs share, what is fixed when one begins, and what it learns as it goes on."""

import pathlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from probe.catalogue.catalogue import Catalogue
from probe.documents.drawing import draw_values
from probe.documents.silence import FileSystems
from probe.model.failure import Failure
from probe.model.identity import LoadedIdentity
from probe.model.observation import HttpObservation, Observation
from probe.model.path import PaymentPath, PhaseLimits
from probe.model.run import Observer, RunStarted
from probe.model.scenario import Scenario
from probe.model.watch import WatchedCertificate
from probe.redact.text import Redactor
from probe.runner.budget import Allowance
from probe.runner.ledger import Ledger
from probe.steps.context import Seams
from probe.transport.offline import LocalNetwork
from probe.transport.references import References


class CertificateWatch(Protocol):
    """Who watches the certificates of the paths; `probe.certificates.stock.Stock` is the real one."""

    def learn(self, path: str, observation: Observation) -> None:
        """Take over what a run saw."""

    def entries(self, path: str) -> tuple[WatchedCertificate, ...]:
        """What is known of the path's certificates."""

    def warnings(self, path: str) -> tuple[Failure, ...]:
        """What a run on this path is to warn of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every run of a process shares."""

    seams: Seams
    catalogue: Catalogue
    randomness: random.Random
    redactor: Redactor
    observers: Sequence[Observer]
    environment: str
    location: str
    limits: PhaseLimits
    certificates: CertificateWatch | None = None
    """None: nobody watches, and runs warn only of what breaks in them."""
    network: LocalNetwork | None = None
    """What this machine knows of its own network; None: it is taken to have one."""
    references: References | None = None
    """Asked after a run that heard nothing; None: there are none."""
    files: FileSystems = field(default_factory=FileSystems)
    """Asked before each run, and each try of a step, whether they answer."""


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
    ends_by: datetime
    """When the run has ended at the latest, its cleanup included: until then what it made is in use."""
    files: tuple[pathlib.Path, ...] = ()
    """Of the path: what is looked at for each connection, so that it is asked before each try whether they answer."""
    silent: pathlib.Path | None = None
    """A file of the path whose file system does not answer: nothing of the path was read, and nothing can be tried."""
    lacking: str | None = None
    """What the process had not left to read the identity, a key of `probe.model.lack.RAISE`: nothing can be tried either."""

    @property
    def run_id(self) -> str:
        """32 hex digits; also the trace id."""
        return self.started.run_id

    @property
    def deadline(self) -> float:
        """`Clock.monotonic` past which no step waits any longer."""
        return self.began + self.scenario.deadline_s


class RunState:
    """One run while it goes on: what was saved, what was made, how long it waited."""

    def __init__(self, plan: RunPlan, around: Surroundings, allowance: Allowance | None) -> None:
        """Begin with nothing saved and nothing made. `allowance=None`: the path calls no Stripe."""
        self.plan = plan
        self.around = around
        self.allowance = allowance
        self.ledger = Ledger()
        self.saved: dict[str, object] = {}
        self.values = draw_values(plan.scenario.values, around.randomness)
        """Drawn once, so that every attempt sends the same."""
        self.seen: list[Observation] = []
        """Of the network, in order."""
        self.made: dict[str, object] = {}
        """By step: the id of the object that its first answer brought."""
        self.written: dict[str, HttpObservation | None] = {}
        """By `http` step that may change something: what it came to; None while it is on its way."""
        self.waited_s = 0.0
        """Seconds spent waiting for the other side."""
        self.queued_s = 0.0
        """Seconds spent waiting for our own budget of requests."""
        self.lost_s = 0.0
        """Seconds that this process did not get to the run."""

    @property
    def scope(self) -> Mapping[str, object]:
        """What `${…}` and `when` may name."""
        return {
            "saved": self.saved,
            "values": self.values,
            "run": {"id": self.plan.run_id, "scenario": self.plan.scenario.name},
            "path": self.plan.path.name,
            "environment": self.around.environment,
            "location": self.around.location,
            **({} if (api := self.plan.path.connector.api) is None else {"canary": {"tenant": api.canary_tenant}}),
            "connector": {"health_path": self.plan.path.connector.health_path},
        }

    def new_span_id(self) -> str:
        """16 hex digits, never all zero (W3C Trace Context 3.2.2.4)."""
        return f"{self.around.randomness.getrandbits(64) or 1:016x}"
