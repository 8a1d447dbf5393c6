"""A declared, named, ordered list of steps with one deadline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from probe.model.failure import Severity

OPERATORS = ("min", "max", "matches", "one_of", "present", "any")
"""Keys of an expectation that is more than a value."""

HEALTH_PATH = "${connector.health_path}"
"""What an `http` step without a path asks for."""


class StepKind(StrEnum):
    """What a step does; one file under `probe/steps/` each."""

    HANDSHAKE = "handshake"
    HTTP = "http"
    STRIPE = "stripe"
    CERTIFICATES = "certificates"
    WAIT = "wait"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeAction:
    """Shake hands with the connector and ask its health path."""

    client_certificate_required: bool = False
    """A peer that asks for no certificate is a failure instead of a warning."""
    without_certificate: bool = False
    """Our client certificate is not offered, and the connector must refuse: getting through is the failure."""
    any_answer: bool = False
    """Any HTTP answer below 500 passes (`diagnose` without `--http-path`); otherwise only 2xx does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAction:
    """Send one request to the connector."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    without_certificate: bool = False
    """Our client certificate is not offered, and the connector must refuse: getting through is the failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeAction:
    """Call one method of the SDK's `StripeClient` by its dotted path."""

    method: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    """May hold `${…}` templates in strings, at any depth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesAction:
    """Look at every certificate that the path needs, wherever it was seen."""

    valid_for_s: float
    """Each of them must be valid for at least so long from now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitAction:
    """Let time pass."""

    seconds: float


class WebhookProof(StrEnum):
    """What shows that an event came; each is a claim of its own."""

    DELIVERY = "delivery"
    """Stripe's signed delivery reaches this probe's own listener."""
    PENDING = "pending_webhooks"
    """Stripe says that every endpoint has taken the event, and the path's own (`paths.NAME.webhook`) is among those that want it."""
    EVENTS = "events"
    """The event stands in Stripe's list; nothing is said about deliveries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAction:
    """Wait until an event about an object has come."""

    event: str
    """Its type, `payment_intent.succeeded`."""
    object_id: str
    """Id of the object that it is about (`data.object.id`); may be a template."""
    proof: WebhookProof = WebhookProof.DELIVERY
    within_s: float | None = None
    """None: what is left of the run's deadline."""


class Forgery(StrEnum):
    """How a webhook is not Stripe's."""

    UNSIGNED = "unsigned"
    """It has no signature."""
    FORGED = "forged"
    """It is signed with another secret."""
    STALE = "stale"
    """It is signed rightly, an hour ago: what was overheard and is sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeryAction:
    """Send the path's own endpoint for webhooks a webhook that is not Stripe's, which it has to refuse."""

    forgery: Forgery


Action = HandshakeAction | HttpAction | StripeAction | CertificatesAction | WaitAction | WebhookAction | ForgeryAction
CANARY = "${canary.tenant}"
"""How a scenario names the tenant that may be charged."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""HTTP methods that change nothing (RFC 9110 9.2.1)."""


def asks_health_path(action: Action) -> bool:
    """Whether it needs a path with a `health_path`."""
    return isinstance(action, HttpAction) and action.path == HEALTH_PATH


def names_canary(action: HttpAction) -> bool:
    """Whether the request names the canary tenant of the path (`paths.NAME.connector.canary.tenant`)."""
    texts = (action.path, action.body or "", *action.headers.values())
    return any(CANARY in text.replace(" ", "") for text in texts)


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
    within_s: float | None = None
    """It must have its answer in this time; None: within the limits of its phases."""
    retry: tuple[str, ...] | None = None
    """Reasons, or families such as `stripe.*`, for which it is tried again; None: those that the catalogue calls retryable."""
    same_key_as: str | None = None
    """Name of an earlier step whose idempotency key it sends once more."""
    place: tuple[int, int] | None = field(default=None, compare=False)
    """Line and column of its kind in the scenario's file, counted from 1; None for a step that nobody wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What to do, how often, and within what time."""

    name: str
    summary: str
    question: str = ""
    """What the business learns from it."""
    every_s: float
    deadline_s: float
    values: Mapping[str, object] = field(default_factory=dict)
    """Drawn once for each run, `${values.NAME}` afterwards; may hold `${random.…}` and what every run knows."""
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
