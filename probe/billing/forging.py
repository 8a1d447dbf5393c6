"""Sending a webhook to a path's own endpoint: what is not Stripe's must be refused there."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp

from probe.billing.causes import causes_of
from probe.billing.signed import sign
from probe.model.answer import HttpAnswer
from probe.model.network import Cause
from probe.model.path import Verify, WebhookEndpoint
from probe.model.scenario import Forgery
from probe.model.secret import Secret
from probe.redact.text import Redactor
from probe.tls.contexts import ContextCache, ContextError

_AN_HOUR_S = 3600
_KEPT = 64 * 1024
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of sending: an answer, or why there is none."""

    answer: HttpAnswer | None = None
    causes: tuple[Cause, ...] = ()


class WebhookSender(Protocol):
    """Posts to an endpoint for webhooks."""

    async def post(self, endpoint: WebhookEndpoint, *, body: str, headers: Mapping[str, str], within_s: float) -> Sent:
        """One request on a connection of its own; no redirect is followed, as Stripe follows none."""


def forged(forgery: Forgery, *, secret: Secret | None, run_id: str, at: int) -> tuple[str, dict[str, str]]:
    """Body and headers of a webhook that is not Stripe's. Its type means nothing to anybody, so that taking it does no harm.

    `secret` is the endpoint's own, which only `STALE` needs.
    """
    about = {"id": f"paypath_{run_id}", "object": "paypath.probe", "livemode": False}
    event = {
        "id": f"evt_paypath_{run_id}",
        "object": "event",
        "created": at,
        "data": {"object": {**about, "metadata": {"paypath_run_id": run_id}}},
        "livemode": False,
        "type": "paypath.probe",
    }
    body = json.dumps(event, indent=2)
    headers = {"Content-Type": "application/json; charset=utf-8"}
    match forgery:
        case Forgery.UNSIGNED:
            return body, headers
        case Forgery.FORGED:
            return body, {**headers, "Stripe-Signature": sign(body, Secret(f"whsec_{run_id}"), at=at)}
        case Forgery.STALE if secret is not None:
            return body, {**headers, "Stripe-Signature": sign(body, secret, at=at - _AN_HOUR_S)}
        case _:
            raise ValueError("a stale webhook cannot be signed without the endpoint's secret")


class AiohttpSender:
    """The real one."""

    def __init__(self, contexts: ContextCache | None = None) -> None:
        """TLS contexts may be shared."""
        self._contexts = contexts or ContextCache()

    async def post(self, endpoint: WebhookEndpoint, *, body: str, headers: Mapping[str, str], within_s: float) -> Sent:
        """See `WebhookSender`."""
        redactor = Redactor(() if endpoint.secret is None else (endpoint.secret,))
        try:
            context = self._contexts.client(Verify(), endpoint.trust)
            async with (
                asyncio.timeout(within_s),
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context, force_close=True)) as session,
                session.post(endpoint.url, data=body.encode(), headers=headers, allow_redirects=False) as response,
            ):
                text = redactor.text((await response.content.read(_KEPT)).decode("utf-8", "replace"))
                return Sent(HttpAnswer(status=response.status, body=text))
        except (aiohttp.ClientError, OSError, TimeoutError, ContextError) as error:
            return Sent(causes=causes_of(error, redactor))


@dataclass(slots=True)
class FakeSender:
    """Answers every webhook in one way, and remembers what it was sent."""

    answers: Sent
    sent: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    """URL, body and headers."""

    async def post(
        self,
        endpoint: WebhookEndpoint,
        *,
        body: str,
        headers: Mapping[str, str],
        within_s: float,  # noqa: ARG002 - the seam's signature
    ) -> Sent:
        """The one answer."""
        self.sent.append((endpoint.url, body, headers))
        return self.answers
