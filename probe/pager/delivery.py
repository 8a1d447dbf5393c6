"""Hands pages to their sinks until each has taken them: in order, with growing pauses, across restarts."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from probe.history.pages import Outbox, Outcome, Waiting
from probe.history.trouble import HistoryError
from probe.model.clock import Clock
from probe.model.lack import blamed
from probe.pager.sink import Receipt, Sink

_LOG: Final = logging.getLogger("paypath.pager")
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 300.0
KEPT_FOR: Final = timedelta(days=7)
"""How long a sink may be dead before a page is given up, which is said."""
_LOOK_S: Final = 15.0
"""How often another process's pages are looked for: it may have died with them."""
FAILED: Final = "failed"
"""Label of an attempt after which the page still waits."""

Count = Callable[[str, str], None]
"""Told the sink and the outcome of each attempt: `paypath_pages_total`."""


class Delivery:
    """Takes what is due out of the outboxes. Safe beside another process that does the same."""

    def __init__(
        self,
        sinks: Sequence[Sink],
        outboxes: Sequence[Outbox],
        *,
        clock: Clock,
        randomness: random.Random,
        count: Count = lambda _sink, _outcome: None,
    ) -> None:
        """`outboxes`: the one that lasts, and the one in memory."""
        self._sinks = {sink.name: sink for sink in sinks}
        self._outboxes, self._clock, self._randomness, self._count = tuple(outboxes), clock, randomness, count
        self._rung = asyncio.Event()
        self._leaving = False
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._said: dict[str, str] = {}
        self._hindered = False
        """Whether something is due that cannot be had: an outbox that is locked is no reason to ask without a pause."""
        self._unsettled: list[tuple[Outbox, Waiting, Outcome, datetime]] = []
        """What became of pages, where that could not be written down: or they would be sent once more."""

    def ring(self) -> None:
        """There is something to send."""
        self._rung.set()

    async def keep_delivering(self) -> None:
        """Until cancelled, or until `come_to_rest`."""
        self._at_rest.clear()
        try:
            while not self._leaving:
                self._rung.clear()
                await self.deliver_due()
                if not self._leaving:
                    await self._until_due()
        finally:
            self._at_rest.set()

    async def come_to_rest(self, within_s: float) -> None:
        """Begin no further attempt in the background, and wait, but no longer than this, for the answers to those under way.

        One that is broken off may have been taken, and nobody knows: whoever takes over would send it once more.
        """
        self._leaving = True
        self._rung.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._at_rest.wait()

    async def deliver_all(self, within_s: float) -> bool:
        """Before the process ends: try until nothing waits or the time is over; whether nothing waits. What is left is for the next process."""
        until = self._clock.monotonic() + within_s
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while (wait_s := self._wait_s()) is not None and self._clock.monotonic() + wait_s <= until:
                    await self._clock.sleep(wait_s)
                    await self.deliver_due()
        return self._wait_s() is None

    async def deliver_due(self) -> None:
        """One attempt for everything that is due; a sink that hangs does not hold up the others."""
        self._hindered = False
        async with asyncio.TaskGroup() as group:
            for outbox in self._outboxes:
                for waiting in self._taken(outbox):
                    group.create_task(self._attempt(outbox, waiting))

    def _taken(self, outbox: Outbox) -> Sequence[Waiting]:
        try:
            self._settle_later(outbox)
            return outbox.take(tuple(self._sinks), now=self._clock.now())
        except HistoryError as error:
            self._say("outbox", f"pages that wait cannot be read: {error}")
            self._hindered = True
            return ()

    def _settle_later(self, outbox: Outbox) -> None:
        """Write down what could not be written before; nothing is taken until that has worked. Raises HistoryError."""
        for each in [each for each in self._unsettled if each[0] is outbox]:
            _, waiting, outcome, at = each
            outbox.settle(waiting, outcome, at=at)
            self._unsettled.remove(each)

    def _settle(self, outbox: Outbox, waiting: Waiting, outcome: Outcome, at: datetime) -> None:
        try:
            outbox.settle(waiting, outcome, at=at)
        except HistoryError as error:
            self._unsettled.append((outbox, waiting, outcome, at))
            self._say(
                "outbox",
                f"that a page was handed over is written down later; should paypath end before, it comes twice: {error}",
            )

    async def _attempt(self, outbox: Outbox, waiting: Waiting) -> None:
        receipt = await self._sent(waiting)
        now = self._clock.now()
        try:
            if receipt.taken:
                self._count(waiting.sink, Outcome.DELIVERED.value)
                self._said.pop(waiting.sink, None)
                self._settle(outbox, waiting, Outcome.DELIVERED, now)
                self._rung.set()  # what waited behind it may follow
            elif now - waiting.page.at > KEPT_FOR:
                self._count(waiting.sink, Outcome.EXPIRED.value)
                _LOG.warning("given up after %s: %s for %s", KEPT_FOR, waiting.page.title, waiting.sink)
                self._settle(outbox, waiting, Outcome.EXPIRED, now)
            else:
                self._count(waiting.sink, FAILED)
                outbox.postpone(waiting, until=now + timedelta(seconds=self._pause_s(waiting.attempts, receipt)))
                self._say(waiting.sink, f"{waiting.sink} does not take pages, they are kept: {receipt.detail}")
        except HistoryError as error:
            self._say("outbox", f"when a page is to be tried again cannot be written down: {error}")

    async def _sent(self, waiting: Waiting) -> Receipt:
        try:
            return await self._sinks[waiting.sink].send(waiting.page)
        except Exception as error:  # noqa: BLE001 - a bug in one sink must not keep the others from paging
            _LOG.warning("sink %s failed; %s", waiting.sink, blamed(error), exc_info=True)
            return Receipt(taken=False, detail=type(error).__name__)

    def _pause_s(self, attempts: int, receipt: Receipt) -> float:
        """Doubled each time, varied by a fifth so that many probes do not come back at once; or what the sink asks for."""
        if receipt.retry_after_s is not None:
            return min(max(receipt.retry_after_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        doubled: float = FIRST_PAUSE_S * 2.0 ** min(attempts, 20)
        return min(doubled, LONGEST_PAUSE_S) * (0.8 + 0.4 * self._randomness.random())

    async def _until_due(self) -> None:
        """Wait until something is due, or until it rings."""
        wait_s = self._wait_s()
        async with asyncio.TaskGroup() as group:
            asleep = group.create_task(self._clock.sleep(_LOOK_S if wait_s is None else min(wait_s, _LOOK_S)))
            rung = group.create_task(self._rung.wait())
            await asyncio.wait({asleep, rung}, return_when=asyncio.FIRST_COMPLETED)
            asleep.cancel()
            rung.cancel()

    def _wait_s(self) -> float | None:
        """Until the next delivery is due; None where nothing waits."""
        moments = []
        for outbox in self._outboxes:
            try:
                moments.append(outbox.next_due(tuple(self._sinks)))
            except HistoryError as error:
                self._say("outbox", f"pages that wait cannot be read: {error}")
        due = [moment for moment in moments if moment is not None]
        least_s = FIRST_PAUSE_S if self._hindered else 0.0
        return max(least_s, (min(due) - self._clock.now()).total_seconds()) if due else None

    def _say(self, about: str, text: str) -> None:
        """Each problem once in a row."""
        if self._said.get(about) != text:
            _LOG.warning("%s", text)
        self._said[about] = text
