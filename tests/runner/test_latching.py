"""What keeps a path shut, also where it cannot be read or written, or there is no history to keep it in: nothing is sent."""

import dataclasses
import pathlib

import pytest

from probe.billing.fake import Reply
from probe.history.latches import Latch
from probe.history.trouble import HistoryError
from probe.model.outcome import Unknown
from probe.model.scenario import HandshakeAction, StepKind, StepPlan, StripeAction
from probe.runner.latching import Latching
from probe.runner.runner import Runner
from tests.runner.rig import NOW, Latches, Rig, outcomes, reason, scenario

SHUT = Latch(path="billing", run_id="a" * 32, set_at=NOW, because="an answer said livemode: true.")
SHAKING = StepPlan(name="handshake", kind=StepKind.HANDSHAKE, action=HandshakeAction())
BALANCE = StepPlan(
    name="balance", kind=StepKind.STRIPE, action=StripeAction(method="v1.balance.retrieve", parameters={})
)

LIVE = {"v1.balance.retrieve": Reply(response={"object": "balance", "livemode": True})}


class Unreadable(Latches):
    """What shuts the path has no moment."""

    def latch(self, path: str) -> Latch | None:
        """Nobody knows."""
        raise HistoryError("'yesterday' is no time", file=pathlib.Path("latches.json"))


class Full(Latches):
    """No latch has room until there is some again."""

    full = True

    def set_latch(self, latch: Latch) -> None:
        """As `full` says."""
        if self.full:
            raise HistoryError("disk full", file=pathlib.Path("history.sqlite3"))
        super().set_latch(latch)


@pytest.mark.parametrize("steps", [None, (SHAKING,), (BALANCE,)])
async def test_every_scenario_of_a_path_that_is_shut_beside_the_history_fails(
    steps: tuple[StepPlan, ...] | None,
) -> None:
    """Those that write begin for that alone: to tell it, and to send nothing."""
    rig = Rig({})
    runner = Runner(rig.around, latches=None, beside=Latches(SHUT))
    plan = scenario() if steps is None else scenario(steps, [])
    assert runner.obstacle(plan, rig.path) is None
    run = await runner.run(plan, rig.path, stop=rig.stop)
    assert reason(run) == "charge.live_mode"
    assert "is latched since 2026-01-15T14:28:00Z: an answer said" in run.outcome.failure.summary  # type: ignore[union-attr]  # see `reason`
    assert set(outcomes(run).values()) == {"skipped"}
    assert rig.methods == []


@pytest.mark.parametrize("latches", [Latches(SHUT), Unreadable()])
async def test_a_path_that_is_shut_waits_for_no_budget_of_requests(latches: Latches) -> None:
    """Nothing is sent, so there is nothing to wait for: 20 scenarios of it are told at once."""
    rig = Rig({}, latches=latches)
    assert rig.path.stripe is not None
    rig.path = dataclasses.replace(rig.path, stripe=dataclasses.replace(rig.path.stripe, requests_per_second=0.05))
    runs = [await rig.run() for _ in range(20)]
    assert {reason(run) for run in runs} == {"charge.live_mode" if latches.held else "prober.bug"}
    assert rig.clock.monotonic() == 0.0


@pytest.mark.parametrize("beside", [None, Latches(), Unreadable()])
async def test_what_writes_does_not_begin_where_nothing_is_known_to_shut_the_path(beside: Latches | None) -> None:
    """That nobody can tell is no latch."""
    rig = Rig({})
    runner = Runner(rig.around, latches=None, beside=beside)
    obstacle = runner.obstacle(scenario(), rig.path)
    assert obstacle is not None
    assert obstacle[0] == "no_state"


async def test_other_obstacles_come_first_as_with_a_history() -> None:
    """What does not fit the path is skipped on a latched one too."""
    rig = Rig({})
    bare = dataclasses.replace(rig.path, stripe=None)
    for runner in (Runner(rig.around, latches=None, beside=Latches(SHUT)), Runner(rig.around, latches=Latches(SHUT))):
        obstacle = runner.obstacle(scenario(), bare)
        assert obstacle is not None
        assert obstacle[0] == "no_stripe"


async def test_what_was_seen_shut_stays_shut_without_a_history() -> None:
    """A scenario that writes has begun because of the latch: that it is gone now must not let its charge out."""
    rig, beside = Rig({}), Latches(SHUT)
    runner = Runner(rig.around, latches=None, beside=beside)
    assert runner.obstacle(scenario(), rig.path) is None
    beside.held = None
    assert reason(await runner.run(scenario(), rig.path, stop=rig.stop)) == "charge.live_mode"
    assert rig.methods == []


async def test_an_unlock_by_another_user_is_heeded_without_a_history() -> None:
    """The process cannot write where it stands, and whoever has unlocked it can."""
    rig, beside = Rig({}), Latches(SHUT)
    latching = Runner(rig.around, latches=None, beside=beside).latching
    assert latching.latched("billing") is not None
    beside.held, beside.unlocked = None, True
    assert latching.latched("billing") is None
    beside.held, beside.unlocked = SHUT, False
    assert latching.latched("billing") is not None


async def test_what_stands_beside_the_history_and_cannot_be_understood_lets_nothing_through() -> None:
    """Not even what only shakes hands: it says that the path is shut, and not since when."""
    rig = Rig({})
    runner = Runner(rig.around, latches=None, beside=Unreadable())
    run = await runner.run(scenario([SHAKING], []), rig.path, stop=rig.stop)
    assert isinstance(run.outcome, Unknown)
    assert rig.methods == []


async def test_an_answer_from_live_mode_is_written_beside_a_history_that_cannot_be_opened() -> None:
    """By a scenario that only reads; the next process finds it there."""
    rig, beside = Rig(LIVE), Latches()
    runner = Runner(rig.around, latches=None, beside=beside)
    run = await runner.run(scenario([BALANCE], []), rig.path, stop=rig.stop)
    assert reason(run) == "charge.live_mode"
    assert beside.held is not None
    assert beside.held.run_id == run.run_id
    assert runner.latching.lost == ()


async def test_two_runners_share_what_shuts_a_path() -> None:
    """What one of them could not even write down holds for the other, and the other way round."""
    rig = Rig(LIVE, latches=Full())
    beside = Runner(rig.around, latches=rig.runner.latching)
    assert reason(await beside.run(scenario([BALANCE], []), rig.path, stop=rig.stop)) == "charge.live_mode"
    assert reason(await rig.run(scenario([SHAKING], []))) == "charge.live_mode"
    assert rig.methods == ["balance.retrieve"]


async def test_a_latch_that_cannot_be_read_lets_nothing_through() -> None:
    """Neither up nor down: without the latch nobody knows whether something may be sent."""
    rig = Rig({}, latches=Unreadable())
    run = await rig.run()
    assert isinstance(run.outcome, Unknown)
    assert rig.methods == []


async def test_a_latch_that_cannot_be_written_holds_in_this_process() -> None:
    """A full disk must not open a path that answered in live mode."""
    rig = Rig(LIVE, latches=Full())
    assert reason(await rig.run()) == "charge.live_mode"
    assert reason(await rig.run()) == "charge.live_mode"
    assert rig.methods == ["balance.retrieve"], "something was sent on a path that answered in live mode"


async def test_a_latch_is_written_down_as_soon_as_that_works() -> None:
    """It outlives the process then; until then each run tries."""
    latches = Full()
    rig = Rig(LIVE, latches=latches)
    await rig.run()
    await rig.run()
    assert latches.held is None
    latches.full = False
    assert reason(await rig.run()) == "charge.live_mode"
    assert latches.held is not None


@pytest.mark.parametrize("full", [True, False])
async def test_a_latch_that_waits_is_tried_at_the_end_and_its_loss_is_the_last_word(
    full: bool,  # noqa: FBT001 - a parameter
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The next process would use the path again. One that goes on after a reload says nothing yet."""
    latches = Full()
    rig = Rig(LIVE, latches=latches)
    await rig.run()
    before, after = rig.runner.latching, Latching(latches, clock=rig.clock, catalogue=rig.around.catalogue)
    after.inherit(before)
    before.finish()
    assert "THE NEXT PROCESS" not in caplog.text
    latches.full = full
    after.finish()
    assert ("THE NEXT PROCESS" in caplog.text) is full
    assert after.lost == (("billing",) if full else ())
    assert (latches.held is None) is full
