"""Sending JSON to a sink: one connection, one bounded answer, every error a receipt."""

import json
import logging
import netrc
from collections.abc import Mapping
from typing import Any, Final, Protocol, cast

import aiohttp

from probe.model.secret import Secret
from probe.pager.sink import Receipt
from probe.redact.leaving import leaving, leaving_value

LIMIT_S: Final = 10.0
"""For one attempt, from the look-up of the name to the answer."""
_MOST_BYTES: Final = 2_000
"""Of an answer; it is only shown."""
_OK: Final = range(200, 300)


def _without_its_words(record: logging.LogRecord) -> bool:
    """The library quotes a word of a `.netrc` that it cannot parse: it is the second one of a password with a blank."""
    for error in record.args if isinstance(record.args, tuple) else ():
        if isinstance(error, netrc.NetrcParseError):
            record.msg, record.args = (
                "%s: this .netrc cannot be read at line %s or before it, and is left alone; a password with a blank or a # stands between double quotes",
                (error.filename, error.lineno),
            )
    return True


logging.getLogger("aiohttp.client").addFilter(_without_its_words)


def leaving_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a sink is sent, as it may leave the process."""
    return cast("dict[str, Any]", leaving_value(body))  # a mapping comes back as one


class Post(Protocol):
    """The way out of the process; `HttpPost` is the real one."""

    async def __call__(self, url: Secret, body: Mapping[str, Any] | list[Any], token: Secret | None = None) -> Receipt:
        """POST `body` as JSON; never raises for what the network or the other side does."""


class HttpPost:
    """The real network. A proxy is used where `HTTPS_PROXY` and `NO_PROXY` say so: a pager's service is on the internet."""

    def __init__(self, *, limit_s: float = LIMIT_S) -> None:
        """`limit_s` is for one attempt."""
        self._limit_s = limit_s

    async def __call__(self, url: Secret, body: Mapping[str, Any] | list[Any], token: Secret | None = None) -> Receipt:
        """See `Post`. No redirect is followed: it would carry the page, and the token, to somebody else."""
        headers = {"Content-Type": "application/json", "User-Agent": "paypath"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token.reveal()}"
        limit = aiohttp.ClientTimeout(total=self._limit_s)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit, trust_env=True) as session,
                session.post(
                    url.reveal(), data=json.dumps(body).encode(), headers=headers, allow_redirects=False
                ) as answer,
            ):
                text = (await answer.content.read(_MOST_BYTES)).decode(errors="replace")
                return self._receipt(answer.status, answer.headers.get("Retry-After", ""), text)
        except TimeoutError:
            return Receipt(taken=False, detail=f"no answer within {self._limit_s:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Receipt(taken=False, detail=leaving(f"{type(error).__name__}: {error}"))

    def _receipt(self, status: int, retry_after: str, text: str) -> Receipt:
        if status in _OK:
            return Receipt(taken=True)
        wait_s = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
        told = " ".join(leaving(text).split())
        return Receipt(taken=False, detail=f"HTTP {status}" + (f": {told}" if told else ""), retry_after_s=wait_s)
