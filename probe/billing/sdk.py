"""The Stripe SDK, bound to one connection of ours. Importing this imports `stripe`."""

import logging
from collections.abc import Mapping
from typing import Any, ClassVar, Final, NoReturn
from urllib.parse import urlsplit

import aiohttp
import stripe

from probe.billing.methods import arguments
from probe.billing.progress import Answer, Progress
from probe.model.failure import Phase

# Off, or the first call writes ~/.config/stripe/telemetry_id and sends it (measured, 16.1).
stripe.enable_telemetry = False
# The SDK logs whole bodies; whatever STRIPE_LOG (see `probe.billing`) or the root logger says, none of them leaves the process that way.
stripe.log = None
logging.getLogger("stripe").setLevel(logging.WARNING)

API_VERSION: Final = "2026-07-29.dahlia"
"""What our requests are written for, whatever version the installed SDK would send.

From 2026-09-30.endive on Stripe refuses `payment_method_types` (its changelog), which scenarios and the other stand-ins for
Stripe use; a new SDK must not change what a probe sends. See docs/decisions/0009-stripe-api-version.md.
"""

_LONGEST_BODY: Final = 4 * 1024 * 1024
"""Bytes of an answer that are read; Stripe's largest lists are a tenth of that."""


class AnswerTooLongError(Exception):
    """The answer's body did not end where every answer of Stripe's would have."""


class OneConnection(stripe.HTTPClient):
    """The SDK's HTTP client over one aiohttp session: keeps every answer, follows no redirect, never retries.

    Subclassing `stripe.HTTPClient` is the SDK's documented extension point. Its own aiohttp client loses the status and the
    request id of an answer that is not JSON, and lets errors within the body pass unwrapped (measured, 16.1).
    """

    name: ClassVar[str] = "aiohttp"

    def __init__(self, session: aiohttp.ClientSession, *, server_name: str, progress: Progress) -> None:
        """`server_name` is sent as SNI and verified; `progress` receives the phases and the answer."""
        super().__init__()
        self._session = session
        self._server_name = server_name
        self._progress = progress

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | bytes | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send one request. Raises APIConnectionError from whatever stood in the way of a whole answer."""
        self._progress.http_method, self._progress.http_path = method.upper(), urlsplit(url).path
        try:
            async with self._progress.timer():
                answer = await self._exchange(method, url, headers, post_data)
        except (aiohttp.ClientError, AnswerTooLongError, OSError, ValueError) as error:  # TimeoutError is an OSError
            raise stripe.APIConnectionError(  # type: ignore[no-untyped-call]  # the SDK's errors have no annotations
                f"no whole answer from the connector: {type(error).__name__}", should_retry=False
            ) from error
        # With lower-case names the SDK finds no `Stripe-Notice`, of which it would make a Python warning.
        return answer.body, answer.status, answer.headers

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | bytes | None
    ) -> Answer:
        """One request and its whole answer."""
        async with self._session.request(
            method,
            url,
            headers=headers,
            data=post_data,
            allow_redirects=False,
            server_hostname=self._server_name,
        ) as response:
            self._progress.enter(Phase.RECEIVE)
            names: dict[str, str] = {}
            for (
                name,
                value,
            ) in response.headers.items():  # what is there twice is joined (RFC 9110 5.3): neither hides the other
                key = name.lower()
                names[key] = f"{names[key]}, {value}" if key in names else value
            answer = self._progress.answer = Answer(status=response.status, headers=names)
            async for chunk in response.content.iter_any():
                answer.body += chunk
                if len(answer.body) > _LONGEST_BODY:
                    raise AnswerTooLongError(f"more than {_LONGEST_BODY} bytes")
            answer.complete = True
            return answer

    async def sleep_async(self, secs: float) -> NoReturn:
        """The SDK sleeps only between retries, and those are off."""
        raise AssertionError(f"the SDK wants to retry in {secs} s although its retries are off")

    def close(self) -> None:
        """The session is its maker's to close."""

    async def close_async(self) -> None:
        """The session is its maker's to close."""


async def call(
    http: OneConnection,
    *,
    base: str,
    key: str,
    method: str,
    parameters: Mapping[str, object],
    idempotency_key: str | None,
    traceparent: str | None,
) -> object:
    """Call `method` and return what the SDK returns. Raises what the SDK raises, and CallMistakeError."""
    in_url, others = arguments(method, parameters)
    client = stripe.StripeClient(
        key,
        # All four, or a method of another kind would go around the connector.
        base_addresses={"api": base, "connect": base, "files": base, "meter_events": base},
        stripe_version=API_VERSION,
        max_network_retries=0,
        http_client=http,
    )
    *services, last = method.split(".")
    service: Any = client
    for name in services:
        service = getattr(service, name)
    options: dict[str, object] = {}
    if idempotency_key is not None:
        options["idempotency_key"] = idempotency_key
    if traceparent is not None:
        options["headers"] = {"traceparent": traceparent}
    return await getattr(service, f"{last}_async")(*in_url, params=others, options=options)
