"""A declared, named, ordered list of steps with one deadline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from probe.model.failure import Severity

OPERATORS = ("min", "max", "matches", "one_of", "present")
"""Keys of an expectation that is more than a value."""


class StepKind(StrEnum):
    """What a step does; one file under `probe/steps/` each."""

    HANDSHAKE = "handshake"
    HTTP = "http"
    STRIPE = "stripe"
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeAction:
    """Shake hands with the connector and ask its health path."""

    client_certificate_required: bool = False
    """A peer that asks for no certificate is a failure instead of a warning."""
    any_answer: bool = False
    """Any HTTP answer below 500 passes (`diagnose` without `--http-path`); otherwise only 2xx does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAction:
    """Send one request to the connector."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeAction:
    """Call one method of the SDK's `StripeClient` by its dotted path."""

    method: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    """May hold `${…}` templates in strings, at any depth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitAction:
    """Let time pass."""

    seconds: float


Action = HandshakeAction | HttpAction | StripeAction | WaitAction


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPlan:
    """One step as declared."""

    name: str
    kind: StepKind
    action: Action
    expect: Mapping[str, object] = field(default_factory=dict)
    """As written, templates unexpanded; `error` holds `{code, decline_code}` of an expected decline."""
    save: Mapping[str, str] = field(default_factory=dict)
    """Name under `saved` -> dotted path into the answer."""
    when: str | None = None
    """`saved.NAME`: run only where that was saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What to do, how often, and within what time."""

    name: str
    summary: str
    every_s: float
    deadline_s: float
    steps: tuple[StepPlan, ...]
    cleanup: tuple[StepPlan, ...] = ()
    severity: Severity = Severity.PAGE
    """The most that a failure of this scenario may do: a reason that pages only opens a ticket where this says so."""
    slo: float = 0.99
    """Share of runs, above 0 and below 1, that must pass: what alert rules measure the burn of."""
    paths: tuple[str, ...] | None = None
    """Names of the paths that it runs on; None: all that it fits."""
    locations: tuple[str, ...] | None = None
    """Names of the locations that it runs from; None: all."""
    source: str
    """The file that declared it."""
