"""A second connection for what one handshake cannot show: the OCSP staple, every verify error, the accepted CAs.

Without client certificate and application data, seldom, and never part of the verdict.
"""

import asyncio
import contextlib
import dataclasses
import socket
from typing import TYPE_CHECKING, Final

from probe.classify.diagnosis import NAME
from probe.classify.server_names import answers_to
from probe.model.certificate import Certificate, Source, SourceKind
from probe.model.clock import Clock
from probe.model.network import Ended
from probe.model.observation import HandshakeObservation
from probe.model.path import Connector, Diagnostics, PhaseLimits
from probe.model.tls import DiagnosticFacts, VerifyError
from probe.tls.causes import causes_of, ended_by
from probe.tls.certificate import certificates_from_ders
from probe.tls.staple import demands_staple, read_staple
from probe.transport.dial import Address, Dialer
from probe.transport.issuers import IssuerSearch
from probe.transport.missing import NO_ISSUER
from probe.transport.passage import Tunnels

if TYPE_CHECKING:
    from probe.tls.lenient import LenientClient

EVERY_S: Final = 300.0
"""At most one such connection to an endpoint in this time: a broken connector has other worries than our curiosity."""
_REFUSED: Final = 400
_REMEMBERED: Final = 4096


class Diagnosis:
    """Makes the second connection where the path wants it, and where it can show anything."""

    def __init__(
        self, *, dialer: Dialer, clock: Clock, every_s: float = EVERY_S, tunnels: Tunnels | None = None
    ) -> None:
        """`every_s` by the clock's `monotonic`, for each endpoint; without `tunnels` none is made behind proxies."""
        self._dialer = dialer
        self._tunnels = tunnels
        self._clock = clock
        self._every_s = every_s
        self._last: dict[str, float] = {}
        self._issuers = IssuerSearch(dialer=dialer)
        self._missing: dict[tuple[str | None, ...], tuple[Certificate, ...]] = {}

    async def completed(
        self, observation: HandshakeObservation, connector: Connector, *, limits: PhaseLimits, deadline: float
    ) -> HandshakeObservation:
        """The observation, with the facts of a second connection where one is due. Nothing else in it changes."""
        if connector.proxy is not None and self._tunnels is None:
            return observation
        if not _wanted(observation, connector.diagnostics):
            return observation
        if not self._due(str(connector.endpoint)):
            return self._completed(observation)
        # Half of what is left: what is cut short by the run's deadline shall never be this.
        within = min(limits.default_s, (deadline - self._clock.monotonic()) / 2)
        if within <= 0:
            return observation
        facts = await self._look(observation, connector, within)
        self._learn(observation, facts)
        return dataclasses.replace(self._completed(observation), diagnostics=facts)

    def _learn(self, first: HandshakeObservation, facts: DiagnosticFacts) -> None:
        """Keep what completes this very chain, so that every later run names the same cause, and not one in five minutes."""
        if facts.completed_by_issuers and first.presented[:1] == facts.presented[:1]:
            if len(self._missing) >= _REMEMBERED:
                self._missing.clear()
            found = (issuer.certificate for issuer in facts.issuers if issuer.certificate is not None)
            self._missing[_chain_of(first)] = tuple(found)

    def _completed(self, observation: HandshakeObservation) -> HandshakeObservation:
        """The observation with the intermediates that are known to be missing from its chain."""
        if observation.verify_code not in NO_ISSUER or observation.completing:
            return observation
        return dataclasses.replace(observation, completing=self._missing.get(_chain_of(observation), ()))

    def _due(self, endpoint: str) -> bool:
        """Whether the last one was long enough ago; if so, this is now the last one."""
        now = self._clock.monotonic()
        if now - self._last.get(endpoint, -self._every_s) < self._every_s:
            return False
        if len(self._last) >= _REMEMBERED:
            self._last = {name: at for name, at in self._last.items() if now - at < self._every_s}
        self._last[endpoint] = now
        return True

    async def _look(self, first: HandshakeObservation, connector: Connector, within: float) -> DiagnosticFacts:
        address = Address(first.peer_address or connector.endpoint.host, connector.endpoint.port)
        started_at, began = self._clock.now(), self._clock.monotonic()
        facts = DiagnosticFacts(address=address.host, started_at=started_at, duration_s=0.0, ended=Ended.COMPLETED)
        try:
            facts = await self._seen(facts, first, address, connector, within)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in an extra look must not touch the verdict; it is written down
            facts = dataclasses.replace(facts, ended=ended_by(error), causes=causes_of(error))
        return dataclasses.replace(facts, duration_s=self._clock.monotonic() - began)

    async def _seen(
        self,
        facts: DiagnosticFacts,
        first: HandshakeObservation,
        address: Address,
        connector: Connector,
        within: float,
    ) -> DiagnosticFacts:
        from probe.tls.lenient import LenientClient, engine  # noqa: PLC0415 - a runtime dependency that only this needs

        client = LenientClient(connector.verify, connector.trust, connector.endpoint.server_name)
        facts = dataclasses.replace(facts, engine=engine())
        until = asyncio.get_running_loop().time() + within
        async with contextlib.AsyncExitStack() as ways:
            sock = await self._reached(address, connector, within, ways)
            try:
                async with asyncio.timeout_at(until):
                    await client.shake_hands(sock)
            except Exception as error:  # noqa: BLE001 - a refusal for want of a client certificate is expected; what came before counts
                facts = dataclasses.replace(facts, ended=ended_by(error), causes=causes_of(error))
            else:
                await client.part(sock)
            finally:
                sock.close()
        facts = _told(facts, client, connector)
        if first.verify_code not in NO_ISSUER or first.completing:
            return facts
        sought = await self._issuers.search(client.presented, client.leads_to_trust, until)
        return dataclasses.replace(facts, issuers=sought.issuers, completed_by_issuers=sought.complete)

    async def _reached(
        self, address: Address, connector: Connector, within: float, ways: contextlib.AsyncExitStack
    ) -> socket.socket:
        """A socket to the connector, by the way that the first connection took; what leads there lasts as long as `ways`."""
        if connector.proxy is None or self._tunnels is None:
            async with asyncio.timeout(within):
                return await self._dialer.connect(address)
        limits, deadline = PhaseLimits(default_s=within), self._clock.monotonic() + within
        sock, leg = await self._tunnels.dig(connector, limits=limits, deadline=deadline, ways=ways)
        if sock is None:
            said = f": HTTP {leg.http.status}" if leg.http else f" ({leg.ended} in phase {leg.phase})"
            raise ConnectionError(f"the proxy {leg.endpoint} did not let it through{said}")
        return sock


def _chain_of(observation: HandshakeObservation) -> tuple[str | None, ...]:
    """What the peer presented, and what it was verified against."""
    return (observation.trust, *(c.sha256 for c in observation.presented))


def _wanted(observation: HandshakeObservation, when: Diagnostics) -> bool:
    """Whether the path wants it, and the peer came as far as to speak TLS over a connection that we can repeat."""
    way = observation.peer_address is not None or observation.proxy is not None
    if when is Diagnostics.OFF or observation.tls.version is None or not way:
        return False
    refused = observation.http is not None and observation.http.status >= _REFUSED
    return when is Diagnostics.ALWAYS or refused or observation.ended is not Ended.COMPLETED


def _told(facts: DiagnosticFacts, client: "LenientClient", connector: Connector) -> DiagnosticFacts:
    source = Source(SourceKind.WIRE, str(connector.endpoint))
    presented = client.presented
    leaf = next(iter(certificates_from_ders(presented[:1], source=source)), None)
    errors = [
        VerifyError(code=code, depth=depth, certificate=next(iter(certificates_from_ders([der], source=source)), None))
        for (depth, code), der in client.objections.items()
    ]
    if leaf is not None and not answers_to(leaf, connector.endpoint.server_name):
        errors.append(VerifyError(code=NAME, depth=0, certificate=leaf))  # pyOpenSSL has no way to ask for a name
    chain = (*presented[1:], *client.checked.values())
    staple = client.staple
    return dataclasses.replace(
        facts,
        tls_version=client.version,
        presented=certificates_from_ders(presented, source=source),
        verify_errors=tuple(sorted(errors, key=lambda error: (error.depth, error.code))),
        must_staple=bool(presented) and demands_staple(presented[0]),
        staple=read_staple(staple, presented[0], chain, at=facts.started_at) if staple and presented else None,
        acceptable_cas=client.acceptable,
    )
