"""Webhooks that have come: kept from before a step asks for them, since Stripe is often quicker than our next step."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from probe.model.clock import Clock

MOST_KEPT: Final = 1000
"""Deliveries of one path that are remembered; a sandbox that others use sends more than anybody waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event that was delivered with a right signature."""

    event_id: str
    kind: str
    """Type of the event, `payment_intent.succeeded`."""
    object_id: str
    """Id of the object that it is about; empty where it has none."""
    live: bool = False
    """It says `livemode: true` somewhere."""


@dataclass(slots=True)
class _Box:
    """What came for one path."""

    deliveries: deque[Delivery] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    refused: Counter[str] = field(default_factory=Counter)


class Inbox:
    """The deliveries of every path; one for the process, filled by the listener and emptied by nobody."""

    def __init__(self) -> None:
        """Nothing has come."""
        self._boxes: dict[str, _Box] = {}
        self._changed = asyncio.Event()
        self.listening = False
        """Whether anything can come: a listener is up."""

    def take(self, path: str, delivery: Delivery) -> None:
        """Keep a delivery, and wake whoever waits."""
        self._box(path).deliveries.append(delivery)
        self._changed.set()
        self._changed = asyncio.Event()

    def refuse(self, path: str, why: str) -> None:
        """Count a delivery that was refused."""
        self._box(path).refused[why] += 1

    def refused(self, path: str) -> Mapping[str, int]:
        """How many deliveries of the path were refused so far, by what was wrong with them."""
        return dict(self._box(path).refused)

    async def arrival(
        self, path: str, wanted: Callable[[Delivery], bool], *, clock: Clock, deadline: float
    ) -> Delivery | None:
        """The first delivery of the path that is `wanted`, also one of before; None where none came by `deadline` (`Clock.monotonic`)."""
        while True:
            changed = self._changed
            found = next(filter(wanted, self._box(path).deliveries), None)
            left = deadline - clock.monotonic()
            if found is not None or left <= 0:
                return found
            async with asyncio.TaskGroup() as group:
                waits = {group.create_task(changed.wait()), group.create_task(clock.sleep(left))}
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                for task in waits:
                    task.cancel()

    def _box(self, path: str) -> _Box:
        return self._boxes.setdefault(path, _Box())
