"""What a run made is taken back, whatever became of it."""

import asyncio
import dataclasses

from probe.billing.fake import FakeCaller, Reply
from probe.model.answer import StripeErrorFacts
from probe.model.failure import Phase
from probe.model.network import Cause, Ended
from probe.model.observation import StripeObservation
from probe.model.outcome import Failed, Passed, Unknown, word
from probe.model.scenario import StepKind, StepPlan
from tests.runner.rig import (
    BALANCE,
    CANCEL,
    CANCELLED,
    CHARGE,
    CREATE,
    NO_ANSWER,
    REFUND,
    REFUNDS,
    SERVER_ERROR,
    LatchedMeanwhile,
    Rig,
    intent,
    outcomes,
    reason,
    scenario,
)


async def test_a_create_without_an_answer_is_asked_again_and_undone() -> None:
    """The same key gives back what the lost call made; the declared refund then knows its id."""
    rig = Rig({CREATE: [NO_ANSWER, NO_ANSWER, intent()], REFUNDS: REFUND})
    run = await rig.run()
    assert reason(run) == "connector.timeout"
    assert "tcp.refused" in run.outcome.failure.also, "the handshake made for it is not heard"  # type: ignore[union-attr]  # see `reason`
    assert outcomes(run) == {
        "test-mode": "passed",
        "charge": "failed",
        "recover charge": "passed",
        "refund": "passed",
    }
    creates = [asked for asked in rig.stripe.asked if asked.method == CREATE]
    assert len({asked.idempotency_key for asked in creates}) == 1
    assert len({str(asked.parameters) for asked in creates}) == 1, "another request under the same key is refused"


async def test_a_create_that_stripe_still_works_on_is_waited_for() -> None:
    """409 in use is no answer: it is asked again until the truth is known, and the run keeps its own cause."""
    in_use = StripeErrorFacts(type="idempotency_error", code="idempotency_key_in_use")
    busy = [Reply(status=409, error=in_use)] * 4
    rig = Rig({CREATE: [NO_ANSWER, *busy, intent()], REFUNDS: REFUND})
    run = await rig.run(scenario([dataclasses.replace(CHARGE, save={})], [], deadline_s=3))
    assert reason(run) == "connector.timeout"
    assert outcomes(run)["undo"] == "passed"
    assert rig.stripe.asked[-1].parameters["payment_intent"] == "pi_1"


async def test_what_a_recovered_create_came_to_does_not_matter() -> None:
    """Recovering only has to learn the truth: a decline is an answer too, and its intent is cancelled."""
    declined = StripeErrorFacts(type="card_error", code="card_declined", payment_intent="pi_1")
    rig = Rig({CREATE: [NO_ANSWER, NO_ANSWER, Reply(status=402, error=declined)], CANCEL: CANCELLED})
    run = await rig.run()
    assert outcomes(run)["recover charge"] == "passed"
    assert outcomes(run)["undo"] == "passed"
    assert rig.stripe.asked[-1].parameters["intent"] == "pi_1"


async def test_a_scenario_that_forgets_its_cleanup_leaves_nothing_behind() -> None:
    """Charges, authorisations and declined intents are undone whatever the author declared."""
    for made, undo, answer in ((intent(), REFUNDS, REFUND), (intent("requires_capture"), CANCEL, CANCELLED)):
        rig = Rig({CREATE: made, undo: answer})
        status = str((made.response or {})["status"])
        step = StepPlan(name="charge", kind=StepKind.STRIPE, action=CHARGE.action, expect={"status": status})
        run = await rig.run(scenario([step], []))
        assert run.outcome == Passed()
        assert rig.stripe.asked[-1].method == undo
        assert outcomes(run)["undo"] == "passed"


async def test_each_of_several_charges_is_undone_under_a_key_of_its_own() -> None:
    """Under one key the second refund would be refused as another request."""
    first, second = intent(id="pi_1"), intent(id="pi_2")
    refunds = [
        Reply(
            response={
                "object": "refund",
                "id": f"re_{n}",
                "status": "succeeded",
                "amount": 100,
                "payment_intent": f"pi_{n}",
            }
        )
        for n in (1, 2)
    ]
    rig = Rig({CREATE: [first, second], REFUNDS: refunds})
    steps = [dataclasses.replace(CHARGE, name=name, save={}) for name in ("one", "two")]
    run = await rig.run(scenario(steps, []))
    assert run.outcome == Passed()
    undone = [asked for asked in rig.stripe.asked if asked.method == REFUNDS]
    assert [asked.parameters["payment_intent"] for asked in undone] == ["pi_1", "pi_2"]
    assert len({asked.idempotency_key for asked in undone}) == 2


async def test_a_path_that_comes_back_within_the_cleanup_is_waited_for() -> None:
    """The answer to a charge is lost, then the connector is down for a while: the charge is found and given back."""
    down = Reply(
        status=None,
        ended=Ended.ERROR,
        phase=Phase.TCP,
        request_id=None,
        causes=(Cause(kind="OSError", text="", errno=111),),
    )
    rig = Rig({CREATE: [NO_ANSWER, down, down, down, down, intent()], REFUNDS: REFUND})
    run = await rig.run()
    assert isinstance(run.outcome, Failed)
    assert outcomes(run)["recover charge"] == "passed"
    assert outcomes(run)["refund"] == "passed"


async def test_money_that_may_be_left_is_said_with_where_to_look() -> None:
    """A path that stays silent leaves the run nothing but to say what a person has to look for."""
    rig = Rig({CREATE: NO_ANSWER})
    run = await rig.run()
    told = [warning.summary for warning in run.warnings if warning.reason == "charge.refund_failed"]
    assert len(told) == 1
    assert "the v1.payment_intents.create of step charge" in told[0]
    assert f"paypath_run_id={run.run_id}" in told[0]
    rig = Rig({CREATE: intent(), REFUNDS: SERVER_ERROR})
    run = await rig.run()
    assert any("pi_1" in warning.summary for warning in run.warnings)


async def test_a_refund_that_got_through_unheard_is_no_trouble() -> None:
    """The undo learns that nothing is left to give back."""
    already = StripeErrorFacts(type="invalid_request_error", code="charge_already_refunded")
    rig = Rig({CREATE: intent(), REFUNDS: Reply(status=400, error=already)})
    run = await rig.run(scenario([CHARGE], []))
    assert run.outcome == Passed()
    assert outcomes(run)["undo"] == "passed"


async def test_a_failed_refund_fails_a_run_that_had_passed() -> None:
    """And it is tried once more by the undo, under a key of its own, since the money is still out."""
    failed = Reply(
        response={"object": "refund", "id": "re_1", "status": "failed", "amount": 100, "payment_intent": "pi_1"}
    )
    rig = Rig({CREATE: intent(), REFUNDS: failed})
    run = await rig.run()
    assert reason(run) == "charge.refund_failed"
    keys = [asked.idempotency_key for asked in rig.stripe.asked if asked.method == REFUNDS]
    assert len(keys) == len(set(keys)) == 2


async def test_a_failed_refund_is_a_warning_of_a_run_that_failed_before() -> None:
    """The first cause stays the outcome; the refund's stands among the warnings."""
    rig = Rig({CREATE: intent(amount_received=90), REFUNDS: SERVER_ERROR})
    run = await rig.run()
    assert reason(run) == "charge.wrong_amount"
    assert "charge.refund_failed" in {warning.reason for warning in run.warnings}


async def test_stopping_cuts_the_step_and_still_cleans_up() -> None:
    """A charge in flight when the process is told to stop is asked for again and refunded."""

    class Stalling(FakeCaller):
        """The first create hangs until the run is stopped."""

        stalled = asyncio.Event()
        hang = True

        async def call(self, **asked: object) -> StripeObservation:
            if asked["method"] == CREATE and self.hang:
                self.hang = False
                self.stalled.set()
                await asyncio.Event().wait()
            return await super().call(**asked)  # type: ignore[arg-type]  # passed through

    rig = Rig({})
    caller = Stalling(rig.clock, {"v1.balance.retrieve": BALANCE, CREATE: intent(), REFUNDS: REFUND})
    rig = Rig({}, caller=caller)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(rig.run())
        await caller.stalled.wait()
        rig.stop.set()
    run = running.result()
    assert isinstance(run.outcome, Unknown)
    assert run.outcome.failure.reason.startswith("prober.")
    assert outcomes(run) == {
        "test-mode": "passed",
        "charge": "unknown",
        "recover charge": "passed",
        "refund": "passed",
    }


async def test_nothing_is_taken_back_on_a_path_that_was_latched_during_the_charge() -> None:
    """By another process, say: the run has failed with that, and a person looks first."""
    rig = Rig({CREATE: intent()}, latches=LatchedMeanwhile(CREATE))
    run = await rig.run()
    assert reason(run) == "charge.live_mode"
    assert outcomes(run) == {"test-mode": "passed", "charge": "passed", "refund": "failed"}
    assert rig.methods == ["balance.retrieve", "payment_intents.create"]


async def test_neither_is_a_lost_call_repeated_nor_anything_undone_that_no_step_declares() -> None:
    """Each call of the cleanup looks at the latch."""
    rig = Rig({CREATE: NO_ANSWER}, latches=LatchedMeanwhile(CREATE))
    run = await rig.run()
    assert outcomes(run) == {"test-mode": "passed", "charge": "failed", "recover charge": "failed", "refund": "skipped"}
    assert set(rig.methods[1:]) == {"payment_intents.create"}
    rig = Rig({CREATE: intent()}, latches=LatchedMeanwhile(CREATE))
    run = await rig.run(scenario(cleanup=[]))
    assert outcomes(run) == {"test-mode": "passed", "charge": "passed", "undo": "failed"}
    assert rig.methods == ["balance.retrieve", "payment_intents.create"]


async def test_a_live_answer_to_one_refund_keeps_back_the_next() -> None:
    """The cleanup's own answers count as well."""
    live = dataclasses.replace(REFUND, response={**(REFUND.response or {}), "livemode": True})
    rig = Rig({CREATE: [intent(id="pi_1"), intent(id="pi_2")], REFUNDS: live})
    steps = [dataclasses.replace(CHARGE, name=name, save={}) for name in ("one", "two")]
    run = await rig.run(scenario(steps, []))
    assert reason(run) == "charge.live_mode"
    assert [word(step.outcome) for step in run.steps if step.name == "undo"] == ["failed", "skipped"]
    assert rig.methods.count("refunds.create") == 1
    assert rig.latches.held is not None
