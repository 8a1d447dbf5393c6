"""A dead man's switch elsewhere is told that the probe is alive, so that its silence wakes somebody."""

import logging
from typing import Any, Final

from probe.model.clock import Clock
from probe.model.paging import HeartbeatSpec
from probe.model.run import Run, RunSkipped, RunStarted, StepRun
from probe.pager.posting import Post
from probe.pager.sink import Receipt

_LOG: Final = logging.getLogger("paypath.pager")


class Heartbeat:
    """An observer of runs that tells the switch while runs finish: a process that hangs is not alive."""

    def __init__(self, spec: HeartbeatSpec, post: Post, *, clock: Clock, silent_after_s: float) -> None:
        """`silent_after_s`: without a finished run for this long nothing is told any more; longer than the scenarios' intervals."""
        self._spec, self._post, self._clock, self._silent_after_s = spec, post, clock, silent_after_s
        self._ran_at = clock.monotonic()
        self._said = ""

    def run_started(self, event: RunStarted) -> None:
        """Nothing: a run that does not end is no sign of life."""

    def step_finished(self, event: RunStarted, step: StepRun) -> None:
        """Nothing, likewise."""

    def run_skipped(self, event: RunSkipped) -> None:
        """Nothing, likewise."""

    def run_finished(self, run: Run) -> None:
        """A sign of life, whatever the outcome: what it is, the pages say."""
        del run
        self._ran_at = self._clock.monotonic()

    async def keep_beating(self) -> None:
        """Until cancelled."""
        while True:
            await self.beat()
            await self._clock.sleep(self._spec.every_s)

    async def beat(self) -> Receipt:
        """Tell the switch, unless nothing has run for too long; a problem is said once in a row."""
        idle_s = self._clock.monotonic() - self._ran_at
        if idle_s > self._silent_after_s:
            receipt = Receipt(taken=False, detail=f"no run has finished for {idle_s:.0f} s: the switch is not told")
        else:
            body: dict[str, Any] = {"alive": "paypath"}
            receipt = await self._post(self._spec.url, body)
        if receipt.detail != self._said and not receipt.taken:
            _LOG.warning("heartbeat: %s", receipt.detail)
        self._said = receipt.detail
        return receipt
