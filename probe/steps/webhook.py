"""Wait until an event has come: by a signed delivery to this probe, by the word of Stripe, or as an entry of its list."""

from collections.abc import Iterator, Mapping
from typing import Final

from probe.billing.inbox import Delivery
from probe.checks.livemode import Mode, find_live, says_live
from probe.model.observation import StripeObservation, WebhookObservation
from probe.model.scenario import WebhookAction, WebhookProof
from probe.steps.context import StepContext

_PAUSE_S: Final = 1.0
"""Between two looks at Stripe's list: an event is there within a second or two."""
_ENABLED: Final = "enabled"


async def webhook(action: WebhookAction, context: StepContext) -> WebhookObservation | StripeObservation:
    """Wait for the event, until its time or the run's deadline ends. A call of Stripe that went wrong is what was seen then."""
    clock = context.seams.clock
    wait = _Wait(action, context)
    if action.proof is WebhookProof.DELIVERY:
        return await wait.for_delivery()
    while True:
        found = await wait.look()
        left = wait.deadline - clock.monotonic()
        if isinstance(found, StripeObservation) or _settled(found, action) or left <= 0:
            return found
        await clock.sleep(min(_PAUSE_S, left))


def _settled(seen: WebhookObservation, action: WebhookAction) -> bool:
    """Whether waiting longer changes nothing."""
    if seen.endpoint_wants_it is False:
        return True
    return seen.event_id is not None and (action.proof is WebhookProof.EVENTS or seen.pending == 0)


class _Wait:
    """One wait for one event."""

    def __init__(self, action: WebhookAction, context: StepContext) -> None:
        self._action, self._context = action, context
        self._clock = context.seams.clock
        self._started_at, self._began = self._clock.now(), self._clock.monotonic()
        within = float("inf") if action.within_s is None else action.within_s
        self.deadline = min(context.deadline, self._began + within)
        self._wants_it: bool | None = None

    async def for_delivery(self) -> WebhookObservation:
        """A delivery that says live mode ends the wait, whichever event it is of."""
        inbox, path = self._context.seams.inbox, self._context.path.name
        before = inbox.refused(path)
        came = await inbox.arrival(
            path, lambda one: one.live or self._is_meant(one), clock=self._clock, deadline=self.deadline
        )
        refused = {why: count - before.get(why, 0) for why, count in inbox.refused(path).items()}
        return self._seen(
            event_id=came.event_id if came else None,
            live=came.event_id if came and came.live else "",
            refused={why: count for why, count in refused.items() if count},
        )

    async def look(self) -> WebhookObservation | StripeObservation:
        """Ask Stripe once: for its endpoints, the first time, and for the event."""
        url = self._context.path.webhook.url if self._context.path.webhook is not None else None
        if self._action.proof is WebhookProof.PENDING and self._wants_it is None:
            endpoints = await self._ask("v1.webhook_endpoints.list", {"limit": 100})
            if not _whole(endpoints):
                return endpoints
            self._wants_it = any(_wants(one, url, self._action.event) for one in _data(endpoints))
        events = await self._ask("v1.events.list", {"type": self._action.event, "limit": 100})
        if not _whole(events):
            return events
        event = next((one for one in _data(events) if _about(one) == self._action.object_id), None)
        pending = event.get("pending_webhooks") if event and self._action.proof is WebhookProof.PENDING else None
        return self._seen(
            event_id=str(event["id"]) if event else None, pending=pending if isinstance(pending, int) else None
        )

    def _is_meant(self, delivery: Delivery) -> bool:
        return delivery.kind == self._action.event and delivery.object_id == self._action.object_id

    def _seen(
        self,
        *,
        event_id: str | None,
        live: str = "",
        pending: int | None = None,
        refused: Mapping[str, int] | None = None,
    ) -> WebhookObservation:
        return WebhookObservation(
            started_at=self._started_at,
            waited_s=self._clock.monotonic() - self._began,
            about=self._action.object_id,
            event_id=event_id,
            live=live,
            pending=pending,
            endpoint_wants_it=self._wants_it,
            refused=refused or {},
        )

    async def _ask(self, method: str, parameters: Mapping[str, object]) -> StripeObservation:
        places = self._context.places
        if places is None:
            return await self._call(method, parameters)
        async with places.request():
            answer = await self._call(method, parameters)
        places.answered(answer)
        return answer

    async def _call(self, method: str, parameters: Mapping[str, object]) -> StripeObservation:
        context = self._context
        return await context.seams.stripe.call(
            path=context.path,
            identity=context.identity,
            method=method,
            parameters=parameters,
            idempotency_key=None,
            limits=context.limits,
            deadline=context.deadline,
            traceparent=context.traceparent,
            span_id=context.request_span_id,
        )


def _whole(seen: StripeObservation) -> bool:
    """Whether the answer is a list from test mode; any other is judged as what it is."""
    response = seen.response
    return (
        response is not None
        and response.get("object") == "list"
        and find_live(response).mode is Mode.TEST
        and not (seen.http is not None and (seen.http.live or says_live(seen.http.body)))
    )


def _data(seen: StripeObservation) -> Iterator[Mapping[str, object]]:
    held = (seen.response or {}).get("data")
    return (one for one in held if isinstance(one, Mapping)) if isinstance(held, list) else iter(())


def _about(event: Mapping[str, object]) -> object:
    data = event.get("data")
    about = data.get("object") if isinstance(data, Mapping) else None
    return about.get("id") if isinstance(about, Mapping) else None


def _wants(endpoint: Mapping[str, object], url: str | None, kind: str) -> bool:
    """Whether Stripe's endpoint is the path's own, and is sent events of this type."""
    events = endpoint.get("enabled_events")
    wanted = events if isinstance(events, list) else []
    return (
        endpoint.get("url") == url and endpoint.get("status") == _ENABLED and bool({"*", kind} & set(map(str, wanted)))
    )
