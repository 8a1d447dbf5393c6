"""One call of the Stripe SDK through the connector, as an observation. Never raises for what the path or Stripe does."""

import ipaddress
import pathlib
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import aiohttp
from aiohttp.abc import AbstractResolver

from probe.billing import answers
from probe.billing.causes import causes_of, how_it_ended
from probe.billing.keys import key_of
from probe.billing.methods import writes
from probe.billing.progress import Progress, TlsStarts
from probe.billing.way import OneSocket, Reached, Ways, straight
from probe.model.certificate import Source, SourceKind
from probe.model.clock import Clock
from probe.model.failure import Phase
from probe.model.identity import LoadedIdentity
from probe.model.network import Ended, PhaseTiming
from probe.model.observation import StripeObservation
from probe.model.path import Connector, PaymentPath, PhaseLimits, Verify
from probe.model.secret import Secret
from probe.redact.text import Redactor
from probe.tls.certificate import certificates_from_ders
from probe.tls.contexts import ContextCache, ContextError
from probe.tls.evidence import Recording, recording


class NoStripeError(Exception):
    """A Stripe call on a path that is not configured for any: our own mistake."""


class OutOfTimeError(Exception):
    """No time was left when the call was to begin: time lost on our own side."""


class StripeCaller(Protocol):
    """The way to Stripe."""

    async def call(
        self,
        *,
        path: PaymentPath,
        identity: LoadedIdentity | None,
        method: str,
        parameters: Mapping[str, object],
        idempotency_key: str | None,
        limits: PhaseLimits,
        deadline: float,
        traceparent: str | None,
        span_id: str | None,
    ) -> StripeObservation:
        """Call `method` (`v1.refunds.create`) on a fresh connection; waits for no phase past its limit, nor past `deadline`.

        `deadline` is a value of `Clock.monotonic`. An identity that is not usable is left out. Raises CallMistakeError for
        a method that the SDK lacks or an id that is not given, LiveKeyError, NoStripeError, and OutOfTimeError where `deadline`
        has passed already; nothing for what the path or Stripe does.
        """


class NoWayError(Exception):
    """A connector that is not reached at its URL's host, and nothing that opens the way to it: our own mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limited:
    """How long a call may take."""

    clock: Clock
    limits: PhaseLimits
    deadline: float

    def progress(self, *, first: Phase, before: Sequence[PhaseTiming] = ()) -> Progress:
        """The phases of the call from `first` on."""
        return Progress(clock=self.clock, limits=self.limits, deadline=self.deadline, first=first, before=before)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What is asked of Stripe."""

    method: str
    parameters: Mapping[str, object]
    idempotency_key: str | None
    traceparent: str | None
    key: Secret


class SdkCaller:
    """The real one: stripe-python over aiohttp, with mutual TLS to the connector."""

    def __init__(
        self,
        *,
        contexts: ContextCache,
        clock: Clock,
        resolver: Callable[[], AbstractResolver] | None = None,
        ways: Ways | None = None,
    ) -> None:
        """`resolver` makes the resolver of one call; by default c-ares with the machine's name servers.

        `ways` leads to connectors that are not simply their URL's host; None: there are none.
        """
        self._contexts = contexts
        self._clock = clock
        self._resolver = resolver or aiohttp.AsyncResolver
        self._ways = ways

    async def call(
        self,
        *,
        path: PaymentPath,
        identity: LoadedIdentity | None,
        method: str,
        parameters: Mapping[str, object],
        idempotency_key: str | None,
        limits: PhaseLimits,
        deadline: float,
        traceparent: str | None,
        span_id: str | None,
    ) -> StripeObservation:
        """See `StripeCaller.call`."""
        if path.stripe is None:
            raise NoStripeError(f"path {path.name} has no `stripe` part: no Stripe step can run on it")
        if deadline <= self._clock.monotonic():
            raise OutOfTimeError("the deadline had passed before anything was sent")
        key = key_of(path.stripe)
        connector = path.connector.requested
        if connector is not path.connector:
            identity = None  # a connector that is a proxy is shown it on the way, and what it leads to never sees it
        request = _Request(
            method=method, parameters=parameters, idempotency_key=idempotency_key, traceparent=traceparent, key=key
        )
        started_at = self._clock.now()
        limited = _Limited(clock=self._clock, limits=limits, deadline=deadline)
        if straight(connector):
            progress = limited.progress(first=_first_phase(connector.endpoint.host))
            return await self._made(connector, identity, request, progress, None, started_at, span_id)
        if self._ways is None:
            raise NoWayError(f"path {path.name} is not reached at its URL's host, and this caller was given no ways")
        async with self._ways.reach(connector, limits=limits, deadline=deadline) as reached:
            if reached.ended is not Ended.COMPLETED:
                return _unreached(request, connector, started_at, reached)
            progress = limited.progress(first=Phase.TLS, before=reached.timings)
            return await self._made(connector, identity, request, progress, reached, started_at, span_id)

    async def _made(
        self,
        connector: Connector,
        identity: LoadedIdentity | None,
        request: "_Request",
        progress: Progress,
        reached: Reached | None,
        started_at: datetime,
        span_id: str | None,
    ) -> StripeObservation:
        """The call, over a connection of its own or what was `reached`."""
        with recording() as record:
            record.evidence = TlsStarts(progress)
            returned, error = await self._attempt(connector, identity, request, progress, reached)
        seen = _observation(request, connector, started_at, progress, record, returned, error, span_id)
        return seen if reached is None else replace(seen, proxy=reached.proxy)

    async def _attempt(
        self,
        connector: Connector,
        identity: LoadedIdentity | None,
        request: "_Request",
        progress: Progress,
        reached: Reached | None,
    ) -> tuple[object, BaseException | None]:
        """What the SDK returned, or what it raised that tells of the path or of Stripe."""
        try:
            context = await self._context(connector.verify, connector.trust, identity)
        except ContextError as error:
            return None, error
        from probe.billing import sdk  # noqa: PLC0415 - imports stripe, which costs 50 ms and 8 MB

        resolver = self._resolver() if progress.phase is Phase.DNS else aiohttp.ThreadedResolver()
        sockets: aiohttp.BaseConnector
        if reached is None:
            sockets = aiohttp.TCPConnector(ssl=context, force_close=True, use_dns_cache=False, resolver=resolver)
        else:
            sockets = OneSocket(reached.take, context, connector.endpoint.server_name)
        try:
            async with aiohttp.ClientSession(
                connector=sockets,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # `progress` holds every limit
                trace_configs=[progress.trace()],
            ) as session:
                http = sdk.OneConnection(session, server_name=connector.endpoint.server_name, progress=progress)
                return await sdk.call(
                    http,
                    base=connector.url.rstrip("/"),
                    key=request.key.reveal(),
                    method=request.method,
                    parameters=request.parameters,
                    idempotency_key=request.idempotency_key,
                    traceparent=request.traceparent,
                ), None
        except Exception as error:
            if progress.http_path is None:  # the SDK built no request: a mistake of the scenario, or of ours
                raise
            # What the SDK raises over an answer, whatever it is (UnicodeDecodeError, AttributeError), tells of the answer.
            return None, error
        finally:
            await resolver.close()

    async def _context(
        self, verify: Verify, trust: pathlib.Path | None, identity: LoadedIdentity | None
    ) -> ssl.SSLContext:
        """The TLS context of this call, made from the identity's very bytes that were checked. Raises ContextError."""
        sleep = self._clock.sleep
        if identity is None or not identity.usable:
            return await self._contexts.settled(verify, trust, sleep=sleep)
        shown = identity.certificate_pem, identity.key_pem, identity.key_password
        return await self._contexts.settled(verify, trust, *shown, sleep=sleep)


def _unreached(request: _Request, connector: Connector, started_at: datetime, reached: Reached) -> StripeObservation:
    """There was no connection to call over: nothing was asked of the SDK."""
    redactor = Redactor((request.key,))
    return StripeObservation(
        endpoint=connector.endpoint,
        started_at=started_at,
        method=request.method,
        writes=writes(request.method),
        ended=reached.ended,
        phase=reached.phase,
        timings=tuple(reached.timings),
        causes=tuple(replace(cause, text=redactor.text(cause.text)) for cause in reached.causes),
        idempotency_key=request.idempotency_key,
        proxy=reached.proxy,
        hop=connector.hop,
    )


def _observation(
    request: _Request,
    connector: Connector,
    started_at: datetime,
    progress: Progress,
    record: Recording,
    returned: object,
    error: BaseException | None,
    span_id: str | None,
) -> StripeObservation:
    """Everything that is known after the call, as plain values without secrets."""
    redactor = Redactor((request.key,))
    http = answers.http_answer(progress.answer, redactor)
    headers = {} if http is None else http.headers
    return StripeObservation(
        endpoint=connector.endpoint,
        started_at=started_at,
        method=request.method,
        writes=writes(request.method),
        http_method=progress.http_method,
        http_path=progress.http_path,
        ended=_ended(progress, error),
        phase=progress.phase,
        timings=progress.timings(),
        http=http,
        request_id=headers.get("request-id"),
        response=answers.response_object(returned, redactor),
        error=answers.error_facts(progress.answer, redactor),
        causes=() if error is None else causes_of(error, redactor),
        tls=record.facts(),
        presented=certificates_from_ders(record.presented, source=Source(SourceKind.WIRE, str(connector.endpoint))),
        idempotency_key=request.idempotency_key,
        replayed=headers.get("idempotent-replayed") == "true",
        request_span_id=span_id if progress.sent else None,
        hop=connector.hop,
    )


def _ended(progress: Progress, error: BaseException | None) -> Ended:
    """How the exchange ended. A whole answer completes it, whatever the SDK then made of the answer."""
    if progress.answer is not None and progress.answer.complete:
        return Ended.COMPLETED
    if isinstance(error, ContextError):
        return Ended.NOT_STARTED
    if progress.timed_out:
        return Ended.TIMED_OUT
    return Ended.ERROR if error is None else how_it_ended(error)


def _first_phase(host: str) -> Phase:
    """An address needs no name lookup."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return Phase.DNS
    return Phase.TCP
