"""One page over HTTP, bounded in time and length, never redirected: for what other programs say of a certificate.

What goes wrong is told in words of our own: the texts of libraries may repeat what was sent.
"""

import asyncio
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from yarl import URL

LONGEST: Final = 8 << 20
"""Bytes of a page that are read: the metrics of some ten thousand certificates."""
_CHUNK: Final = 64 * 1024
_REDIRECTION: Final = range(300, 400)


class FetchError(Exception):
    """There is no page; the message says why and names the address, without anything that was sent with it."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer, of whatever status but a redirection."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = field(repr=False)


async def fetch(
    url: str, *, limit_s: float, headers: Mapping[str, str] | None = None, trust: ssl.SSLContext | None = None
) -> Page:
    """GET `url` within `limit_s` seconds. Raises FetchError.

    `headers` are sent and never shown. `trust` is for `https`; None is the system's trust store.
    """
    try:
        async with asyncio.timeout(limit_s):
            page = await _get(url, headers or {}, trust)
    except TimeoutError as error:
        raise FetchError(f"{shown(url)} gave no whole answer within {limit_s:g} s") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise FetchError(f"{shown(url)} {_why(error)}") from None  # a library's text may hold what was sent
    if page.status in _REDIRECTION:
        raise FetchError(f"{shown(url)} answers {page.status} and leads elsewhere; name the final address")
    return page


def shown(url: str) -> str:
    """The address for people: without credentials and without what stands behind a `?`."""
    try:
        parsed = URL(url)
        return str(parsed.with_user(None).with_query(None).with_fragment(None)) if parsed.host else "the address"
    except ValueError:
        return "the address"


async def _get(url: str, headers: Mapping[str, str], trust: ssl.SSLContext | None) -> Page:
    connector = aiohttp.TCPConnector(force_close=True, ssl=trust if trust is not None else True)
    # No cookies, no proxy of the environment, nothing packed: a packed page could be longer than its limit.
    async with (
        aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, auto_decompress=False
        ) as session,
        session.get(url, headers={"Accept-Encoding": "identity", **headers}, allow_redirects=False) as answer,
    ):
        body = await _read(answer, url)
        return Page(answer.status, {name.lower(): value for name, value in answer.headers.items()}, body)


async def _read(answer: aiohttp.ClientResponse, url: str) -> bytes:
    read = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        read += chunk
        if len(read) > LONGEST:
            raise FetchError(f"{shown(url)} answers with more than {LONGEST >> 20} MiB")
    return bytes(read)


def _why(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorCertificateError(certificate_error=inner):
            text = getattr(inner, "verify_message", "") or "it is not trusted"
            return f"shows a certificate that cannot be verified: {text}"
        case aiohttp.ClientConnectorDNSError():
            return "cannot be reached: its name is not known"
        case aiohttp.ClientConnectorError(os_error=inner) | (OSError() as inner):
            return f"cannot be reached: {os.strerror(inner.errno).lower() if inner.errno else type(inner).__name__}"
        case aiohttp.InvalidURL() | ValueError():
            return "is not an address that can be asked"
        case _:
            return f"broke off ({type(error).__name__})"
