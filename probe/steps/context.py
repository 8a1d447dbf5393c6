"""What a step may use: the path it acts on, its limits, and the seams to the outside."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from probe.billing.forging import AiohttpSender, WebhookSender
from probe.billing.inbox import Inbox
from probe.billing.marking import Mark
from probe.billing.stripe import StripeCaller
from probe.model.clock import Clock
from probe.model.identity import LoadedIdentity
from probe.model.observation import StripeObservation
from probe.model.path import PaymentPath, PhaseLimits
from probe.model.watch import WatchedCertificate
from probe.transport.handshake import HandshakeProbe
from probe.transport.http import HttpProbe


class StripePlaces(Protocol):
    """The budget of requests to one Stripe account; `probe.runner.budget.Allowance` is the real one."""

    def request(self, *, urgent: bool = False) -> AbstractAsyncContextManager[None]:
        """The place of one request, which is waited for."""

    def answered(self, observation: StripeObservation) -> None:
        """What it came to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seams:
    """The ways out of the process; each has a fake beside the real one."""

    clock: Clock
    handshakes: HandshakeProbe
    http: HttpProbe
    stripe: StripeCaller
    inbox: Inbox = field(default_factory=Inbox)
    """Webhooks that were delivered to this probe."""
    webhooks: WebhookSender = field(default_factory=AiohttpSender)
    """Sends webhooks to the paths' own endpoints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """Everything about this attempt of this step that is not declared in the scenario."""

    seams: Seams
    path: PaymentPath
    identity: LoadedIdentity | None
    """As read for this run; None where the path has none, or watches one without a key."""
    limits: PhaseLimits
    deadline: float
    """`Clock.monotonic` value past which nothing waits any longer."""
    mark: Mark
    """What everything that the attempt makes at Stripe is marked with."""
    request_span_id: str
    """16 hex digits, new for each attempt: what goes out in `traceparent`."""
    places: StripePlaces | None = None
    """Of the account's budget, for steps that send several requests to Stripe; None where there is no budget."""
    idempotency_key: str | None = None
    """For steps that write to Stripe: the same for every attempt of the step in this run."""

    certificates: Callable[[], tuple[WatchedCertificate, ...]] = tuple
    """What is known of this path's certificates now."""

    @property
    def traceparent(self) -> str:
        """W3C Trace Context header of what the attempt sends."""
        return f"00-{self.mark.run_id}-{self.request_span_id}-01"
