"""Read an identity once more where a run found its files unusable: whether it is broken is not left to the next run."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from probe.model.clock import Clock
from probe.model.identity import LoadedIdentity
from probe.model.lack import blamed
from probe.model.path import Identity, PaymentPath
from probe.model.run import Run, RunSkipped, RunStarted, StepRun
from probe.telemetry.identities import APART_S, Key, identities_read

_LOG: Final = logging.getLogger("paypath.certificates")
_MARGIN_S: Final = 0.1
"""The reading that found the fault began a little before its run was told of."""


class SecondLook:
    """An observer of runs that reads again what they found unusable, a little more than five seconds later.

    Implements `probe.model.run.Observer`.
    """

    def __init__(
        self,
        paths: Sequence[PaymentPath],
        *,
        read: Callable[[Identity, int | None], Awaitable[LoadedIdentity]],
        tell: Callable[[str, str, bool], None],
        clock: Clock,
    ) -> None:
        """`tell` gets path, identity, and whether its files can be used."""
        self._known = {
            (path.name, side.identity.name): (side.identity, side.verify.security_level)
            for path in paths
            for side in (path.connector, path.connector.proxy)
            if side is not None and side.identity is not None
        }
        self._read, self._tell, self._clock = read, tell, clock
        self._wanted: set[Key] = set()
        self._asked = asyncio.Event()

    def run_started(self, event: RunStarted) -> None:
        """Nothing."""

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Nothing: steps are told with their run."""

    def run_skipped(self, event: RunSkipped) -> None:
        """Nothing."""

    def run_finished(self, run: Run) -> None:
        """Look again at what it found unusable."""
        found = {(run.path, facts.name) for facts in identities_read(run) if facts.fault is not None}
        self._wanted |= found & self._known.keys()
        if self._wanted:
            self._asked.set()

    async def keep_looking(self) -> None:
        """Until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            wanted, self._wanted = self._wanted, set()
            await self._clock.sleep(APART_S + _MARGIN_S)
            for key in sorted(wanted):
                await self._look(key)

    async def _look(self, key: Key) -> None:
        try:
            loaded = await self._read(*self._known[key])
        except Exception as error:  # noqa: BLE001 - a bug in here must not end the probing; it is logged with its traceback
            _LOG.warning("an identity could not be looked at a second time; %s", blamed(error), exc_info=True)
        else:
            self._tell(*key, loaded.facts.fault is None)
