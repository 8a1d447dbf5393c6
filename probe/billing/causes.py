"""Exceptions of the SDK and of aiohttp as plain values: translated once, here, at the edge."""

import asyncio
import dataclasses
import errno
import ssl
from typing import Final

import aiohttp

from probe.model.network import Cause, Ended
from probe.redact.text import Redactor
from probe.tls import causes

_CLOSED: Final = (aiohttp.ServerDisconnectedError, ssl.SSLEOFError, ssl.SSLZeroReturnError, asyncio.IncompleteReadError)
_UNFINISHED: Final = frozenset({"ContentLengthError", "TransferEncodingError"})
"""Names of aiohttp's reasons for a ClientPayloadError that mean: the connection closed within the body."""


def causes_of(error: BaseException, redactor: Redactor) -> tuple[Cause, ...]:
    """The chain of `error`, outermost first, redacted."""
    found = causes.causes_of(error)
    inner = (*found[1:], None)
    return tuple(_plain(each, below, redactor) for each, below in zip(found, inner, strict=True))


def how_it_ended(error: BaseException) -> Ended:
    """How a call ended that raised `error` before a whole answer had come; a limit of ours is told elsewhere."""
    chain = tuple(causes.chain(error))
    if any(isinstance(each, TimeoutError) for each in chain):  # the system's own limit, ETIMEDOUT
        return Ended.TIMED_OUT
    if any(_is_reset(each) for each in chain):
        return Ended.RESET
    if any(_is_close(each) for each in chain):
        return Ended.EOF
    return Ended.ERROR


def _plain(cause: Cause, below: Cause | None, redactor: Redactor) -> Cause:
    """A cause without secrets; aiohttp's ClientOSError repeats OpenSSL's number as if it were the system's."""
    of_openssl = below is not None and below.ssl_reason is not None
    return dataclasses.replace(cause, text=redactor.text(cause.text), errno=None if of_openssl else cause.errno)


def _is_reset(error: BaseException) -> bool:
    """Whether the system says that the peer reset the connection."""
    if isinstance(error, ssl.SSLError) or not isinstance(error, OSError):
        return False
    return error.errno in {errno.ECONNRESET, errno.EPIPE}


def _is_close(error: BaseException) -> bool:
    """Whether the peer closed its side. asyncio reports a close within the handshake as a reset without a number."""
    if isinstance(error, _CLOSED):
        return True
    if isinstance(error, aiohttp.ClientPayloadError):
        return type(error.__cause__).__name__ in _UNFINISHED
    return isinstance(error, ConnectionResetError) and error.errno is None
