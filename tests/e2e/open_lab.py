"""A lab whose simulator a test can see into and hold back: in this process, on a thread of its own, with the probe outside."""

import asyncio
import pathlib
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Self, TypeVar

from probe.lab.lab import running_lab
from probe.lab.stripe.state import OpenMoney
from probe.model.clock import SystemClock
from tests.e2e.processes import PATIENCE_S

T = TypeVar("T")


class WatchedClock(SystemClock):
    """The machine's clock, which says when the simulator begins to hold a request back."""

    def __init__(self) -> None:
        """Nothing is held back yet."""
        self.held = threading.Semaphore(0)
        """Released once for each request that is held back."""
        self.let_go = threading.Semaphore(0)
        """Released once for each of them that goes on."""
        self.on_held: Callable[[], None] = lambda: None

    async def sleep(self, seconds: float) -> None:
        """The simulator sleeps only where a slow fault holds a request back (and between tries of a webhook)."""
        self.on_held()
        self.held.release()
        await super().sleep(seconds)
        self.let_go.release()


class OpenLab(AbstractContextManager["OpenLab"]):
    """A healthy lab for as long as the block lasts."""

    def __init__(self, directory: pathlib.Path) -> None:
        """It starts with the block."""
        self.clock = WatchedClock()
        self._directory = directory / "lab"
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        """Start, and return when all listens."""
        self._thread.start()
        assert self._ready.wait(PATIENCE_S), "the lab did not start"
        return self

    def __exit__(self, *_exception: object) -> None:
        """Stop."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)

    @property
    def config(self) -> str:
        """The ready configuration."""
        return self._lab.addresses.configuration

    def hold(self, fault: str, *, delay_s: float, once: bool = False) -> None:
        """Hold requests back by one of the switches that only tests flip; `once` lets all but the first one through."""
        faults = self._lab.stripe_faults
        faults.delay_s = delay_s
        self.clock.on_held = faults.active.clear if once else lambda: None
        faults.active.add(fault)

    def wait_until_held(self) -> None:
        """Wait until the simulator holds one more request back."""
        assert self.clock.held.acquire(timeout=PATIENCE_S), "no request was held back"

    def wait_until_let_go(self) -> None:
        """Wait until a request that was held back goes on; what it does is seen by whoever asks the lab after this."""
        assert self.clock.let_go.acquire(timeout=PATIENCE_S), "no request went on"

    def intents(self) -> list[dict[str, Any]]:
        """Every payment intent that was ever made."""
        return self._call(lambda: [dict(intent) for intent in self._lab.state.all.payment_intents])

    def open_money(self) -> list[OpenMoney]:
        """What was taken or held and not given back."""
        return self._call(self._lab.state.open_money)

    def unfinished(self) -> list[dict[str, Any]]:
        """Payment intents that somebody could still pay or capture."""
        return self._call(self._lab.state.unfinished_intents)

    def _call(self, function: Callable[[], T]) -> T:
        """Run it on the lab's own thread: the simulator's state belongs to its loop."""

        async def call() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(PATIENCE_S)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with running_lab(self._directory, clock=self.clock) as self._lab:
            self._ready.set()
            await self._stop.wait()
