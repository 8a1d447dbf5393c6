"""Ways round the proof of test mode, and round the ban on live keys: none of them leads anywhere."""

import dataclasses

import pytest

from probe.billing.fake import Reply
from probe.model.answer import HttpAnswer
from probe.model.failure import Phase
from probe.model.network import Ended, Endpoint
from probe.model.observation import ForgeryObservation, HandshakeObservation, Observation
from probe.model.outcome import Failed, Passed
from probe.model.path import ConnectorKind, KeyFrom
from probe.model.scenario import (
    Action,
    Forgery,
    ForgeryAction,
    HandshakeAction,
    HttpAction,
    StepKind,
    StepPlan,
    StripeAction,
    WaitAction,
)
from probe.runner.judging import is_live, judge
from probe.runner.runner import Runner
from probe.runner.sent import texts_of
from probe.runner.writing import writes
from tests.runner.rig import (
    BALANCE,
    CHARGE,
    CREATE,
    NOW,
    REFUND,
    REFUND_STEP,
    Latches,
    Rig,
    intent,
    outcomes,
    reason,
    scenario,
)


def post(method: str = "POST", path: str = "/v1/payment_intents", **headers: str) -> StepPlan:
    """A request to the connector past the SDK."""
    action = HttpAction(method=method, path=path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    return StepPlan(name="post", kind=StepKind.HTTP, action=action)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (post(), True),
        (post("DELETE"), True),
        (post("PATCH"), True),
        (post("GET"), False),
        (post("HEAD"), False),
        (post("GET", X_HTTP_Method_Override="POST"), True),
        (post("GET", "/v1/payment_intents?_method=POST"), True),
        (CHARGE, True),
    ],
)
def test_what_may_change_something(step: StepPlan, expected: bool) -> None:  # noqa: FBT001 - a fact
    """By its method, or by what asks to be taken for another one."""
    rig = Rig({})
    assert rig.path.stripe is not None
    injected = dataclasses.replace(rig.path.stripe, key_from=KeyFrom.CONNECTOR)
    assert writes(step, dataclasses.replace(rig.path, stripe=injected)) is expected


async def test_a_post_past_the_sdk_needs_the_proof() -> None:
    """A connector that brings its own key would take it for a payment: the balance is asked first, and says live mode."""
    rig = Rig({"v1.balance.retrieve": Reply(response={"object": "balance", "livemode": True})})
    assert rig.path.stripe is not None
    rig.path = dataclasses.replace(rig.path, stripe=dataclasses.replace(rig.path.stripe, key_from=KeyFrom.CONNECTOR))
    run = await rig.run(scenario([post()], []))
    assert reason(run) == "charge.live_mode"
    assert outcomes(run)["post"] == "skipped"


@pytest.mark.parametrize(
    "answer",
    [
        {"object": "list", "data": []},
        {"object": "list", "data": [{"object": "charge", "livemode": False}]},
        {"object": "search_result", "data": []},
        {"object": "account", "id": "acct_1"},
        {"object": "refund", "id": "re_1"},
        {"object": "customer", "id": "cus_1", "deleted": True},
        {"object": "charge", "id": "ch_1", "livemode": False},
        {"object": "balance"},
        {"object": "balance", "livemode": None},
        {"object": "balance", "livemode": 0},
        {"object": "balance", "livemode": "false"},
        {"livemode": False},
        {"object": ["balance"], "livemode": False},
        {},
    ],
)
@pytest.mark.parametrize("step", [CHARGE, post(path="/x")])
async def test_only_a_balance_that_says_so_proves_test_mode(step: StepPlan, answer: dict[str, object]) -> None:
    """Where the connector brings the key. Anything else is no proof: nothing is written, and the run says why."""
    rig = Rig({"v1.balance.retrieve": Reply(response=answer)})
    assert rig.path.stripe is not None
    rig.path = dataclasses.replace(rig.path, stripe=dataclasses.replace(rig.path.stripe, key_from=KeyFrom.CONNECTOR))
    run = await rig.run(scenario([step], []))
    assert (outcomes(run), reason(run)) == ({"test-mode": "failed", step.name: "skipped"}, "charge.unexpected")
    assert isinstance(run.outcome, Failed)
    assert any(
        word in run.outcome.failure.summary for word in ("is not proven", '`object` is missing, expected "balance"')
    )
    assert rig.methods == ["balance.retrieve"]


@pytest.mark.parametrize("answer", [{"object": "list", "data": []}, {"object": "charge", "livemode": False}, {}])
async def test_with_a_key_of_our_own_no_other_object_stands_for_the_balance_either(answer: dict[str, object]) -> None:
    """The key's prefix says test mode already; whoever answers something else there is not Stripe."""
    rig = Rig({"v1.balance.retrieve": Reply(response=answer)})
    run = await rig.run()
    assert (reason(run), rig.methods) == ("charge.unexpected", ["balance.retrieve"])


LIVE_HEADERS: list[dict[str, str]] = [
    {"livemode": "true"},
    {"x-stripe": "livemode=true"},
    {"livemode": "false, true"},
    {"x-stripe-object": '{"livemode": true}'},
]


@pytest.mark.parametrize("headers", LIVE_HEADERS)
@pytest.mark.parametrize("method", ["v1.balance.retrieve", CREATE, "v1.refunds.create"])
async def test_a_header_that_says_live_mode_latches(method: str, headers: dict[str, str]) -> None:
    """On a Stripe step's answer as on any other's, whichever step it is."""
    answers = {"v1.balance.retrieve": BALANCE, CREATE: intent(), "v1.refunds.create": REFUND}
    rig = Rig({**answers, method: dataclasses.replace(answers[method], headers=headers)})
    run = await rig.run()
    assert reason(run) == "charge.live_mode"
    assert rig.latches.held is not None
    assert reason(await rig.run()) == "charge.live_mode"


@pytest.mark.parametrize("headers", [{"livemode": "false"}, {"x-livemode-support": "yes"}])
async def test_a_header_that_says_test_mode_latches_nothing(headers: dict[str, str]) -> None:
    """Nor does one that says nothing of it."""
    rig = Rig({CREATE: dataclasses.replace(intent(), headers=headers), "v1.refunds.create": REFUND})
    assert isinstance((await rig.run()).outcome, Passed)


ANSWER = HttpAnswer(status=200, headers={"livemode": "true"}, body="ok")
SHAKEN = HandshakeObservation(
    endpoint=Endpoint(host="127.0.0.1", port=1, server_name="127.0.0.1"),
    started_at=NOW,
    phase=Phase.RECEIVE,
    ended=Ended.COMPLETED,
)
FORGERY = ForgeryAction(forgery=Forgery.UNSIGNED)


@pytest.mark.parametrize(
    ("action", "observation"),
    [
        (HandshakeAction(), dataclasses.replace(SHAKEN, http=ANSWER, http_path="/healthz")),
        (HandshakeAction(), dataclasses.replace(SHAKEN, proxy=dataclasses.replace(SHAKEN, http=ANSWER))),
        (HandshakeAction(), dataclasses.replace(SHAKEN, upstream=dataclasses.replace(SHAKEN, http=ANSWER))),
        (HandshakeAction(), dataclasses.replace(SHAKEN, addresses=(dataclasses.replace(SHAKEN, http=ANSWER),))),
        (FORGERY, ForgeryObservation(started_at=NOW, waited_s=0.1, url="https://shop.example", answer=ANSWER)),
    ],
    ids=["health path", "proxy", "upstream", "one of several addresses", "webhook endpoint"],
)
def test_a_header_of_any_answer_counts(action: Action, observation: Observation) -> None:
    """Also where nobody looks at the body: of the health path, a proxy, the hop behind, or our own webhook endpoint."""
    plan = StepPlan(name="look", kind=StepKind.HANDSHAKE, action=action)
    rig = Rig({})
    judged = judge(plan, {}, observation, path=rig.path, catalogue=rig.around.catalogue, at=NOW)
    assert is_live(judged.outcome)


@pytest.mark.parametrize("latches", [None, Latches()])
def test_a_post_that_nothing_can_prove_is_not_begun(latches: Latches | None) -> None:
    """Without Stripe access there is nothing to prove by, and without state nothing to latch; an API of your own proves otherwise."""
    rig = Rig({})
    runner = Runner(rig.around, latches=latches)
    bare = dataclasses.replace(rig.path, stripe=None)
    obstacle = runner.obstacle(scenario([post()], []), bare)
    assert obstacle is not None
    assert obstacle[0] == "no_stripe"
    api = dataclasses.replace(bare, connector=dataclasses.replace(bare.connector, kind=ConnectorKind.API))
    obstacle = runner.obstacle(scenario([post()], []), api)
    assert (obstacle is not None and obstacle[0] == "no_state") is (latches is None)
    assert runner.obstacle(scenario([post("GET")], []), bare) is None


READING = StepPlan(
    name="look",
    kind=StepKind.STRIPE,
    action=StripeAction(method="v1.payment_intents.retrieve", parameters={"intent": "pi_1"}),
    save={"payment_intent": "id"},
)
"""A step that only reads."""


async def test_cleanup_alone_needs_the_proof_too() -> None:
    """A scenario whose steps only read, and whose cleanup writes: the proof comes before the cleanup."""
    rig = Rig({"v1.payment_intents.retrieve": intent(), "v1.refunds.create": REFUND})
    run = await rig.run(scenario([READING], [REFUND_STEP]))
    assert list(outcomes(run)) == ["look", "test-mode", "refund"]
    assert set(outcomes(run).values()) == {"passed"}


async def test_cleanup_without_the_proof_writes_nothing() -> None:
    """Where a step fails before the proof, what it saved is not written to."""
    rig = Rig({"v1.payment_intents.retrieve": intent(), "v1.refunds.create": REFUND})
    failing = dataclasses.replace(READING, name="second", expect={"status": "canceled"}, save={})
    run = await rig.run(scenario([READING, failing], [REFUND_STEP]))
    assert outcomes(run) == {"look": "passed", "second": "failed", "refund": "skipped"}
    assert rig.methods == ["payment_intents.retrieve"] * 2


@pytest.mark.parametrize(
    "action",
    [
        HttpAction(method="GET", path="/", headers={"Authorization": "Bearer sk_${saved.word}_51Canary"}),
        HttpAction(method="GET", path="/?key=sk_${saved.word}_51Canary"),
        HttpAction(method="GET", path="/", body='{"key": "sk_${saved.word}_51Canary"}'),
        StripeAction(method="v1.customers.list", parameters={"a": [{"b": "rk_${saved.word}_51Canary"}]}),
    ],
)
async def test_a_live_key_put_together_from_what_was_saved_is_never_sent(action: HttpAction | StripeAction) -> None:
    """No check of the file can see it. Nothing is sent, and whoever answered so has shut the path."""
    rig = Rig({"v1.payment_intents.retrieve": intent(description="live")})
    look = dataclasses.replace(READING, save={"word": "description"})
    kind = StepKind.HTTP if isinstance(action, HttpAction) else StepKind.STRIPE
    run = await rig.run(scenario([look, StepPlan(name="send", kind=kind, action=action)], []))
    assert reason(run) == "charge.live_mode"
    assert "would have sent a live-mode Stripe key" in run.steps[-1].outcome.failure.summary  # type: ignore[union-attr]  # it failed
    assert rig.methods == ["payment_intents.retrieve"]
    assert rig.latches.held is not None


@pytest.mark.parametrize(
    ("action", "what"),
    [
        (
            HttpAction(method="POST", path="/", body="n=${values.a}${values.a}${values.a}${values.a}"),
            "could be a card number",
        ),
        (HttpAction(method="GET", path="/${values.a}/${values.a}/${values.a}/${values.a}"), "could be a card number"),
        (HttpAction(method="POST", path="/", body="payment_method=pm_${values.m}"), "neither a test one"),
        (StripeAction(method="v1.customers.list", parameters={"a": [{"source": "${values.m}"}]}), "neither a test one"),
        (StripeAction(method="v1.customers.list", parameters={"a": "pm_${values.m}"}), "neither a test one"),
    ],
)
async def test_a_card_put_together_by_templates_is_never_sent(action: HttpAction | StripeAction, what: str) -> None:
    """No check of the file can see it. Nothing is sent, and nothing is said about the path."""
    rig = Rig({})
    kind = StepKind.HTTP if isinstance(action, HttpAction) else StepKind.STRIPE
    values = {"a": "${random.choice(4242)}", "m": "1RealCard99"}
    only = dataclasses.replace(scenario([StepPlan(name="send", kind=kind, action=action)], []), values=values)
    run = await rig.run(only)
    assert (outcomes(run), reason(run)) == ({"send": "unknown"}, "prober.unsafe_scenario")
    assert what in run.steps[-1].outcome.failure.summary  # type: ignore[union-attr]  # it is unknown
    assert rig.methods == []
    assert rig.latches.held is None


async def test_a_payment_method_made_in_this_run_may_be_used() -> None:
    """It was saved from an answer, and only filled in."""
    rig = Rig({"v1.payment_intents.retrieve": [intent(payment_method="pm_1Made23456")] * 2})
    look = dataclasses.replace(READING, save={"method": "payment_method"})
    parameters = {"id": "pi_1", "payment_method": "${saved.method}", "note": "of ${saved.method}"}
    use = StepPlan(
        name="use",
        kind=StepKind.STRIPE,
        action=StripeAction(method="v1.payment_intents.retrieve", parameters=parameters),
    )
    assert outcomes(await rig.run(scenario([look, use], []))) == {"look": "passed", "use": "passed"}


def test_the_texts_of_other_steps() -> None:
    """A handshake sends none of the scenario's."""
    assert list(texts_of(HandshakeAction())) == []
    assert list(texts_of(WaitAction(seconds=1))) == []
