"""Exceptions of the SDK, aiohttp, OpenSSL and c-ares as plain values: translated once, here, at the edge."""

import asyncio
import errno
import ssl
from collections.abc import Iterator
from typing import Final

import aiodns.error
import aiohttp

from probe.model.observation import Cause, Ended
from probe.redact.text import Redactor

_DEEPEST: Final = 10
"""A chain longer than any measured; where causes go round in a circle it ends here."""

_LONGEST: Final = 500
"""Characters of a cause's text: the SDK puts whole bodies into its messages."""

_CLOSED: Final = (aiohttp.ServerDisconnectedError, ssl.SSLEOFError, ssl.SSLZeroReturnError, asyncio.IncompleteReadError)
_UNFINISHED: Final = frozenset({"ContentLengthError", "TransferEncodingError"})
"""Names of aiohttp's reasons for a ClientPayloadError that mean: the connection closed within the body."""


def causes_of(error: BaseException, redactor: Redactor) -> tuple[Cause, ...]:
    """The chain of `error`, outermost first, redacted."""
    return tuple(_cause(each, redactor) for each in _chain(error))


def how_it_ended(error: BaseException) -> Ended:
    """How a call ended that raised `error` before a whole answer had come; a limit of ours is told elsewhere."""
    chain = tuple(_chain(error))
    if any(isinstance(each, TimeoutError) for each in chain):  # the system's own limit, ETIMEDOUT
        return Ended.TIMED_OUT
    if any(_os_errno(each) in {errno.ECONNRESET, errno.EPIPE} for each in chain):
        return Ended.RESET
    if any(_is_close(each) for each in chain):
        return Ended.EOF
    return Ended.ERROR


def _chain(error: BaseException) -> Iterator[BaseException]:
    """`error` and what it was raised from, or while handling."""
    each: BaseException | None = error
    for _ in range(_DEEPEST):
        if each is None:
            return
        yield each
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def _cause(error: BaseException, redactor: Redactor) -> Cause:
    """One exception as plain values."""
    return Cause(
        kind=type(error).__name__,
        text=redactor.text(" ".join(str(error).split()))[:_LONGEST],
        errno=_os_errno(error),
        # aiohttp's certificate error is an SSLCertVerificationError by class, without its attributes (measured, 3.14).
        verify_code=_number(getattr(error, "verify_code", None)),
        ssl_reason=_ssl_reason(error),
        dns_code=_number(error.args[0]) if isinstance(error, aiodns.error.DNSError) and error.args else None,
    )


def _os_errno(error: BaseException) -> int | None:
    """The system's error number. OpenSSL's and getaddrinfo's errors have numbers of their own in its place."""
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError) or not isinstance(error, OSError):
        return None
    number = _number(error.errno)
    return number if number is not None and number > 0 else None


def _ssl_reason(error: BaseException) -> str | None:
    """OpenSSL's reason name."""
    reason = getattr(error, "reason", None) if isinstance(error, ssl.SSLError) else None
    return reason if isinstance(reason, str) else None


def _is_close(error: BaseException) -> bool:
    """Whether the peer closed its side. asyncio reports a close within the handshake as a reset without a number."""
    if isinstance(error, _CLOSED):
        return True
    if isinstance(error, aiohttp.ClientPayloadError):
        return type(error.__cause__).__name__ in _UNFINISHED
    return isinstance(error, ConnectionResetError) and error.errno is None


def _number(value: object) -> int | None:
    """`value` where it is a number."""
    return value if isinstance(value, int) else None
