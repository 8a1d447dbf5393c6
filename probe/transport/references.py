"""Addresses that have nothing to do with any payment path: where they have answered and do so no more, the network of this machine is sick.

A link and a route say little in a pod, whose own end of the cable is up whatever became of its node. Only what has answered this very
process before counts, and only where no path has passed since: an address that is wrong, forbidden by a firewall or taken down must not make
an outage of the path look like ours.
"""

import asyncio
import contextlib
import errno
import math
from collections.abc import Iterable
from typing import Final

from probe.model.clock import Clock
from probe.transport.dial import Address, Dialer

LIMIT_S: Final = 2.0
"""How long an answer may take."""
ASK_EVERY_S: Final = 60.0
"""How often they are asked while all is well."""
_FRESH_S: Final = 5.0
"""An answer, or none, is held for so long: when a node falls ill all paths ask at once."""
_SILENT_S: Final = 2.5 * ASK_EVERY_S
"""Who has not answered for so long although something passed is silent for a reason of its own."""
_REFUSED: Final = frozenset({errno.ECONNREFUSED, errno.ECONNRESET})
"""Somebody is there and says so."""


class References:
    """Asked whether they answer. Without addresses nothing is ever asked or said."""

    def __init__(self, addresses: Iterable[tuple[str, int]], *, dialer: Dialer, clock: Clock) -> None:
        """IP addresses and ports; TCP, and any answer counts."""
        self._addresses = tuple(Address(host, port) for host, port in addresses)
        self._dialer, self._clock = dialer, clock
        self._answered_s: dict[Address, float] = {}
        """When each that ever has answered did so last."""
        self._works_s = -math.inf
        """When something passed over the network last."""
        self._asked_s: float | None = None
        self._any = False
        self._one_at_a_time = asyncio.Lock()

    async def keep_asking(self) -> None:
        """Learn which of them answer, until cancelled."""
        while self._addresses:
            await self._ask()
            await self._clock.sleep(ASK_EVERY_S)

    async def why_offline(self) -> str | None:
        """Why this machine seems to be cut off: all that ever answered are silent. None where one answers, or none ever has."""
        if self._clock.monotonic() - self._works_s < _FRESH_S:
            return None
        await self._ask()
        silent = sorted(
            f"{address.host}:{address.port}" for address, at_s in self._answered_s.items() if self._counts(at_s)
        )
        if self._any or not silent:
            return None
        return f"{', '.join(silent)} of `self_check.addresses`: answered before, and nobody does now"

    def network_works(self) -> None:
        """Something has just passed over it."""
        self._works_s = self._clock.monotonic()

    def _counts(self, answered_s: float) -> bool:
        """Not where it was silent already while the network worked."""
        return answered_s >= self._works_s - _SILENT_S

    async def _ask(self) -> None:
        async with self._one_at_a_time:
            now_s = self._clock.monotonic()
            if self._asked_s is not None and now_s - self._asked_s < _FRESH_S:
                return
            found = await asyncio.gather(*(self._answers(address) for address in self._addresses))
            answering = {address for address, answers in zip(self._addresses, found, strict=True) if answers}
            self._any, self._asked_s = bool(answering), self._clock.monotonic()
            self._answered_s |= dict.fromkeys(answering, self._asked_s)

    async def _answers(self, address: Address) -> bool:
        try:
            async with asyncio.timeout(LIMIT_S):
                connected = await self._dialer.connect(address)
        except TimeoutError:
            return False
        except OSError as error:
            return error.errno in _REFUSED
        with contextlib.closing(connected):
            return True
