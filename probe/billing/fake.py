"""The fake that ships beside the real caller: answers from a script, and remembers what it was asked."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from probe.billing.methods import writes
from probe.model.answer import HttpAnswer, StripeErrorFacts
from probe.model.clock import Clock
from probe.model.failure import Phase
from probe.model.identity import LoadedIdentity
from probe.model.network import Cause, Ended
from probe.model.observation import StripeObservation
from probe.model.path import PaymentPath, PhaseLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the fake answers once: an object, an error of Stripe's, or a transport that broke."""

    response: Mapping[str, object] | None = None
    error: StripeErrorFacts | None = None
    status: int | None = 200
    """None: no HTTP answer came."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the answer; lower-case names."""
    body: str = ""
    request_id: str | None = "req_fake"
    ended: Ended = Ended.COMPLETED
    phase: Phase = Phase.RECEIVE
    causes: tuple[Cause, ...] = ()
    replayed: bool = False
    takes_s: float = 0.0
    """Slept on the clock before the answer; where that would pass the deadline, the wait ends there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call that was made."""

    path: str
    method: str
    parameters: Mapping[str, object]
    idempotency_key: str | None
    traceparent: str | None


class FakeCaller:
    """A `StripeCaller` without a network. Each method has its replies in turn; the last one stays."""

    def __init__(self, clock: Clock, replies: Mapping[str, Reply | Iterable[Reply]]) -> None:
        """`replies` by method; calling a method that has none is an error of the test."""
        self._clock = clock
        self._replies = {
            method: [given] if isinstance(given, Reply) else list(given) for method, given in replies.items()
        }
        self.asked: list[Asked] = []

    async def call(
        self,
        *,
        path: PaymentPath,
        identity: LoadedIdentity | None,  # noqa: ARG002 - the seam's signature; there is nobody to show it to
        method: str,
        parameters: Mapping[str, object],
        idempotency_key: str | None,
        limits: PhaseLimits,  # noqa: ARG002 - the seam's signature; replies name their phase themselves
        deadline: float,
        traceparent: str | None,
        span_id: str | None,
    ) -> StripeObservation:
        """The next reply to `method`."""
        started_at = self._clock.now()
        self.asked.append(
            Asked(
                path=path.name,
                method=method,
                parameters=parameters,
                idempotency_key=idempotency_key,
                traceparent=traceparent,
            )
        )
        reply = await self._in_time(self._next(method), deadline)
        return StripeObservation(
            endpoint=path.connector.endpoint,
            started_at=started_at,
            method=method,
            writes=writes(method),
            ended=reply.ended,
            phase=reply.phase,
            http=None
            if reply.status is None
            else HttpAnswer(status=reply.status, headers=reply.headers, body=reply.body),
            request_id=None if reply.status is None else reply.request_id,
            response=reply.response,
            error=reply.error,
            causes=reply.causes,
            idempotency_key=idempotency_key,
            replayed=reply.replayed,
            request_span_id=span_id,
        )

    def _next(self, method: str) -> Reply:
        """The reply whose turn it is."""
        if method not in self._replies:
            raise AssertionError(f"the fake has no reply to {method}; it has {sorted(self._replies)}")
        waiting = self._replies[method]
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    async def _in_time(self, reply: Reply, deadline: float) -> Reply:
        """Let the reply's time pass; where it would pass the deadline, time out there."""
        left = deadline - self._clock.monotonic()
        if reply.takes_s <= left:
            if reply.takes_s:
                await self._clock.sleep(reply.takes_s)
            return reply
        await self._clock.sleep(max(left, 0.0))
        return dataclasses.replace(
            reply,
            ended=Ended.TIMED_OUT,
            phase=Phase.WAIT,
            status=None,
            response=None,
            error=None,
            causes=(Cause(kind="TimeoutError", text=""),),
        )
