"""One run from its first packet to its last cleanup step."""

import dataclasses
import errno
import itertools
import pathlib
import threading

import pytest

from probe.billing.fake import FakeCaller, Reply
from probe.certificates import files as files_module
from probe.documents.silence import FileSystems
from probe.model.answer import StripeErrorFacts
from probe.model.network import Cause
from probe.model.observation import StripeObservation
from probe.model.outcome import Failed, Passed, Skipped, Unknown, word
from probe.model.path import Identity, StripeAccess
from probe.model.scenario import HandshakeAction, StepKind, StepPlan, StripeAction, WaitAction
from probe.runner.runner import Runner
from probe.tls import contexts as contexts_module
from tests.runner.rig import (
    BAD_REQUEST,
    CHARGE,
    CREATE,
    KEY,
    REFUND,
    REFUNDS,
    SERVER_ERROR,
    Latches,
    Rig,
    intent,
    outcomes,
    reason,
    scenario,
)


async def test_a_charge_is_proven_harmless_made_and_given_back() -> None:
    """The balance comes before the first write, the refund after the last step; observers hear of all in order."""
    rig = Rig({CREATE: intent(), REFUNDS: REFUND})
    run = await rig.run()
    assert run.outcome == Passed()
    assert rig.methods == ["balance.retrieve", "payment_intents.create", "refunds.create"]
    assert outcomes(run) == {"test-mode": "passed", "charge": "passed", "refund": "passed"}
    assert rig.seen.events == ["run started", "step test-mode", "step charge", "step refund", "run finished"]
    assert [step.cleanup for step in run.steps] == [False, False, True]


async def test_what_is_made_is_marked_and_traceable() -> None:
    """Metadata names run and scenario, the trace id is the run's id, and only writes have an idempotency key."""
    rig = Rig({CREATE: intent(), REFUNDS: REFUND})
    run = await rig.run()
    balance, create, refund = rig.stripe.asked
    assert create.parameters["metadata"] == {
        "paypath_run_id": run.run_id,
        "paypath_scenario": "card-charge",
        "paypath_ends_by": "2026-01-15T14:28:37Z",  # 15 s deadline, 10 s cleanup, 5 s and 1 s of grace for each
    }
    assert refund.parameters["payment_intent"] == "pi_1"
    for asked in rig.stripe.asked:
        version, trace, span, flags = str(asked.traceparent).split("-")
        assert (version, trace, len(span), flags) == ("00", run.run_id, 16, "01")
    assert balance.idempotency_key is None
    assert create.idempotency_key
    assert create.idempotency_key != refund.idempotency_key


async def test_live_mode_shuts_the_path_before_anything_is_written() -> None:
    """`livemode: true` on the balance is fatal, latches the path, and nothing more is sent, cleanup included."""
    rig = Rig({"v1.balance.retrieve": Reply(response={"object": "balance", "livemode": True})})
    run = await rig.run()
    assert reason(run) == "charge.live_mode"
    assert rig.methods == ["balance.retrieve"]
    assert rig.latches.held is not None
    assert (rig.latches.held.path, rig.latches.held.run_id) == ("billing", run.run_id)
    again = await rig.run()
    assert reason(again) == "charge.live_mode"
    assert "paypath unlock billing" in again.outcome.failure.summary  # type: ignore[union-attr]  # see `reason`
    assert rig.methods == ["balance.retrieve"], "something was sent on a latched path"


async def test_live_mode_in_the_middle_sends_nothing_more() -> None:
    """An object from live mode is not touched again, not even to refund it: a person has to look first."""
    rig = Rig({CREATE: intent(livemode=True), REFUNDS: REFUND})
    run = await rig.run()
    assert reason(run) == "charge.live_mode"
    assert rig.methods == ["balance.retrieve", "payment_intents.create"]
    assert outcomes(run)["refund"] == "skipped"
    assert rig.latches.held is not None


async def test_a_balance_that_does_not_say_its_mode_proves_nothing() -> None:
    """Without `livemode: false` nothing is written, and the path is not latched: nothing said live mode either."""
    rig = Rig({"v1.balance.retrieve": Reply(response={"object": "balance"})})
    run = await rig.run()
    assert isinstance(run.outcome, Failed)
    assert rig.methods == ["balance.retrieve"]
    assert rig.latches.held is None
    assert outcomes(run) == {"test-mode": "failed", "charge": "skipped", "refund": "skipped"}


async def test_a_passing_fault_is_tried_again_with_the_same_key() -> None:
    """A 500 may have taken effect: the repetition carries the same idempotency key, and both attempts stay visible."""
    rig = Rig({CREATE: [SERVER_ERROR, intent()], REFUNDS: REFUND})
    run = await rig.run()
    assert run.outcome == Passed()
    charge = run.steps[1]
    assert [word(attempt.outcome) for attempt in charge.attempts] == ["failed", "passed"]
    keys = {asked.idempotency_key for asked in rig.stripe.asked if asked.method == CREATE}
    assert len(keys) == 1


async def test_a_lasting_fault_is_not_tried_again() -> None:
    """A declined card stays declined: one attempt."""
    declined = StripeErrorFacts(type="card_error", code="card_declined", decline_code="generic_decline")
    rig = Rig({CREATE: Reply(status=402, error=declined)})
    run = await rig.run()
    assert reason(run) == "charge.declined"
    assert len(run.steps[1].attempts) == 1


async def test_the_account_is_checked_before_anything_is_written() -> None:
    """A key of another account stops the run at once."""
    account = Reply(response={"object": "account", "id": "acct_other"})
    rig = Rig({"v1.accounts.retrieve_current": account})
    stripe = dataclasses.replace(rig.path.stripe or StripeAccess(api_key=KEY), account="acct_meant")
    rig.path = dataclasses.replace(rig.path, stripe=stripe)
    run = await rig.run()
    assert outcomes(run) == {"test-mode": "passed", "account": "failed", "charge": "skipped", "refund": "skipped"}
    assert rig.methods == ["balance.retrieve", "accounts.retrieve_current"]
    assert reason(run) == "charge.wrong_account"
    assert isinstance(run.outcome, Failed)
    assert '`id` is "acct_other", expected "acct_meant"' in run.outcome.failure.summary
    assert "not of the account in `stripe.account`" in run.outcome.failure.summary


async def test_a_wait_that_the_deadline_cuts_does_not_pass() -> None:
    """It did not do what the scenario says, and the sentence says what to change."""
    waiting = StepPlan(name="pause", kind=StepKind.WAIT, action=WaitAction(seconds=20))
    run = await Rig({}).run(scenario([waiting], [], deadline_s=5))
    assert isinstance(run.outcome, Unknown)
    assert reason(run) == "prober.deadline"
    assert "pause" in run.outcome.failure.summary
    assert "raise `deadline`" in run.outcome.failure.summary


async def test_our_own_bug_says_nothing_about_the_path() -> None:
    """An exception of our code is unknown, never a failure, and carries no secret."""

    class Broken(FakeCaller):
        async def call(self, **_: object) -> StripeObservation:
            raise RuntimeError(f"no such thing: {KEY.reveal()}")

    rig = Rig({})
    rig = Rig({}, caller=Broken(rig.clock, {}))
    run = await rig.run()
    assert isinstance(run.outcome, Unknown)
    assert run.outcome.failure.reason == "prober.bug"
    assert "RuntimeError" in run.outcome.failure.evidence.detail
    assert KEY.reveal() not in repr(run)


@pytest.mark.parametrize("error", [MemoryError(), OSError(errno.ENOMEM, "Cannot allocate memory")])
async def test_want_of_memory_is_no_bug(error: Exception) -> None:
    """Raised past everything: unknown, and said as what it is."""

    class Broken(FakeCaller):
        async def call(self, **_: object) -> StripeObservation:
            raise error

    rig = Rig({})
    run = await Rig({}, caller=Broken(rig.clock, {})).run()
    assert isinstance(run.outcome, Unknown)
    assert reason(run) == "prober.failed"
    assert "no memory left for step" in run.outcome.failure.summary


async def test_an_answer_that_there_was_no_memory_to_read_is_no_failure_of_the_path() -> None:
    """The SDK met a MemoryError over a whole answer of HTTP 200: nothing is known of what it says, and what it made is taken back."""
    unread = Reply(response=None, status=200, causes=(Cause(kind="MemoryError", text=""),))
    rig = Rig({CREATE: unread, REFUNDS: REFUND})
    run = await rig.run()
    assert isinstance(run.outcome, Unknown)
    assert reason(run) == "prober.failed"
    assert reason(await Rig({CREATE: Reply(response=None, status=200)}).run()) == "connector.protocol_error"


@pytest.mark.parametrize("file", ["certificate", "trust"])
async def test_no_descriptor_for_the_path_s_own_files_is_no_fault_of_theirs(
    file: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel opens nothing more: neither the identity nor the trust is called unreadable."""
    module = {"certificate": files_module, "trust": contexts_module}[file]
    rig = Rig({})
    connector = dataclasses.replace(rig.path.connector, trust=tmp_path / "ca.pem")
    if file == "certificate":
        identity = Identity(name="ours", certificate=tmp_path / "tls.crt", private_key=tmp_path / "tls.key")
        connector = dataclasses.replace(connector, identity=identity)
    rig.path = dataclasses.replace(rig.path, connector=connector)

    def none_left(path: pathlib.Path, _longest: int) -> bytes:
        raise OSError(errno.EMFILE, "Too many open files", str(path))

    monkeypatch.setattr(module, "read_regular", none_left)
    handshake = StepPlan(name="handshake", kind=StepKind.HANDSHAKE, action=HandshakeAction())
    run = await rig.run(scenario([handshake], []))
    assert isinstance(run.outcome, Unknown)
    assert reason(run) == "prober.failed"
    assert "no file descriptor left" in run.outcome.failure.summary


async def test_what_stripe_says_of_our_own_request_is_unknown() -> None:
    """A 400 to our own request is our mistake, and no statement about customers' payments."""
    rig = Rig({CREATE: BAD_REQUEST})
    run = await rig.run()
    assert isinstance(run.outcome, Unknown)
    assert reason(run) == "stripe.invalid_request_error"


async def test_slow_answers_that_use_up_the_deadline_are_the_path_s() -> None:
    """Time spent waiting for the other side is its timeout."""
    slow = Reply(response={"object": "balance", "livemode": False}, takes_s=6)
    reads = [
        StepPlan(name=f"read-{n}", kind=StepKind.STRIPE, action=StripeAction(method="v1.balance.retrieve"))
        for n in range(3)
    ]
    rig = Rig({"v1.balance.retrieve": slow})
    run = await rig.run(scenario(reads, [], deadline_s=12))
    assert reason(run) == "connector.timeout"
    assert outcomes(run) == {"read-0": "passed", "read-1": "passed", "read-2": "failed"}


async def test_time_lost_on_our_own_side_is_unknown() -> None:
    """A deadline that our own waiting used up says nothing about the path."""
    waiting = StepPlan(name="wait", kind=StepKind.WAIT, action=WaitAction(seconds=20))
    rig = Rig({})
    run = await rig.run(scenario([waiting, CHARGE], [], deadline_s=12))
    assert isinstance(run.outcome, Unknown)
    assert reason(run) == "prober.deadline"
    assert rig.methods == []


async def test_a_failed_handshake_ends_the_run() -> None:
    """What comes after the first failure is skipped, and says why."""
    handshake = StepPlan(name="handshake", kind=StepKind.HANDSHAKE, action=HandshakeAction())
    rig = Rig({})
    run = await rig.run(scenario([handshake, CHARGE]))
    assert reason(run) == "tcp.refused"
    assert run.steps[1].outcome == Skipped("step handshake did not pass")
    assert rig.methods == []


async def test_a_value_that_cannot_be_saved_fails_the_step() -> None:
    """The answer lacks what later steps need: it is named, instead of failing there."""
    step = StepPlan(name="charge", kind=StepKind.STRIPE, action=CHARGE.action, save={"charge": "latest_charge"})
    rig = Rig({CREATE: intent(), REFUNDS: REFUND})
    run = await rig.run(scenario([step], []))
    assert reason(run) == "charge.unexpected"
    assert "latest_charge" in run.outcome.failure.summary  # type: ignore[union-attr]  # see `reason`


async def test_a_bug_outside_a_step_ends_only_its_run() -> None:
    """The run becomes unknown; the process, and with it every other scenario, goes on."""
    odd = StepPlan(name="odd", kind=StepKind.STRIPE, action=None)  # type: ignore[arg-type]  # the bug
    run = await Rig({}).run(scenario([odd], []))
    assert isinstance(run.outcome, Unknown)
    assert reason(run) == "prober.bug"


@pytest.mark.parametrize(("latches", "stripe", "cause"), [(None, True, "no_state"), (Latches(), False, "no_stripe")])
async def test_what_stands_in_the_way_is_said_before_anything_is_tried(
    latches: Latches | None,
    stripe: bool,  # noqa: FBT001 - a parameter of the table
    cause: str,
) -> None:
    """Without state nothing writes; without Stripe access no Stripe step runs; a handshake needs neither."""
    rig = Rig({})
    runner = Runner(rig.around, latches=latches)
    path = rig.path if stripe else dataclasses.replace(rig.path, stripe=None)
    obstacle = runner.obstacle(scenario(), path)
    assert obstacle is not None
    assert obstacle[0] == cause
    handshake = StepPlan(name="handshake", kind=StepKind.HANDSHAKE, action=HandshakeAction())
    assert runner.obstacle(scenario([handshake], []), path) is None


async def test_a_file_system_that_does_not_answer_makes_a_run_unknown() -> None:
    """Nothing is sent and every step is skipped, while the loop goes on: nobody on it has asked for the file."""
    back = threading.Event()
    rig = Rig({CREATE: intent(), REFUNDS: REFUND})
    files = FileSystems(within_s=0.05, look=lambda _file: back.wait(30), all_local=lambda: False)
    runner = Runner(dataclasses.replace(rig.around, files=files), latches=rig.latches)
    trust = pathlib.Path("/mnt/dead/ca.pem")
    path = dataclasses.replace(rig.path, connector=dataclasses.replace(rig.path.connector, trust=trust))
    run = await runner.run(scenario(), path, stop=rig.stop)
    back.set()
    assert isinstance(run.outcome, Unknown)
    assert run.outcome.failure.reason == "prober.files_silent"
    assert str(trust) in run.outcome.failure.summary
    assert {word(step.outcome) for step in run.steps} == {"skipped"}
    assert rig.methods == []


async def test_a_file_system_that_falls_silent_in_a_run_is_asked_before_each_try() -> None:
    """At the start and before the first try it answered; the second, which would look at what is trusted on the loop, is not made."""
    back, looks = threading.Event(), itertools.count(1)
    rig = Rig({CREATE: SERVER_ERROR})
    files = FileSystems(within_s=0.05, look=lambda _file: next(looks) > 3 and back.wait(30), all_local=lambda: False)
    runner = Runner(dataclasses.replace(rig.around, files=files), latches=rig.latches)
    connector = dataclasses.replace(rig.path.connector, trust=pathlib.Path("/mnt/dead/ca.pem"))
    path = dataclasses.replace(rig.path, connector=connector)
    run = await runner.run(scenario(), path, stop=rig.stop)
    back.set()
    (charge,) = [step for step in run.steps if step.name == "charge"]
    assert [word(attempt.outcome) for attempt in charge.attempts] == ["failed", "unknown"]
    assert isinstance(run.outcome, Unknown)
    assert run.outcome.failure.reason == "prober.files_silent"
