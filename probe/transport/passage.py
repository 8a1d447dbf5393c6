"""One connection through its phases, and the record of how far it came.

A peer's misdeeds never leave this module as exceptions: they are written into the record, and `PassEndedError` merely unwinds.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, Protocol

from aiodns.error import DNSError

from probe.model.answer import HttpAnswer
from probe.model.clock import Clock
from probe.model.failure import Phase
from probe.model.identity import LoadedIdentity
from probe.model.network import Cause, Ended, Endpoint, PhaseTiming, TcpFacts
from probe.model.observation import HandshakeObservation
from probe.model.path import Connector, Identity, PhaseLimits
from probe.model.tls import NOTHING_SAID, TlsFacts
from probe.tls.causes import causes_of, ended_by, verify_code_of
from probe.tls.contexts import ContextCache, ContextError
from probe.tls.evidence import Evidence
from probe.tls.revocation import REVOKED, IssuerRevokedError, lists_of
from probe.tls.stream import TlsStream
from probe.transport.answer import AnswerParser, NotHttpError
from probe.transport.asking import receive, send
from probe.transport.clear import ClearStream
from probe.transport.dial import Dialer, connect_first
from probe.transport.limit import Limit
from probe.transport.tcp_facts import tcp_facts

_SHORTEST_GRACE_S: Final = 0.15
_LONGEST_GRACE_S: Final = 1.0
_ROUND_TRIPS: Final = 4
_MARGIN_S: Final = 0.05
_MISDEEDS: Final = (OSError, EOFError, DNSError, UnicodeError, NotHttpError)
"""What a peer or the network may do to us. OSError: SSLError and TimeoutError too."""
_ROUND_TRIP_BY_PROXY: Final = frozenset({Phase.TCP, Phase.WAIT})
"""Of the leg to a proxy: one round trip to it, and one by it to the connector."""

ReadIdentity = Callable[[Identity, int | None], Awaitable[LoadedIdentity]]
"""Reads an identity's files, for an OpenSSL security level."""


class Tunnels(Protocol):
    """What leads through proxies."""

    async def dig(
        self,
        connector: Connector,
        *,
        limits: PhaseLimits,
        deadline: float,
        ways: contextlib.AsyncExitStack,
        identity: LoadedIdentity | None = None,
    ) -> tuple[socket.socket | None, HandshakeObservation]:
        """A connected socket that leads to the connector, until `ways` is closed, and the leg to the proxy; None where that failed.

        `identity` is shown to the proxy; without it its own is read.
        """


class PassEndedError(Exception):
    """The pass has ended early; its record says where and how."""


class Passage:
    """One pass over a hop: call its phases in their order, then `close` it whatever happened."""

    def __init__(
        self, *, dialer: Dialer, clock: Clock, limits: PhaseLimits, deadline: float, tunnels: Tunnels | None = None
    ) -> None:
        """Start the record. `deadline` is a moment of `clock.monotonic` and cuts every phase; without `tunnels` no proxy is used."""
        self._dialer = dialer
        self._tunnels = tunnels
        self._ways = contextlib.AsyncExitStack()
        self._clock = clock
        self._limits = limits
        self._deadline = deadline
        self._begun = clock.monotonic()
        self._limit = Limit()
        self._socket: socket.socket | None = None
        self._round_trip_s = 0.0
        self.started_at = clock.now()
        self.phase = Phase.DNS
        self.ended = Ended.COMPLETED
        self.causes: tuple[Cause, ...] = ()
        self.timings: list[PhaseTiming] = []
        self.peer_address: str | None = None
        self.stream: TlsStream | None = None
        self.clear: ClearStream | None = None
        """Where something is asked without TLS."""
        self.proxy: HandshakeObservation | None = None
        """The leg to the proxy, where one was asked."""
        self.rest = b""
        """What came behind the answer."""
        self.tcp: TcpFacts | None = None
        """Of a connection of its own on which a wait ran out: in a tunnel they would be those of the way to the proxy."""
        self.verify_code: int | None = None
        self.local_error: str | None = None
        self.asked = False
        """A request was begun."""
        self.answer: HttpAnswer | None = None

    @property
    def tls(self) -> TlsFacts:
        """What TLS has said so far."""
        return NOTHING_SAID if self.stream is None else self.stream.evidence.facts()

    async def reach(self, connector: Connector, identity: LoadedIdentity | None = None) -> None:
        """Connect to the connector, by its proxy where it has one: then all of that is in `proxy`, and its time is the phase `tcp`.

        `identity` is for a proxy that is the billing connector itself; without it its files are read.
        """
        if connector.proxy is None:
            await self.connect(connector.endpoint)
            return
        if self._tunnels is None:
            raise RuntimeError(f"{connector.url} is behind a proxy, and this passage was given no tunnels")
        self.phase, began = Phase.TCP, self._clock.monotonic()
        try:
            self._socket, self.proxy = await self._tunnels.dig(
                connector, limits=self._limits, deadline=self._deadline, ways=self._ways, identity=identity
            )
        finally:
            self.end(Phase.TCP, began)
        self._round_trip_s = 2 * sum(t.duration_s for t in self.proxy.timings if t.phase in _ROUND_TRIP_BY_PROXY)
        if self._socket is None:
            failed = self.proxy.ended is not Ended.COMPLETED
            self.ended, self.causes = (self.proxy.ended if failed else Ended.ERROR), self.proxy.causes
            raise PassEndedError

    async def connect(self, endpoint: Endpoint) -> None:
        """Resolve and connect, trying the addresses in their order."""
        with self._during(Phase.DNS):
            addresses = await self._dialer.resolve(endpoint.host, endpoint.port)
        with self._during(Phase.TCP) as until:
            began = self._clock.monotonic()
            if len(addresses) == 1:  # the phase's own limit is enough
                self._socket, address = await self._dialer.connect(addresses[0]), addresses[0]
            else:
                self._socket, address = await connect_first(self._dialer, addresses, until)
            self._round_trip_s = self._clock.monotonic() - began
            self.peer_address = address.host

    def take(self) -> socket.socket:
        """The connected socket, which is the caller's from now on."""
        if self._socket is None:
            raise RuntimeError("connect comes first")
        taken, self._socket = self._socket, None
        return taken

    async def shake_hands(self, context: ssl.SSLContext, server_name: str) -> None:
        """Do TLS as far as our own side of it; our alert goes out where we refuse."""
        if self._socket is None:
            raise RuntimeError("connect comes first")
        try:
            self.stream = TlsStream(self._socket, context, server_hostname=server_name)
        except ValueError as error:
            self.not_started(f"the server name {server_name!r} cannot be verified: {error}")
            raise PassEndedError from error
        with self._during(Phase.TLS):
            await self.stream.handshake()
            self._check_issuers(context)

    def _check_issuers(self, context: ssl.SSLContext) -> None:
        """Refuse a chain of which an issuer is revoked: OpenSSL was asked about the peer's own certificate alone."""
        lists, built = lists_of(context), self._stream().evidence.built
        if lists is not None and any(said.code == REVOKED for said in lists.said_of(built, self.started_at)):
            raise IssuerRevokedError

    async def be_accepted(self) -> None:
        """Under TLS 1.3 the server judges our certificate after we have finished: listen before speaking.

        Ends with a session ticket, an alert, EOF, or a grace of four round trips (some servers send no ticket before
        they answer). Writing first would lose the alert to a broken pipe on a third of the connections (Envoy, measured).
        """
        stream = self._stream()
        if not stream.evidence.tls_1_3 or not stream.evidence.certificate_requested:
            return
        with self._during(Phase.ACCEPT, grace_s=self._grace_s()):
            heard = await stream.read_until(_has_ticket)
            if not heard and stream.ended:
                ours = "our certificate" if self.tls.client_certificate_sent else "our part of the handshake"
                raise EOFError(f"the peer closed the connection after {ours}, without an alert")

    async def ask(self, request: bytes, method: str = "GET") -> None:
        """Send one request and read its answer."""
        stream = self.clear or self._stream()
        self.asked = True
        parser = AnswerParser(method)
        with self._during(Phase.SEND):
            data = await send(stream, request)
        with self._during(Phase.WAIT):
            data = data or await stream.read()
            if not data:
                raise EOFError("the peer closed the connection without an answer")
        try:
            with self._during(Phase.RECEIVE):
                await receive(stream, parser, data)
        finally:
            self.answer, self.rest = parser.answer, parser.rest

    def not_started(self, why: str) -> None:
        """Our own set-up stood in the way."""
        self.phase, self.ended, self.local_error = Phase.TLS, Ended.NOT_STARTED, why

    def speak_openly(self) -> None:
        """Ask without TLS."""
        if self._socket is None:
            raise RuntimeError("connect comes first")
        self.clear = ClearStream(self._socket)

    async def sleep(self, seconds: float) -> None:
        """Wait between phases, by the pass's clock."""
        await self._clock.sleep(seconds)

    async def close(self) -> None:
        """Close what is open; gives the alert that we sent a few round trips to arrive."""
        self._limit.close()
        try:
            if self.stream is not None:
                await self.stream.close(linger_s=self._grace_s())
            elif self._socket is not None:
                self._socket.close()
        finally:
            await self._ways.aclose()

    def _stream(self) -> TlsStream:
        if self.stream is None:
            raise RuntimeError("shake_hands comes first")
        return self.stream

    def _grace_s(self) -> float:
        patient = _ROUND_TRIPS * self._round_trip_s + _MARGIN_S
        return min(max(_SHORTEST_GRACE_S, patient), _LONGEST_GRACE_S)

    def _during(self, phase: Phase, *, grace_s: float | None = None) -> "_During":
        """Time a phase and limit it, and write down how it ended. Gives its end in loop time.

        A phase with a grace may end with it, and nothing is wrong then.
        """
        return _During(self, phase, grace_s)

    def begin(self, phase: Phase, grace_s: float | None) -> tuple[float, float, bool]:
        """The phase begins: its moment of `clock.monotonic`, its end in loop time, and whether that is the end of the grace."""
        self.phase = phase
        began = self._clock.monotonic()
        left = min(self._limits.limit_s(phase), self._deadline - began)
        graceful = grace_s is not None and grace_s < left
        until = asyncio.get_running_loop().time() + (grace_s if graceful and grace_s is not None else left)
        self._limit.begin(until)
        return began, until, graceful

    def end(self, phase: Phase, began: float) -> None:
        """The phase is over, however it ended."""
        took_s = self._clock.monotonic() - began
        self.timings.append(PhaseTiming(phase=phase, offset_s=began - self._begun, duration_s=took_s))

    def too_late(self, error: BaseException | None) -> bool:
        """Whether the phase that ends with `error` was ended by its limit."""
        return self._limit.end(error)

    def broke(self, error: Exception) -> None:
        """The pass ends here."""
        self.ended = ended_by(error)
        self.causes = causes_of(error)
        self.verify_code = verify_code_of(error)
        if self.ended is Ended.TIMED_OUT and self._socket is not None and self.proxy is None:
            self.tcp = tcp_facts(self._socket)


class _During:
    """One phase of a passage. A class, since `contextlib` makes of every one of seven a generator (a tenth of our time, measured)."""

    __slots__ = ("_began", "_grace_s", "_graceful", "_passage", "_phase")

    def __init__(self, passage: Passage, phase: Phase, grace_s: float | None) -> None:
        self._passage = passage
        self._phase = phase
        self._grace_s = grace_s

    def __enter__(self) -> float:
        self._began, until, self._graceful = self._passage.begin(self._phase, self._grace_s)
        return until

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        late = self._passage.too_late(error)
        self._passage.end(self._phase, self._began)
        if late and self._graceful:
            return True
        if late:
            error = TimeoutError()
        if isinstance(error, _MISDEEDS):
            self._passage.broke(error)
            raise PassEndedError from error
        return False


async def open_context(
    contexts: ContextCache, connector: Connector, identity: LoadedIdentity | None, passage: Passage
) -> ssl.SSLContext:
    """The context for this connector; without the client certificate where the identity cannot be used.

    Raises PassEndedError, with `not_started` in the record, where it cannot be built.
    """
    offered = identity if identity is not None and identity.usable else None
    try:
        return await contexts.settled(
            connector.verify,
            connector.trust,
            offered.certificate_pem if offered else None,
            offered.key_pem if offered else None,
            offered.key_password if offered else None,
            sleep=passage.sleep,
        )
    except ContextError as error:
        passage.not_started(str(error))
        raise PassEndedError from error


def _has_ticket(evidence: Evidence) -> bool:
    return evidence.session_ticket
