"""Runs share their account's budget of requests: they wait before they begin, not within their deadline."""

import asyncio
import dataclasses

from probe.billing.fake import Reply
from probe.model.answer import StripeErrorFacts
from probe.model.outcome import Passed, Unknown
from tests.runner.rig import BALANCE, CREATE, REFUND, REFUNDS, Rig, intent, reason

LIMITED = Reply(
    status=429,
    error=StripeErrorFacts(type="invalid_request_error", code="rate_limit"),
    headers={"stripe-rate-limited-reason": "endpoint-rate"},
)
BALANCES = "v1.balance.retrieve"


async def test_a_run_waits_for_its_turn_before_its_clock_runs() -> None:
    """Three calls a run at two a second: the fourth run begins late, and takes no longer for it."""
    rig = Rig({CREATE: intent(), REFUNDS: REFUND})
    for _ in range(3):
        assert (await rig.run()).outcome == Passed()
    assert rig.clock.monotonic() == 0
    run = await rig.run()
    assert (run.outcome, run.duration_s) == (Passed(), 0)
    assert rig.clock.monotonic() == 1.0


async def test_what_a_run_did_not_send_others_may() -> None:
    """A run that ends early leaves its turns to the next ones."""
    rig = Rig({BALANCES: Reply(status=401, error=StripeErrorFacts(type="invalid_request_error"))})
    for _ in range(8):
        assert reason(await rig.run()) == "stripe.authentication_error"
    assert rig.clock.monotonic() == 0


async def test_a_run_that_is_limited_says_so_and_the_next_one_waits() -> None:
    """429 twice: unknown, with Stripe's reason; then nothing is sent for a while."""
    rig = Rig({BALANCES: [LIMITED, LIMITED, BALANCE], CREATE: intent(), REFUNDS: REFUND})
    run = await rig.run()
    assert isinstance(run.outcome, Unknown)
    assert reason(run) == "stripe.rate_limit_error"
    assert "endpoint-rate" in run.outcome.failure.evidence.detail
    ended = rig.clock.monotonic()
    assert ended >= 1.0, "the second try waited for the pause"
    assert (await rig.run()).outcome == Passed()
    assert rig.clock.monotonic() == ended + 2.0


async def test_a_deadline_that_went_into_waiting_for_our_own_budget_is_ours() -> None:
    """A repetition has to wait for a turn; that it came too late says nothing about the path."""
    in_use = Reply(status=409, error=StripeErrorFacts(type="idempotency_error", code="idempotency_key_in_use"))
    rig = Rig({CREATE: in_use, REFUNDS: REFUND})
    assert rig.path.stripe is not None
    rig.path = dataclasses.replace(rig.path, stripe=dataclasses.replace(rig.path.stripe, requests_per_second=0.05))
    run = await rig.run()
    assert isinstance(run.outcome, Unknown)
    creates = [step for step in run.steps if step.name == "charge"]
    assert creates[0].attempts[-1].observation is None, "it was sent although its time was up"
    told = creates[0].attempts[-1].outcome
    assert isinstance(told, Unknown)
    assert told.failure.reason == "prober.deadline"
    assert "our own budget" in told.failure.summary


async def test_a_run_that_is_stopped_while_it_waits_sends_nothing() -> None:
    """It ends as one that was stopped."""
    rig = Rig({CREATE: intent(), REFUNDS: REFUND})
    budget = rig.runner._budgets.of(rig.path)
    assert budget is not None
    await budget.admit(10)

    async def forever(_seconds: float) -> None:
        await asyncio.Event().wait()

    rig.clock.sleep = forever  # type: ignore[method-assign]  # a clock that never comes to the turn
    async with asyncio.TaskGroup() as group:
        running = group.create_task(rig.run())
        for _ in range(5):
            await asyncio.sleep(0)
        assert budget.stand().waiting == 1
        rig.stop.set()
    assert reason(running.result()) == "prober.failed"
    assert rig.methods == []
