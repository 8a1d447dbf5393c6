"""A runner on a clock that moves only when somebody sleeps, with scripted answers of Stripe and a network that refuses."""

import asyncio
import errno
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from probe.billing.fake import Asked, FakeCaller, Reply
from probe.catalogue.catalogue import load
from probe.history.latches import Latch
from probe.model.answer import StripeErrorFacts
from probe.model.clock import FakeClock
from probe.model.failure import Phase
from probe.model.network import Cause, Ended, Endpoint
from probe.model.outcome import Failed, Unknown, word
from probe.model.path import Connector, PaymentPath, PhaseLimits, StripeAccess
from probe.model.run import Observer, Run, RunSkipped, RunStarted, StepRun
from probe.model.scenario import Scenario, StepKind, StepPlan, StripeAction
from probe.model.secret import Secret
from probe.redact.text import Redactor
from probe.runner.runner import Runner
from probe.runner.state import Surroundings
from probe.steps.context import Seams
from probe.tls.contexts import ContextCache
from probe.transport.dial import Address, FakeDialer
from probe.transport.handshake import HandshakeProbe
from probe.transport.http import HttpProbe

NOW = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)
BALANCE = Reply(response={"object": "balance", "livemode": False})
REFUND = Reply(
    response={"object": "refund", "id": "re_1", "status": "succeeded", "amount": 100, "payment_intent": "pi_1"}
)
CANCELLED = Reply(
    response={"object": "payment_intent", "id": "pi_1", "status": "canceled", "amount": 100, "livemode": False}
)
BROKEN = StripeErrorFacts(type="api_error", message="An unknown error occurred")
KEY = Secret("sk_test_" + "canary" * 4)


CREATE, REFUNDS, CANCEL = "v1.payment_intents.create", "v1.refunds.create", "v1.payment_intents.cancel"
NO_ANSWER = Reply(
    status=None, ended=Ended.TIMED_OUT, phase=Phase.WAIT, causes=(Cause(kind="TimeoutError", text=""),), request_id=None
)
SERVER_ERROR = Reply(status=500, error=BROKEN)
BAD_REQUEST = Reply(status=400, error=StripeErrorFacts(type="invalid_request_error", code="parameter_unknown"))


def reason(run: Run) -> str:
    """Why the run did not pass."""
    assert isinstance(run.outcome, Failed | Unknown), run
    return run.outcome.failure.reason


def outcomes(run: Run) -> dict[str, str]:
    """Each step's outcome by name, in order."""
    return {step.name: word(step.outcome) for step in run.steps}


def intent(status: str = "succeeded", **more: object) -> Reply:
    """A payment intent over 100 as Stripe answers it."""
    received = 100 if status == "succeeded" else 0
    base: dict[str, object] = {
        "object": "payment_intent",
        "id": "pi_1",
        "status": status,
        "amount": 100,
        "amount_received": received,
        "livemode": False,
    }
    return Reply(response=base | more)


CHARGE = StepPlan(
    name="charge",
    kind=StepKind.STRIPE,
    action=StripeAction(method="v1.payment_intents.create", parameters={"amount": 100, "currency": "usd"}),
    expect={"status": "succeeded", "amount_received": 100},
    save={"payment_intent": "id"},
)
REFUND_STEP = StepPlan(
    name="refund",
    kind=StepKind.STRIPE,
    action=StripeAction(method="v1.refunds.create", parameters={"payment_intent": "${saved.payment_intent}"}),
    expect={"status": "succeeded"},
    when="saved.payment_intent",
)


def scenario(
    steps: Sequence[StepPlan] = (CHARGE,), cleanup: Sequence[StepPlan] = (REFUND_STEP,), deadline_s: float = 15
) -> Scenario:
    """Charge and refund, unless told otherwise."""
    return Scenario(
        name="card-charge",
        summary="",
        every_s=300,
        deadline_s=deadline_s,
        steps=tuple(steps),
        cleanup=tuple(cleanup),
        source="test",
    )


class Latches:
    """The latch of one path, in memory."""

    def __init__(self, latch: Latch | None = None) -> None:
        """Open unless told otherwise."""
        self.held = latch
        self.unlocked = False

    def opened(self, latch: Latch) -> bool:
        """Whether somebody has used `paypath unlock`."""
        return self.unlocked

    def latch(self, path: str) -> Latch | None:
        """The latch, whatever the path."""
        return self.held

    def set_latch(self, latch: Latch) -> None:
        """Keep the first."""
        self.held = self.held or latch


class LatchedMeanwhile(Latches):
    """Another process latches the path while a method is asked for the first time."""

    def __init__(self, method: str) -> None:
        """With its version; `asked` is to be what the rig's Stripe is asked."""
        super().__init__()
        self.method, self.asked = method, list[Asked]()

    def latch(self, path: str) -> Latch | None:
        """Shut from then on."""
        if any(asked.method == self.method for asked in self.asked):
            self.set_latch(Latch(path=path, run_id="r0", set_at=NOW, because="It answered in live mode."))
        return super().latch(path)


@dataclass
class Seen(Observer):
    """What observers are told, in order."""

    events: list[str] = field(default_factory=list)

    def run_started(self, event: RunStarted) -> None:
        """Note it."""
        self.events.append("run started")

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Note it."""
        self.events.append(f"step {step.name}")

    def run_finished(self, run: Run) -> None:
        """Note it."""
        self.events.append("run finished")

    def run_skipped(self, event: RunSkipped) -> None:
        """Note it."""
        self.events.append("run skipped")


class Rig:
    """A runner, what it talks to, and what it told."""

    def __init__(
        self,
        replies: Mapping[str, Reply | Sequence[Reply]],
        *,
        latches: Latches | None = None,
        caller: FakeCaller | None = None,
    ) -> None:
        """`replies` by method; the balance proves test mode unless it is scripted."""
        self.clock = FakeClock(NOW)
        self.stripe = caller or FakeCaller(self.clock, {"v1.balance.retrieve": BALANCE, **replies})
        self.latches = Latches() if latches is None else latches
        if isinstance(self.latches, LatchedMeanwhile):
            self.latches.asked = self.stripe.asked
        self.seen = Seen()
        self.stop = asyncio.Event()
        contexts = ContextCache()
        here = Address("127.0.0.1", 1)
        refused = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        dialer = FakeDialer({"127.0.0.1": (here,)}, {here: refused})
        self.around = Surroundings(
            seams=Seams(
                clock=self.clock,
                handshakes=HandshakeProbe(dialer=dialer, contexts=contexts, clock=self.clock),
                http=HttpProbe(dialer=dialer, contexts=contexts, clock=self.clock),
                stripe=self.stripe,
            ),
            catalogue=load(),
            randomness=random.Random(1),
            redactor=Redactor([KEY]),
            observers=[self.seen],
            environment="staging",
            location="here",
            limits=PhaseLimits(),
        )
        self.runner = Runner(self.around, latches=self.latches)
        self.path = PaymentPath(
            name="billing",
            connector=Connector(
                url="https://127.0.0.1:1",
                endpoint=Endpoint(host="127.0.0.1", port=1, server_name="127.0.0.1"),
            ),
            stripe=StripeAccess(api_key=KEY),
        )

    async def run(self, plan: Scenario | None = None) -> Run:
        """One run to its end."""
        return await self.runner.run(plan or scenario(), self.path, stop=self.stop)

    @property
    def methods(self) -> list[str]:
        """What Stripe was asked, in order, without the version."""
        return [asked.method.removeprefix("v1.") for asked in self.stripe.asked]
