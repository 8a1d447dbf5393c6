"""Sweep every hour what crashed runs left behind."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from probe.model.clock import Clock
from probe.model.lack import blamed
from probe.model.outcome import Passed
from probe.model.path import PaymentPath
from probe.model.sweep import Sweep
from probe.runner.leftovers import Window

_LOG: Final = logging.getLogger("paypath.sweep")
EVERY_S: Final = 3600.0
OLDER_THAN: Final = timedelta(hours=1)
"""Far longer than any run takes; the mark on each object says when its own run has ended."""
FIRST_LOOK_BACK: Final = timedelta(days=7)
"""What the first sweep of a process looks through: a long weekend, at some 10,000 payments 100 pages."""
_AGAIN: Final = timedelta(hours=1)
"""A later sweep looks again at the last hour of the one before: what was in use then."""


class Sweeps(Protocol):
    """Who sweeps; `probe.runner.sweeping.Sweeper` is the real one."""

    async def sweep(self, account: Sequence[PaymentPath], window: Window, *, stop: asyncio.Event) -> Sweep:
        """Look over one account."""


class Sweeping:
    """Sweeps until it is cancelled. What goes wrong is told, and ends nothing."""

    def __init__(
        self,
        sweeper: Sweeps,
        accounts: Sequence[Sequence[PaymentPath]],
        *,
        clock: Clock,
        tell: Callable[[Sweep], None],
    ) -> None:
        """`accounts` are the paths of each account; `tell` receives every result."""
        self._sweeper, self._accounts, self._clock, self._tell = sweeper, accounts, clock, tell
        self._looked_until: dict[str, datetime] = {}
        """By first path: what was created before is known to be clean."""

    async def keep_sweeping(self, stop: asyncio.Event) -> None:
        """Until cancelled; once `stop` is set, nothing more is begun."""
        while self._accounts and not stop.is_set():
            for account in self._accounts:
                try:
                    self._tell(await self._sweep(account, stop))
                except Exception as error:  # noqa: BLE001 - a bug in here must not end the probing; it is logged with its traceback
                    _LOG.warning("a sweep broke off; the next one begins anew; %s", blamed(error), exc_info=True)
            await self._clock.sleep(EVERY_S)

    async def _sweep(self, account: Sequence[PaymentPath], stop: asyncio.Event) -> Sweep:
        now, name = self._clock.now(), account[0].name
        since = self._looked_until.get(name, now - FIRST_LOOK_BACK)
        window = Window(created_from=since, created_before=now - OLDER_THAN)
        told = await self._sweeper.sweep(account, window, stop=stop)
        if isinstance(told.outcome, Passed):
            self._looked_until[name] = window.created_before - _AGAIN
        return told
