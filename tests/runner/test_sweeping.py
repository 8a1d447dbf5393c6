"""A sweep with scripted answers of Stripe: pages, permissions, clocks, and what it does not do."""

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from probe.billing.fake import Reply
from probe.history.latches import Latch
from probe.model.answer import StripeErrorFacts
from probe.model.outcome import Failed, Passed, Skipped, Unknown, word
from probe.model.path import PaymentPath
from probe.model.sweep import Sweep
from probe.runner.budget import Budgets
from probe.runner.leftovers import Window
from probe.runner.sweeping import Sweeper
from tests.runner.rig import (
    BALANCE,
    CANCEL,
    CANCELLED,
    NOW,
    REFUND,
    REFUNDS,
    SERVER_ERROR,
    LatchedMeanwhile,
    Latches,
    Rig,
)

INTENTS = "v1.payment_intents.list"
CUSTOMERS = "v1.customers.list"
MARK = {"paypath_run_id": "r1", "paypath_scenario": "card-charge", "paypath_ends_by": "2026-01-15T12:00:00Z"}
NOTHING = Reply(response={"object": "list", "data": [], "has_more": False})
LISTS = {
    INTENTS: NOTHING,
    "v1.charges.list": NOTHING,
    "v1.setup_intents.list": NOTHING,
    CUSTOMERS: NOTHING,
    "v1.webhook_endpoints.list": NOTHING,
}
REFUSED = Reply(status=403, error=StripeErrorFacts(type="invalid_request_error"))


def _intent(name: str, **more: object) -> dict[str, object]:
    base: dict[str, object] = {
        "object": "payment_intent",
        "id": name,
        "livemode": False,
        "status": "requires_capture",
        "amount": 100,
        "currency": "usd",
        "created": int((NOW - timedelta(hours=2)).timestamp()),
        "metadata": MARK,
    }
    return base | more


def _page(*made: Mapping[str, object], more: bool = False, date: str | None = None) -> Reply:
    headers = {} if date is None else {"date": date}
    return Reply(response={"object": "list", "data": list(made), "has_more": more}, headers=headers)


async def _sweep(
    rig: Rig, account: Sequence[PaymentPath] | None = None, *, dry_run: bool = False, stop: asyncio.Event | None = None
) -> Sweep:
    budgets = Budgets(rig.clock, account or [rig.path])
    sweeper = Sweeper(rig.around, latching=rig.runner.latching, budgets=budgets)
    window = Window(created_from=NOW - timedelta(days=30), created_before=NOW - timedelta(hours=1))
    return await sweeper.sweep(account or [rig.path], window, dry_run=dry_run, stop=stop or asyncio.Event())


async def test_test_mode_is_proven_before_anything_is_listed() -> None:
    """An answer from live mode latches the path, and is the last thing that was asked."""
    rig = Rig({"v1.balance.retrieve": Reply(response={"object": "balance", "livemode": True})})
    told = await _sweep(rig)
    assert isinstance(told.outcome, Failed)
    assert told.outcome.failure.reason == "charge.live_mode"
    assert rig.methods == ["balance.retrieve"]
    assert rig.latches.held is not None
    assert rig.latches.held.path == "billing"


async def test_live_mode_among_the_objects_ends_it_at_once() -> None:
    """Nothing that was found before is touched."""
    pages = [_page(_intent("pi_1"), more=True), _page(_intent("pi_2", livemode=True))]
    rig = Rig(LISTS | {INTENTS: pages})
    told = await _sweep(rig)
    assert isinstance(told.outcome, Failed)
    assert rig.methods == ["balance.retrieve", "payment_intents.list", "payment_intents.list"]
    assert rig.latches.held is not None


async def test_the_account_is_checked_where_it_is_named() -> None:
    """The key of another account must not sweep that one."""
    rig = Rig({"v1.accounts.retrieve_current": Reply(response={"object": "account", "id": "acct_2"})})
    assert rig.path.stripe is not None
    path = dataclasses.replace(rig.path, stripe=dataclasses.replace(rig.path.stripe, account="acct_1"))
    told = await _sweep(rig, [path])
    assert isinstance(told.outcome, Unknown)
    assert told.outcome.failure.reason == "charge.wrong_account"
    assert rig.methods == ["balance.retrieve", "accounts.retrieve_current"]


async def test_a_latched_path_is_not_even_looked_at() -> None:
    """Nothing is sent."""
    latch = Latch(path="billing", run_id="r0", set_at=NOW, because="It answered in live mode.")
    rig = Rig({}, latches=Latches(latch))
    told = await _sweep(rig)
    assert isinstance(told.outcome, Failed)
    assert (told.outcome.failure.reason, rig.methods) == ("charge.live_mode", [])


@pytest.mark.parametrize("meanwhile", ["v1.balance.retrieve", INTENTS, CANCEL])
async def test_a_path_that_is_latched_meanwhile_is_sent_nothing_more(meanwhile: str) -> None:
    """By another process, say: each call looks at the latch."""
    pages = [_page(_intent("pi_1"), more=True), _page(_intent("pi_2"))]
    replies = LISTS | {INTENTS: pages, CANCEL: [_cancelled("pi_1"), _cancelled("pi_2")]}
    rig = Rig(replies, latches=LatchedMeanwhile(meanwhile))
    told = await _sweep(rig)
    assert isinstance(told.outcome, Failed)
    assert told.outcome.failure.reason == "charge.live_mode"
    assert "is latched since" in told.outcome.failure.summary
    assert rig.methods[-1] == meanwhile.removeprefix("v1.")
    assert [word(left.outcome) for left in told.leftovers] == (["passed", "failed"] if meanwhile == CANCEL else [])


async def test_every_page_is_read_and_undone_only_then() -> None:
    """A deleted customer is no cursor. Lists are asked for by creation, and the charge comes along."""
    pages = [_page(_intent("pi_1"), more=True), _page(_intent("pi_2"))]
    rig = Rig(LISTS | {INTENTS: pages, CANCEL: [_cancelled("pi_1"), _cancelled("pi_2")]})
    told = await _sweep(rig)
    assert told.outcome == Passed()
    assert [(left.id, left.outcome) for left in told.leftovers] == [("pi_1", Passed()), ("pi_2", Passed())]
    assert told.looked_at == 2
    asked = {one.method: one.parameters for one in reversed(rig.stripe.asked)}
    assert asked[INTENTS]["expand"] == ["data.latest_charge"]
    created = {"gte": int((NOW - timedelta(days=30)).timestamp()), "lt": int((NOW - timedelta(hours=1)).timestamp())}
    assert asked[CUSTOMERS] == {"limit": 100, "created": created}
    assert asked["v1.webhook_endpoints.list"] == {"limit": 100}
    assert [one.parameters["starting_after"] for one in rig.stripe.asked if "starting_after" in one.parameters] == [
        "pi_1"
    ]
    assert rig.methods[-2:] == ["payment_intents.cancel"] * 2
    keys = [one.idempotency_key for one in rig.stripe.asked if one.method == CANCEL]
    assert len(set(keys)) == 2


def _cancelled(name: str) -> Reply:
    assert CANCELLED.response is not None
    return Reply(response={**CANCELLED.response, "id": name})


async def test_a_dry_run_only_tells() -> None:
    """Nothing is written."""
    rig = Rig(LISTS | {INTENTS: _page(_intent("pi_1"))})
    told = await _sweep(rig, dry_run=True)
    assert told.outcome == Passed()
    assert isinstance(told.leftovers[0].outcome, Skipped)
    assert CANCEL not in {one.method for one in rig.stripe.asked}


async def test_the_other_side_s_clock_counts_too() -> None:
    """Ours runs two hours fast: a run that has not ended by Stripe's clock is left alone."""
    rig = Rig(LISTS | {INTENTS: _page(_intent("pi_1"), date="Thu, 15 Jan 2026 11:59:00 GMT")})
    told = await _sweep(rig)
    assert (told.outcome, told.leftovers, told.looked_at) == (Passed(), (), 1)


async def test_a_charge_that_did_not_come_along_is_read() -> None:
    """A stand-in that does not expand says what was refunded when it is asked for the charge."""
    charged = {"status": "succeeded", "amount_received": 100, "latest_charge": "ch_1"}
    refunded = Reply(response={"object": "charge", "id": "ch_1", "livemode": False, "amount_refunded": 100})
    rig = Rig(LISTS | {INTENTS: _page(_intent("pi_1", **charged)), "v1.charges.retrieve": refunded})
    told = await _sweep(rig)
    assert (told.outcome, told.leftovers) == (Passed(), ())


async def test_what_was_refunded_meanwhile_is_taken_back() -> None:
    """Two sweeps at once are no trouble: the second one learns that nothing is left."""
    charged = {
        "status": "succeeded",
        "amount_received": 100,
        "latest_charge": {"object": "charge", "amount_refunded": 0},
    }
    already = Reply(status=400, error=StripeErrorFacts(type="invalid_request_error", code="charge_already_refunded"))
    rig = Rig(LISTS | {INTENTS: _page(_intent("pi_1", **charged)), REFUNDS: already})
    told = await _sweep(rig)
    assert (told.outcome, told.leftovers[0].outcome) == (Passed(), Passed())


async def test_what_cannot_be_taken_back_fails_it_and_the_rest_is_still_done() -> None:
    """One refund fails; the authorisation after it is cancelled all the same."""
    charged = {
        "status": "succeeded",
        "amount_received": 100,
        "latest_charge": {"object": "charge", "amount_refunded": 0},
    }
    rig = Rig(
        LISTS
        | {
            INTENTS: _page(_intent("pi_1", **charged), _intent("pi_2")),
            REFUNDS: SERVER_ERROR,
            CANCEL: _cancelled("pi_2"),
        }
    )
    told = await _sweep(rig)
    assert isinstance(told.outcome, Failed)
    assert told.outcome.failure.reason == "charge.refund_failed"
    assert [type(left.outcome) for left in told.leftovers] == [Failed, Passed]


async def test_a_list_that_the_key_may_not_read_is_told_and_no_trouble() -> None:
    """A key that may not read customers has made none."""
    rig = Rig(LISTS | {CUSTOMERS: REFUSED})
    told = await _sweep(rig)
    assert (told.outcome, told.not_permitted) == (Passed(), (CUSTOMERS,))
    assert rig.methods[-1] == "webhook_endpoints.list"


async def test_what_was_found_is_taken_back_though_a_later_list_fails() -> None:
    """And that not everything could be looked at is said."""
    rig = Rig(LISTS | {INTENTS: _page(_intent("pi_1")), CUSTOMERS: SERVER_ERROR, CANCEL: _cancelled("pi_1")})
    told = await _sweep(rig)
    assert isinstance(told.outcome, Unknown)
    assert told.outcome.failure.reason == "stripe.api_error"
    assert [left.outcome for left in told.leftovers] == [Passed()]


async def test_another_path_of_the_account_is_tried_where_one_leads_nowhere() -> None:
    """The first path's proof fails; the second one looks."""
    rig = Rig(LISTS | {"v1.balance.retrieve": [SERVER_ERROR, SERVER_ERROR, BALANCE]})
    account = [rig.path, dataclasses.replace(rig.path, name="second")]
    told = await _sweep(rig, account)
    assert (told.outcome, told.path, told.paths) == (Passed(), "second", ("billing", "second"))


async def test_that_nobody_could_tell_is_said_by_the_first() -> None:
    """Both paths of the account lead nowhere."""
    rig = Rig({"v1.balance.retrieve": SERVER_ERROR})
    told = await _sweep(rig, [rig.path, dataclasses.replace(rig.path, name="second")])
    assert isinstance(told.outcome, Unknown)
    assert told.path == "billing"


async def test_a_sweep_that_is_stopped_begins_nothing_more() -> None:
    """What is left then is the next one's."""
    rig = Rig(LISTS | {INTENTS: _page(_intent("pi_1"))})
    stop = asyncio.Event()
    stop.set()
    told = await _sweep(rig, stop=stop)
    assert isinstance(told.outcome, Unknown)
    assert told.outcome.failure.reason == "prober.failed"
    assert rig.methods == ["balance.retrieve"]


async def test_a_sweep_keeps_to_the_budget() -> None:
    """Six reads and thirty cancellations at two a second: only the first ten are free."""
    made = [_intent(f"pi_{n}") for n in range(30)]
    rig = Rig(LISTS | {INTENTS: _page(*made), CANCEL: [_cancelled(f"pi_{n}") for n in range(30)]})
    told = await _sweep(rig)
    assert told.outcome == Passed()
    assert rig.clock.monotonic() == pytest.approx((6 + 30 - 10) / 2)


async def test_nobody_observes_a_sweep_as_a_run() -> None:
    """It is no run of any scenario."""
    rig = Rig(LISTS | {REFUNDS: REFUND})
    await _sweep(rig)
    assert rig.seen.events == []
