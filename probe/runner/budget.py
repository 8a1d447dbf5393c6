"""A budget of requests for each Stripe account: every scenario and path of the process together stay far under Stripe's limits."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from probe.billing.accounts import by_account
from probe.model.budget import LIMITED_BY, BudgetStand, limited_by
from probe.model.clock import Clock
from probe.model.observation import StripeObservation
from probe.model.path import PaymentPath

MOST_IN_FLIGHT: Final = 8
"""Requests of one account without an answer: what Stripe allows is not written down, and limited long before the rate is."""
_BURST_S: Final = 5.0
"""How many seconds' worth of requests may be sent at once: one run's calls, not a storm."""
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 5.0
"""Well inside a run's deadline, so that a run that is limited twice still says so, and not that its time is up."""
_TOO_MANY_REQUESTS: Final = 429
_LOCKED: Final = "lock_timeout"
"""Stripe's code where another request holds the object: that one has to wait, and nobody else."""


class RequestBudget:
    """A token bucket, a number of places and a pause after each 429, for one account. For one event loop."""

    def __init__(self, account: str, per_second: float, clock: Clock, *, most_in_flight: int = MOST_IN_FLIGHT) -> None:
        """Allow `per_second` on average, and bursts of five seconds' worth. `account` is its name in metrics."""
        self._account = account
        self._per_second = per_second
        self._clock = clock
        self._places = asyncio.Semaphore(most_in_flight)
        self._free_at = clock.monotonic() - _BURST_S
        self._resumes_at = clock.monotonic()
        self._pause_s = 0.0
        self._requests = self._waiting = self._in_flight = 0
        self._limited = Counter[str]()

    async def admit(self, calls: int) -> "Allowance":
        """Wait until a run that makes so many calls may begin: then none of them has to wait, and cost it its deadline."""
        at = self._take(calls)
        try:
            with self._waits():
                await self._until(at)
        except BaseException:
            self._give_back(calls)
            raise
        return Allowance(self, calls)

    def allowance(self) -> "Allowance":
        """For calls that wait one by one."""
        return Allowance(self, 0)

    @asynccontextmanager
    async def request(self, *, paid: bool, urgent: bool) -> AsyncIterator[None]:
        """One request's place, which is waited for, unless it is `urgent`. What is `paid` was waited for already.

        Urgent is what takes back: it counts, so that others wait for longer, but neither rate nor places hold it up; a pause that
        Stripe asked for does.
        """
        at = self._clock.monotonic() if paid else self._take(1)
        with self._waits():
            await self._until(self._clock.monotonic() if urgent else at)
            if not urgent:
                await self._places.acquire()
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1
            if not urgent:
                self._places.release()

    def answered(self, observation: StripeObservation) -> None:
        """Count what was sent; after a 429 nothing is sent for a while, twice as long each time, until one is answered otherwise."""
        if observation.request_span_id is not None:
            self._requests += 1
        if observation.http is None:
            return
        if observation.http.status != _TOO_MANY_REQUESTS:
            self._pause_s = 0.0
        elif observation.error is None or observation.error.code != _LOCKED:
            self._limited[limited_by(observation.http.headers)] += 1
            self._pause()

    def stand(self) -> BudgetStand:
        """How it stands now; may be called from another thread."""
        return BudgetStand(
            account=self._account,
            requests=self._requests,
            waiting=self._waiting,
            in_flight=self._in_flight,
            limited={reason: self._limited[reason] for reason in LIMITED_BY},
        )

    def _pause(self) -> None:
        """What was sent before a pause began, and is refused in it, says nothing new."""
        now = self._clock.monotonic()
        if now >= self._resumes_at:
            self._pause_s = min(2 * self._pause_s or _FIRST_PAUSE_S, _LONGEST_PAUSE_S)
            self._resumes_at = now + self._pause_s

    def _take(self, calls: int) -> float:
        """When so many more may be sent (`Clock.monotonic`). First come, first served."""
        self._free_at = max(self._free_at, self._clock.monotonic() - _BURST_S) + calls / self._per_second
        return self._free_at

    def _give_back(self, calls: int) -> None:
        self._free_at -= calls / self._per_second

    async def _until(self, at: float) -> None:
        """A pause may begin, or grow, meanwhile."""
        while (left_s := max(at, self._resumes_at) - self._clock.monotonic()) > 0:
            await self._clock.sleep(left_s)

    @contextmanager
    def _waits(self) -> Iterator[None]:
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1


class Allowance:
    """What one run may send: the calls that it was admitted with at once, any further one when its turn comes."""

    def __init__(self, budget: RequestBudget, calls: int) -> None:
        """`calls` were waited for."""
        self._budget = budget
        self._left = calls

    @asynccontextmanager
    async def request(self, *, urgent: bool = False) -> AsyncIterator[None]:
        """The place of one request; see `RequestBudget.request`."""
        paid = self._left > 0
        self._left -= paid
        async with self._budget.request(paid=paid, urgent=urgent):
            yield

    def answered(self, observation: StripeObservation) -> None:
        """What a request came to."""
        self._budget.answered(observation)

    def over(self) -> None:
        """The run has ended: what it did not send, others may."""
        self._budget._give_back(self._left)  # noqa: SLF001 - the two are one thing
        self._left = 0


class Budgets:
    """The budget of each account; paths of one account share it, and the lowest `requests_per_second` among theirs holds."""

    def __init__(self, clock: Clock, paths: Iterable[PaymentPath] = ()) -> None:
        """For these paths; one that comes later has an account of its own."""
        self._clock = clock
        self._by_path: dict[str, RequestBudget] = {}
        for group in by_account(paths):
            slowest = min(path.stripe.requests_per_second for path in group if path.stripe is not None)
            budget = RequestBudget(group[0].name, slowest, clock)
            self._by_path |= {path.name: budget for path in group}

    def of(self, path: PaymentPath) -> RequestBudget | None:
        """The budget of the path's account; None where it calls no Stripe."""
        if path.stripe is not None and path.name not in self._by_path:
            self._by_path[path.name] = RequestBudget(path.name, path.stripe.requests_per_second, self._clock)
        return self._by_path.get(path.name)

    def stands(self) -> tuple[BudgetStand, ...]:
        """How each account's budget stands now; may be called from another thread."""
        return tuple(budget.stand() for budget in dict.fromkeys(self._by_path.values()))
