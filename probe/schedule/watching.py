"""Keep looking at the certificates while scenarios run: files that change, services that still hold the old one, thresholds."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from probe.certificates.asking import ask
from probe.certificates.changes import Changes
from probe.certificates.stock import Stock
from probe.history.keeping import keep
from probe.history.store import History
from probe.history.watched import Draft
from probe.model.aside import aside
from probe.model.clock import Clock
from probe.model.lack import blamed
from probe.model.path import Identity
from probe.model.watch import Rotation

_LOG: Final = logging.getLogger("paypath.certificates")
POLL_S: Final = 15.0
"""Where the kernel tells no changes, they are looked for this often: within the interval of every shipped scenario but one."""
ASK_S: Final = 60.0
"""How often a service is asked what it holds, and a manager what it renews."""
_TICK_S: Final = 0.5
_REST: Final = 2.0
"""Of looking, judging and putting into words, in times of the work: nobody waits for it."""
_SHARE: Final = 20
"""The rest after something was written down, in times of how long it took: a thousand new peers are no thousand writes."""


class Watching:
    """Looks until it is cancelled. What goes wrong is said once, and ends nothing."""

    def __init__(
        self,
        stock: Stock,
        *,
        history: History | None,
        identities: Sequence[Identity],
        clock: Clock,
        limit_s: float,
        poll_s: float = POLL_S,
        ask_s: float = ASK_S,
    ) -> None:
        """`limit_s` is for each service that is asked."""
        self._stock, self._history, self._identities = stock, history, identities
        self._clock, self._limit_s, self._poll_s, self._ask_s = clock, limit_s, poll_s, ask_s
        self._changed = asyncio.Event()
        self._said: dict[str, str] = {}

    async def keep_watching(self) -> None:
        """Until cancelled."""
        self._stock.asynchronous = True
        while True:
            try:
                await self._watch()
            except Exception as error:  # noqa: BLE001 - a bug in the watch must not end the probing; it is logged with its traceback
                text = "the watch over certificates broke off and begins anew; %s"
                _LOG.warning(text, blamed(error), exc_info=True)
            await self._clock.sleep(self._ask_s)

    async def _watch(self) -> None:
        changes = Changes(self._stock.inventory.places, poll_s=self._poll_s)
        async with asyncio.TaskGroup() as group:
            group.create_task(changes.watch(self._changed.set))
            group.create_task(self._files())
            group.create_task(self._judgements())
            for identity in self._identities:
                if identity.in_use is not None or identity.managed_proof is not None:
                    group.create_task(self._ask(identity))

    async def _files(self) -> None:
        """Read what has changed, and write down what is new."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            rotations = await aside(_REST, self._stock.scan)
            for rotation in rotations:
                _LOG.info("%s", told(rotation))
            await self._keep(rotations)

    async def _judgements(self) -> None:
        """Judge anew when it is time, and write down at once what is new: a process that is killed says no goodbye."""
        kept_s, news, rest_s = self._clock.monotonic(), self._stock.inventory.news, 0.0
        while True:
            await self._clock.sleep(_TICK_S)
            if self._stock.due:
                await aside(_REST, self._stock.refresh)
            began_s, latest = self._clock.monotonic(), self._stock.inventory.news
            if began_s - kept_s >= (self._ask_s if latest == news else rest_s):
                await self._keep(())
                kept_s, news = self._clock.monotonic(), latest
                rest_s = max(_TICK_S, (kept_s - began_s) * _SHARE)

    async def _keep(self, rotations: Sequence[Rotation]) -> None:
        """The entries of ten thousand files take a while to put together, and into words."""
        if self._history is not None:
            keep(self._history, rotations, await aside(_REST, self._drafted, self._history))

    def _drafted(self, history: History) -> Draft:
        return history.drafted(self._stock.inventory.entries())

    async def _ask(self, identity: Identity) -> None:
        """Ask about one identity, and say when that does not work, each problem once."""
        while True:
            problem = await ask(identity, self._stock.inventory, clock=self._clock, limit_s=self._limit_s)
            if problem is not None and self._said.get(identity.name) != problem:
                _LOG.warning("%s", problem)
            self._said[identity.name] = problem or ""
            await self._clock.sleep(self._ask_s)


def told(rotation: Rotation) -> str:
    """One line for people: which identity, and until when it is good now."""
    before = (
        "" if rotation.before is None else f" in place of the one that ends {rotation.before.not_after:%Y-%m-%d %H:%MZ}"
    )
    after = rotation.after
    return (
        f"identity {rotation.identity} has a new certificate, good until {after.not_after:%Y-%m-%d %H:%MZ}{before}"
        f" (serial {after.serial}, {after.source.location})"
    )
