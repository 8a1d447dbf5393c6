"""The budget of requests, on a clock that moves only when somebody sleeps."""

import asyncio
import dataclasses
from datetime import UTC, datetime

import pytest

from probe.model.answer import HttpAnswer, StripeErrorFacts
from probe.model.budget import LIMITED_BY
from probe.model.clock import FakeClock
from probe.model.failure import Phase
from probe.model.network import Ended, Endpoint
from probe.model.observation import StripeObservation
from probe.model.path import Connector, KeyFrom, PaymentPath, StripeAccess
from probe.model.secret import Secret
from probe.runner.budget import Budgets, RequestBudget

NOW = datetime(2026, 1, 15, 14, 28, tzinfo=UTC)
ENDPOINT = Endpoint(host="127.0.0.1", port=1, server_name="127.0.0.1")


def _observation(
    status: int | None = 200, *, reason: str | None = None, code: str | None = None, sent: bool = True
) -> StripeObservation:
    headers = {} if reason is None else {"stripe-rate-limited-reason": reason}
    return StripeObservation(
        endpoint=ENDPOINT,
        started_at=NOW,
        method="v1.balance.retrieve",
        writes=False,
        ended=Ended.COMPLETED,
        phase=Phase.RECEIVE,
        http=None if status is None else HttpAnswer(status=status, headers=headers),
        error=None if code is None else StripeErrorFacts(code=code),
        request_span_id="1" * 16 if sent else None,
    )


def _path(name: str, key: str | None, **more: object) -> PaymentPath:
    connector = Connector(url="https://127.0.0.1:1", endpoint=ENDPOINT)
    if key is None:
        return PaymentPath(name=name, connector=connector)
    access = dataclasses.replace(StripeAccess(api_key=Secret(key)), **more)  # type: ignore[arg-type]  # fields by name
    return PaymentPath(name=name, connector=connector, stripe=access)


async def _ask(budget: RequestBudget, times: int = 1) -> None:
    for _ in range(times):
        async with budget.allowance().request():
            pass


async def test_a_run_s_calls_go_out_at_once_and_a_storm_is_paced() -> None:
    """At two per second, ten requests are free after a pause; from then on each waits its half second."""
    clock = FakeClock(NOW)
    budget = RequestBudget("billing", 2, clock)
    await _ask(budget, 10)
    assert clock.monotonic() == 0
    await _ask(budget, 4)
    assert clock.monotonic() == 2.0


async def test_a_pause_saves_up_no_more_than_the_burst() -> None:
    """An hour of silence allows ten requests at once, not seven thousand."""
    clock = FakeClock(NOW)
    budget = RequestBudget("billing", 2, clock)
    clock.advance(3600)
    await _ask(budget, 12)
    assert clock.monotonic() == 3601.0


async def test_a_run_waits_before_it_begins_and_never_between_its_calls() -> None:
    """What it was admitted with goes out at once; what it did not need, others may."""
    clock = FakeClock(NOW)
    budget = RequestBudget("billing", 2, clock)
    await _ask(budget, 10)
    allowance = await budget.admit(6)
    assert clock.monotonic() == 3.0
    for _ in range(4):
        async with allowance.request():
            pass
    assert clock.monotonic() == 3.0
    allowance.over()
    allowance.over()
    await _ask(budget, 2)
    assert clock.monotonic() == 3.0, "two of the six were given back, once"
    await _ask(budget)
    assert clock.monotonic() == 3.5


async def test_who_gives_up_waiting_gives_his_turn_back() -> None:
    """A run that is stopped before it is admitted takes nothing."""
    clock = FakeClock(NOW)
    budget = RequestBudget("billing", 2, clock)
    await _ask(budget, 10)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(budget.admit(100))
        waiting.cancel()
    await _ask(budget)
    assert clock.monotonic() == 0.5


async def test_taking_back_does_not_wait_for_its_turn_but_counts() -> None:
    """A refund goes out over the rate, and beside all places; who comes after it waits for longer."""
    clock = FakeClock(NOW)
    budget = RequestBudget("billing", 2, clock, most_in_flight=1)
    await _ask(budget, 10)
    allowance = budget.allowance()
    async with allowance.request(urgent=True), allowance.request(urgent=True):
        assert budget.stand().in_flight == 2
    assert clock.monotonic() == 0
    await _ask(budget)
    assert clock.monotonic() == 1.5


async def test_no_more_than_so_many_are_in_flight() -> None:
    """The third waits until one of the two has its answer; both numbers can be seen."""
    budget = RequestBudget("billing", 100, FakeClock(NOW), most_in_flight=2)
    answered = asyncio.Event()

    async def call() -> None:
        async with budget.allowance().request():
            await answered.wait()

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(call())
        for _ in range(5):
            await asyncio.sleep(0)
        stand = budget.stand()
        assert (stand.in_flight, stand.waiting) == (2, 1)
        answered.set()
    stand = budget.stand()
    assert (stand.in_flight, stand.waiting) == (0, 0)


async def test_after_a_429_everybody_pauses_for_longer_each_time() -> None:
    """One second, two, four, and at most five, also for what is urgent; an answer ends it."""
    clock = FakeClock(NOW)
    budget = RequestBudget("billing", 25, clock)
    pauses = []
    for _ in range(5):
        budget.answered(_observation(429, reason="global-rate"))
        budget.answered(_observation(429, reason="global-rate"))  # was under way when the pause began
        before = clock.monotonic()
        async with budget.allowance().request(urgent=True):
            pauses.append(clock.monotonic() - before)
    assert pauses == [1.0, 2.0, 4.0, 5.0, 5.0]
    budget.answered(_observation(200))
    budget.answered(_observation(429, reason="global-rate"))
    assert (await budget.admit(1)) is not None
    assert clock.monotonic() == 18.0


async def test_a_lock_on_an_object_is_no_limit_of_the_account() -> None:
    """And neither is a call that got no answer."""
    clock = FakeClock(NOW)
    budget = RequestBudget("billing", 2, clock)
    budget.answered(_observation(429, code="lock_timeout"))
    budget.answered(_observation(None, sent=False))
    await _ask(budget)
    assert clock.monotonic() == 0
    assert sum(budget.stand().limited.values()) == 0
    assert budget.stand().requests == 1


@pytest.mark.parametrize(
    ("header", "label"), [*zip(LIMITED_BY, LIMITED_BY, strict=True), (None, "unnamed"), ("x", "unnamed")]
)
def test_limited_requests_are_counted_by_stripe_s_reason(header: str | None, label: str) -> None:
    """From a closed list, all of it from the start."""
    budget = RequestBudget("billing", 2, FakeClock(NOW))
    assert budget.stand().limited == dict.fromkeys(LIMITED_BY, 0)
    budget.answered(_observation(429, reason=header))
    assert budget.stand().limited == dict.fromkeys(LIMITED_BY, 0) | {label: 1}
    assert budget.stand().requests == 1


def test_paths_of_one_account_share_a_budget() -> None:
    """By key or by account; the slowest rate holds. A connector's own key leads nobody knows where."""
    connectors = {"key_from": KeyFrom.CONNECTOR}
    paths = [
        _path("one", "sk_test_a", requests_per_second=3.0),
        _path("two", "sk_test_b", account="acct_1"),
        _path("three", "sk_test_a", account="acct_1", requests_per_second=1.0),
        _path("four", "injected", **connectors),
        _path("five", "injected", **connectors),
        _path("six", "injected", account="acct_1", **connectors),
        _path("seven", None),
    ]
    budgets = Budgets(FakeClock(NOW), paths)
    shared = {path.name: budgets.of(path) for path in paths}
    assert shared["one"] is shared["two"] is shared["three"] is shared["six"]
    assert len({id(shared[name]) for name in ("one", "four", "five")}) == 3
    assert shared["seven"] is None
    assert [stand.account for stand in budgets.stands()] == ["one", "four", "five"]


async def test_the_slowest_path_of_an_account_sets_its_rate() -> None:
    """What one path's owner asks for, another one's configuration must not undo."""
    clock = FakeClock(NOW)
    fast, slow = _path("one", "sk_test_a", requests_per_second=20.0), _path("two", "sk_test_a", requests_per_second=1.0)
    budget = Budgets(clock, [fast, slow]).of(fast)
    assert budget is not None
    await _ask(budget, 6)
    assert clock.monotonic() == 1.0


def test_a_path_that_came_later_has_a_budget_of_its_own() -> None:
    """And keeps it."""
    budgets = Budgets(FakeClock(NOW))
    path = _path("one", "sk_test_a")
    assert budgets.of(path) is budgets.of(path)
    assert budgets.of(path) is not None
