"""Direct pages: from what is configured to the sinks, the observer that decides, and what sends in the background."""

import asyncio
import logging
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from probe.catalogue.catalogue import Catalogue
from probe.history.store import History
from probe.model.clock import Clock
from probe.model.paging import Paging, SinkKind, SinkSpec
from probe.model.run import Observer
from probe.model.secret import Secret
from probe.pager.alertmanager import Alertmanager
from probe.pager.delivery import Count, Delivery
from probe.pager.heartbeat import Heartbeat
from probe.pager.pagerduty import PagerDuty
from probe.pager.posting import LIMIT_S, HttpPost, Post
from probe.pager.sink import Sink
from probe.pager.watch import Pager, Place, Unwritten
from probe.pager.webhook import Webhook

_LOG: Final = logging.getLogger("paypath.pager")
ONCE_S: Final = 10.0
"""How long `check` waits for sinks at its end; what they have not taken then waits for the next process."""
LEAVING_S: Final = 3.0
"""The same for `run`, which had time before: within Kubernetes' grace, beside cleanup and telemetry."""
TAKING_OVER_S: Final = LIMIT_S + 1.0
"""The same for a configuration that another one has replaced: longer than any attempt, because nothing ends."""
_INTERVALS: Final = 3
"""After so many intervals of the most frequent scenario without a finished run the dead man's switch is told no more."""
_LEAST_SILENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PagingParts:
    """What pages from here; made by `paging_parts`."""

    pager: Pager | None
    """None: only a dead man's switch is configured, and nobody is paged."""
    delivery: Delivery
    heartbeat: Heartbeat | None
    clock: Clock

    @property
    def observers(self) -> tuple[Observer, ...]:
        """What is told about runs."""
        return tuple(each for each in (self.pager, self.heartbeat) if each is not None)

    async def keep_going(self) -> None:
        """Send in the background until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.delivery.keep_delivering())
            if self.heartbeat is not None:
                group.create_task(self.heartbeat.keep_beating())

    async def finish(self, within_s: float = LEAVING_S, *, beat: bool = False) -> None:
        """Before the process ends: send what waits, and tell the switch where that is not done in the background."""
        if beat and self.heartbeat is not None:
            await self.heartbeat.beat()
        until_s = self.clock.monotonic() + within_s
        await self.delivery.come_to_rest(within_s)
        if not await self.delivery.deliver_all(until_s - self.clock.monotonic()):
            _LOG.warning("not every page has been taken within %g s; the next `check` or `run` goes on", within_s)


def paging_parts(
    paging: Paging,
    history: History | None,
    *,
    catalogue: Catalogue,
    clock: Clock,
    randomness: random.Random,
    intervals_s: Iterable[float],
    count: Count,
    sinks: Sequence[Sink] | None = None,
    unwritten: Unwritten | None = None,
) -> PagingParts | None:
    """None where neither a sink nor a heartbeat is configured.

    `sinks` stand in for the configured ones (a drill's own); `unwritten` is what those before had in memory alone.
    """
    if not paging.sinks and paging.heartbeat is None:
        return None
    if history is None and paging.sinks:
        _LOG.warning("no state directory: failures in a row and pages that wait are forgotten when the process ends")
    post = HttpPost()
    unwritten = unwritten or Unwritten()
    outbox = unwritten.outbox if history is None else history
    pager = Pager(paging, outbox, catalogue=catalogue, unwritten=unwritten)
    delivery = Delivery(
        [sink_of(spec, post) for spec in paging.sinks] if sinks is None else sinks,
        (outbox, pager.memory),
        clock=clock,
        randomness=randomness,
        count=count,
    )
    pager.ring = delivery.ring
    silent_after_s = max(_LEAST_SILENCE_S, _INTERVALS * min(intervals_s, default=0.0))
    beat = paging.heartbeat
    heartbeat = None if beat is None else Heartbeat(beat, post, clock=clock, silent_after_s=silent_after_s)
    return PagingParts(pager=pager if paging.sinks else None, delivery=delivery, heartbeat=heartbeat, clock=clock)


def sink_of(spec: SinkSpec, post: Post) -> Sink:
    """The real sink of a configured one."""
    match spec.kind:
        case SinkKind.PAGERDUTY:
            key = spec.routing_key or Secret("")
            return PagerDuty(name=spec.name, post=post, url=spec.url, routing_key=key)
        case SinkKind.ALERTMANAGER:
            return Alertmanager(name=spec.name, post=post, url=spec.url, token=spec.token)
        case SinkKind.WEBHOOK:
            return Webhook(name=spec.name, post=post, url=spec.url, token=spec.token, whole=spec.whole)
        case _:
            assert_never(spec.kind)


__all__ = ["LEAVING_S", "ONCE_S", "TAKING_OVER_S", "PagingParts", "Place", "Unwritten", "paging_parts", "sink_of"]
