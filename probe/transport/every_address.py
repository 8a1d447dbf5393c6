"""One pass to every address of a name, and what the resolver leaves unsaid where it could look up one family alone."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from aiodns.error import DNSError

from probe.model.clock import Clock
from probe.model.failure import Phase
from probe.model.network import Ended, Endpoint, PhaseTiming, Unresolved
from probe.model.observation import HandshakeObservation
from probe.model.path import Connector
from probe.tls.causes import causes_of, ended_by
from probe.transport.dial import Address, Dialer

_AT_ONCE: Final = 8
"""Addresses of one name that are tried at the same time."""
_GOOD: Final = range(200, 300)
_RECORDS: Final = {socket.AF_INET: "A", socket.AF_INET6: "AAAA"}

Pass = Callable[[Connector], Awaitable[HandshakeObservation]]


def went_well(seen: HandshakeObservation) -> bool:
    """It completed, and what was asked was answered with 2xx."""
    return seen.ended is Ended.COMPLETED and (seen.http is None or seen.http.status in _GOOD)


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryAddress:
    """Looks up the name of one connector, and makes a pass to each of its addresses."""

    connector: Connector
    one: Pass
    dialer: Dialer
    clock: Clock
    within_s: float
    """For the lookup."""

    async def observed(self) -> HandshakeObservation:
        """The first pass that did not go well, else the first, with all of them; a name that cannot be looked up is one pass that says so."""
        endpoint, began = self.connector.endpoint, self.clock.monotonic()
        try:
            async with asyncio.timeout(self.within_s):
                found = await self.dialer.resolve(endpoint.host, endpoint.port)
        except (OSError, DNSError, UnicodeError):  # TimeoutError too
            return await self.one(self.connector)
        took_s, turn = self.clock.monotonic() - began, asyncio.Semaphore(_AT_ONCE)
        # A name server that is silent about one family must not take the time of the other.
        async with asyncio.TaskGroup() as group:
            passing = group.create_task(self._passes(found, turn))
            further, unresolved = await _missing_family(self.dialer, endpoint, found, self.within_s - took_s)
        passes = (*passing.result(), *await self._passes(further, turn))
        seen = tuple(_after_lookup(each, took_s) for each in passes)
        told = next((each for each in seen if not went_well(each)), seen[0])
        return replace(told, addresses=seen, unresolved=unresolved)

    async def _passes(self, addresses: Iterable[Address], turn: asyncio.Semaphore) -> list[HandshakeObservation]:
        async with asyncio.TaskGroup() as group:
            passes = [group.create_task(self._at(address, turn)) for address in dict.fromkeys(addresses)]
        return [task.result() for task in passes]

    async def _at(self, address: Address, turn: asyncio.Semaphore) -> HandshakeObservation:
        endpoint = replace(self.connector.endpoint, host=address.host, port=address.port)
        async with turn:
            return await self.one(replace(self.connector, endpoint=endpoint))


async def _missing_family(
    dialer: Dialer, endpoint: Endpoint, found: Sequence[Address], within_s: float
) -> tuple[tuple[Address, ...], Unresolved | None]:
    """The addresses of the family of which `found` has none, and why they are not known; where it has both, nothing is asked."""
    families = {address.family for address in found}
    lacking = next((family for family in _RECORDS if family not in families), None)
    if lacking is None:
        return (), None
    try:
        async with asyncio.timeout(within_s):
            return await dialer.of_family(endpoint.host, endpoint.port, lacking), None
    except (OSError, DNSError, UnicodeError) as error:  # TimeoutError too
        record = _RECORDS[lacking]
        return (), Unresolved(endpoint=endpoint, record=record, ended=ended_by(error), causes=causes_of(error))


def _after_lookup(seen: HandshakeObservation, took_s: float) -> HandshakeObservation:
    """The pass to one address with the time of the lookup that all of them share."""
    lookup = PhaseTiming(phase=Phase.DNS, offset_s=0.0, duration_s=took_s)
    later = (replace(t, offset_s=t.offset_s + took_s) for t in seen.timings if t.phase is not Phase.DNS)
    return replace(seen, timings=(lookup, *later))
