"""One request to where a single run tells what it found; what goes wrong is a text for people, never an exception."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import aiohttp

from probe.redact.leaving import leaving

LIMIT_S: Final = 3.0
"""For one attempt, from the look-up of the name to the answer: a run under cron must end."""
_MOST_BYTES: Final = 2_000
"""Of an answer; it is only shown."""
_OK: Final = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What is sent, and to where."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    credentials: str | None = field(default=None, repr=False)
    """`NAME:PASSWORD` for basic authentication."""


class Send(Protocol):
    """The way out; `send_http` is the real one."""

    async def __call__(self, sending: Sending) -> str | None:
        """None where it was taken, else why not; never raises for what the network or the other side does."""


@dataclass(slots=True)
class FakeSend:
    """Remembers what it was given, and answers what it is told to."""

    answer: str | None = None
    sent: list[Sending] = field(default_factory=list)

    async def __call__(self, sending: Sending) -> str | None:
        """See `Send`."""
        self.sent.append(sending)
        return self.answer


async def send_http(sending: Sending) -> str | None:
    """See `Send`. Directly, without a proxy, since both sides are at home; no redirect is followed."""
    headers = {"User-Agent": "paypath", **sending.headers}
    if sending.credentials is not None:
        headers["Authorization"] = f"Basic {base64.b64encode(sending.credentials.encode()).decode()}"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=LIMIT_S)) as session,
            session.request(
                sending.method, sending.url, data=sending.body, headers=headers, allow_redirects=False
            ) as answer,
        ):
            if answer.status in _OK:
                return None
            told = " ".join(leaving((await answer.content.read(_MOST_BYTES)).decode(errors="replace")).split())
            return f"HTTP {answer.status}" + (f": {told}" if told else "")
    except TimeoutError:
        return f"no answer within {LIMIT_S:g} s"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return leaving(f"{type(error).__name__}: {error}")
