"""Steps that wait for events, and that send what Stripe did not sign, on a clock that moves only when somebody sleeps."""

import dataclasses
import json
from typing import Any

import pytest

from probe.billing.fake import Reply
from probe.billing.forging import FakeSender, Sent
from probe.billing.inbox import Delivery
from probe.billing.signed import TOLERANCE_S, read_delivery
from probe.history.latches import Latch
from probe.model.answer import HttpAnswer
from probe.model.path import PaymentPath, WebhookEndpoint
from probe.model.scenario import Forgery, ForgeryAction, StepKind, StepPlan, WebhookAction, WebhookProof
from probe.model.secret import Secret
from probe.runner.runner import Runner
from tests.runner.rig import CHARGE, REFUND, REFUND_STEP, Latches, Rig, intent, outcomes, reason, scenario

URL = "https://shop.example/stripe"
EVENTS, ENDPOINTS = "v1.events.list", "v1.webhook_endpoints.list"


def waiting(proof: WebhookProof, within_s: float | None = 5.0) -> StepPlan:
    """A step that waits for the event of the payment that was saved."""
    action = WebhookAction(
        event="payment_intent.succeeded", object_id="${saved.payment_intent}", proof=proof, within_s=within_s
    )
    return StepPlan(name="told", kind=StepKind.WEBHOOK, action=action)


def event(about: str = "pi_1", **more: object) -> dict[str, object]:
    """An event of Stripe's about a payment."""
    data = {"object": {"object": "payment_intent", "id": about, "livemode": False}}
    return {"object": "event", "id": f"evt_{about}", "livemode": False, "data": data} | more


def listed(*members: dict[str, object]) -> Reply:
    """A list of Stripe's."""
    return Reply(response={"object": "list", "data": list(members)})


def endpoint(**more: object) -> dict[str, object]:
    """An endpoint of Stripe's that leads to the path's own URL."""
    plain = {"object": "webhook_endpoint", "livemode": False, "url": URL, "status": "enabled", "enabled_events": ["*"]}
    return plain | more


def rig(replies: dict[str, Any] | None = None, *, latches: Latches | None = None) -> Rig:
    """A path that takes webhooks and has an endpoint of its own."""
    made = Rig({"v1.payment_intents.create": intent(), "v1.refunds.create": REFUND, **(replies or {})}, latches=latches)
    assert made.path.stripe is not None
    made.path = dataclasses.replace(
        made.path,
        stripe=dataclasses.replace(made.path.stripe, webhook_secret=Secret("whsec_ours")),
        webhook=WebhookEndpoint(url=URL, secret=Secret("whsec_shop")),
    )
    made.around.seams.inbox.listening = True
    return made


def steps(step: StepPlan) -> Any:  # noqa: ANN401 - a scenario
    """A charge, the step, the refund."""
    return scenario([CHARGE, step], [REFUND_STEP])


async def test_a_delivery_that_came_before_the_step() -> None:
    """Stripe is often quicker than our next step; the deliveries of other payments are no answer."""
    made = rig()
    for number in (2, 1):
        made.around.seams.inbox.take(
            "billing",
            Delivery(event_id=f"evt_{number}", kind="payment_intent.succeeded", object_id=f"pi_{number}"),
        )
    run = await made.run(steps(waiting(WebhookProof.DELIVERY)))
    assert outcomes(run) == {"test-mode": "passed", "charge": "passed", "told": "passed", "refund": "passed"}
    assert made.clock.monotonic() < 5


@pytest.mark.parametrize("within_s", [5.0, None])
async def test_no_delivery(within_s: float | None) -> None:
    """It is waited for once, as long as the step or the deadline says, and the refund comes all the same."""
    made = rig()
    made.around.seams.inbox.take("billing", Delivery(event_id="evt_1", kind="payment_intent.created", object_id="pi_1"))
    run = await made.run(steps(waiting(WebhookProof.DELIVERY, within_s)))
    assert reason(run) == "charge.webhook_missing"
    assert outcomes(run)["refund"] == "passed"
    told = next(step for step in run.steps if step.name == "told")
    assert len(told.attempts) == 1
    assert told.duration_s == pytest.approx(within_s or 15.0, abs=0.5)


async def test_a_delivery_from_live_mode_ends_everything() -> None:
    """Whichever event it is of: the path is latched, and nothing more is sent, not even the refund."""
    made = rig()
    made.around.seams.inbox.take(
        "billing", Delivery(event_id="evt_9", kind="charge.succeeded", object_id="ch_9", live=True)
    )
    run = await made.run(steps(waiting(WebhookProof.DELIVERY)))
    assert reason(run) == "charge.live_mode"
    assert made.latches.held is not None
    assert made.methods == ["balance.retrieve", "payment_intents.create"]


async def test_an_event_appears_in_stripes_list() -> None:
    """Asked for again until it is there."""
    made = rig({EVENTS: [listed(), listed(event("pi_other")), listed(event("pi_other"), event())]})
    run = await made.run(steps(waiting(WebhookProof.EVENTS)))
    assert outcomes(run)["told"] == "passed"
    asked = [asked for asked in made.stripe.asked if asked.method == EVENTS]
    assert len(asked) == 3
    assert asked[0].parameters["type"] == "payment_intent.succeeded"


async def test_an_event_that_never_appears() -> None:
    """A claim of its own, with the reason of webhooks."""
    run = await rig({EVENTS: listed()}).run(steps(waiting(WebhookProof.EVENTS)))
    assert reason(run) == "charge.webhook_missing"


async def test_every_endpoint_has_taken_it() -> None:
    """`pending_webhooks` comes down to 0, and the path's own endpoint is among those that want the event."""
    replies = {
        ENDPOINTS: listed(endpoint(url="https://else"), endpoint(enabled_events=["payment_intent.succeeded"])),
        EVENTS: [listed(), listed(event(pending_webhooks=2)), listed(event(pending_webhooks=0))],
    }
    made = rig(replies)
    run = await made.run(steps(waiting(WebhookProof.PENDING)))
    assert outcomes(run)["told"] == "passed"
    assert made.methods.count("webhook_endpoints.list") == 1


@pytest.mark.parametrize(
    "wrong", [{"url": "https://else"}, {"status": "disabled"}, {"enabled_events": ["charge.succeeded"]}]
)
async def test_nothing_pending_proves_nothing_without_the_endpoint(wrong: dict[str, object]) -> None:
    """Where Stripe tells nobody, nobody fails to take it: that is found, and at once."""
    made = rig({ENDPOINTS: listed(endpoint(**wrong)), EVENTS: listed(event(pending_webhooks=0))})
    run = await made.run(steps(waiting(WebhookProof.PENDING)))
    assert reason(run) == "charge.webhook_missing"
    assert made.clock.monotonic() < 1


async def test_a_call_that_goes_wrong_is_what_was_seen() -> None:
    """Stripe's error has its own reason: it does not mean that the webhook is missing."""
    from tests.runner.rig import SERVER_ERROR  # noqa: PLC0415 - one test's own

    run = await rig({EVENTS: SERVER_ERROR}).run(steps(waiting(WebhookProof.EVENTS)))
    assert reason(run) == "stripe.api_error"


@pytest.mark.parametrize("where", [{"livemode": True}, {"data": {"object": {"id": "pi_2", "livemode": True}}}])
async def test_live_mode_in_an_event_latches(where: dict[str, object]) -> None:
    """Also in an event that nobody waited for, and in the object within it."""
    made = rig({EVENTS: listed(event("pi_2") | where, event())})
    assert reason(await made.run(steps(waiting(WebhookProof.EVENTS)))) == "charge.live_mode"
    assert made.latches.held is not None


async def test_live_mode_in_an_endpoint_latches() -> None:
    """The list of endpoints is an answer of Stripe's as well."""
    made = rig({ENDPOINTS: listed(endpoint(livemode=True)), EVENTS: listed(event())})
    assert reason(await made.run(steps(waiting(WebhookProof.PENDING)))) == "charge.live_mode"


async def test_a_webhook_from_live_mode_shuts_the_path_between_two_steps() -> None:
    """What is shut from outside of the run sends nothing more, and no cleanup either; without state it holds for the process."""
    held = Latches()
    made = rig(latches=held)
    wait = waiting(WebhookProof.DELIVERY)

    class Shutting(type(made.stripe)):  # type: ignore[misc]  # the fake caller
        async def call(self, **asked: Any) -> Any:  # noqa: ANN401 - the seam's
            made.runner.shut("billing", "The webhook evt_1 says `livemode: true`.")
            return await super().call(**asked)

    made.stripe.__class__ = Shutting
    run = await made.run(steps(wait))
    assert reason(run) == "charge.live_mode"
    assert made.methods == ["balance.retrieve"]
    assert isinstance(held.held, Latch)
    stateless = Runner(made.around, latches=None)
    stateless.shut("billing", "live")
    assert reason(await stateless.run(scenario([wait], []), made.path, stop=made.stop)) == "charge.live_mode"


def forging(forgery: Forgery) -> StepPlan:
    """A step that sends what is not Stripe's."""
    return StepPlan(name="forged", kind=StepKind.WEBHOOK, action=ForgeryAction(forgery=forgery))


@pytest.mark.parametrize(("status", "expected"), [(400, None), (200, "charge.webhook_forgery_accepted")])
@pytest.mark.parametrize("forgery", Forgery)
async def test_a_forgery(forgery: Forgery, status: int, expected: str | None) -> None:
    """What is sent is wrong in just one way, is about nothing, and is marked with the run."""
    made, sender = rig(), FakeSender(Sent(HttpAnswer(status=status)))
    made.around = dataclasses.replace(made.around, seams=dataclasses.replace(made.around.seams, webhooks=sender))
    run = await Runner(made.around, latches=made.latches).run(
        scenario([forging(forgery)], []), made.path, stop=made.stop
    )
    assert (outcomes(run)["forged"] == "passed") is (expected is None)
    if expected is not None:
        assert reason(run) == expected
    ((url, body, headers),) = sender.sent
    assert (url, json.loads(body)["type"]) == (URL, "paypath.probe")
    assert json.loads(body)["data"]["object"]["metadata"] == {"paypath_run_id": run.run_id}
    header = headers.get("Stripe-Signature")
    if (
        forgery is not Forgery.STALE
    ):  # the rig's clock stands years away from the machine's, by which the SDK judges age
        assert (
            read_delivery(body.encode(), header, Secret("whsec_shop"))
            == {
                Forgery.UNSIGNED: "unsigned",
                Forgery.FORGED: "forged",
            }[forgery]
        )
    else:
        assert header is not None
        assert made.clock.now().timestamp() - int(header[2:].partition(",")[0]) > TOLERANCE_S


def without(path: PaymentPath, what: str) -> PaymentPath:
    """The path with one thing less."""
    assert path.stripe is not None
    assert path.webhook is not None
    return {
        "deliveries": dataclasses.replace(path, stripe=dataclasses.replace(path.stripe, webhook_secret=None)),
        "endpoint": dataclasses.replace(path, webhook=None),
        "secret": dataclasses.replace(path, webhook=dataclasses.replace(path.webhook, secret=None)),
        "listener": path,
        "stripe": dataclasses.replace(path, stripe=None),
    }[what]


@pytest.mark.parametrize(
    ("step", "lacks", "cause", "says"),
    [
        (waiting(WebhookProof.DELIVERY), "deliveries", "no_webhook", "`paths.billing.stripe.webhook_secret_file`"),
        (waiting(WebhookProof.DELIVERY), "listener", "no_webhook", "`listen.webhooks`"),
        (waiting(WebhookProof.PENDING), "endpoint", "no_webhook", "`paths.billing.webhook`"),
        (waiting(WebhookProof.EVENTS), "stripe", "no_stripe", "`stripe`"),
        (forging(Forgery.UNSIGNED), "endpoint", "no_webhook", "`paths.billing.webhook`"),
        (forging(Forgery.STALE), "secret", "no_webhook", "`paths.billing.webhook.secret_file`"),
    ],
)
def test_what_a_step_lacks_is_said_before_it_is_tried(step: StepPlan, lacks: str, cause: str, says: str) -> None:
    """By the key that would have to be set; with all of them nothing stands in the way."""
    made = rig()
    plan = scenario([step], [])
    assert made.runner.obstacle(plan, made.path) is None
    made.around.seams.inbox.listening = lacks != "listener"
    obstacle = made.runner.obstacle(plan, without(made.path, lacks))
    assert obstacle is not None
    assert obstacle[0] == cause
    assert says in obstacle[1]
