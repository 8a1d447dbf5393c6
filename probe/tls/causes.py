"""An exception as plain values: kinds, numbers and texts for `probe.classify`, which never sees the exception."""

import ssl
from collections.abc import Iterator
from typing import Final

from probe.model.network import Cause, Ended
from probe.redact.leaving import leaving

_LONGEST_TEXT: Final = 500


def causes_of(error: BaseException) -> tuple[Cause, ...]:
    """The chain of `error`, outermost first: what it was raised from, else what was being dealt with."""
    return tuple(_cause(link) for link in chain(error))


def ended_by(error: BaseException) -> Ended:
    """How a network action ended that raised `error`."""
    match error:
        case TimeoutError():
            return Ended.TIMED_OUT
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | EOFError():
            return Ended.EOF
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
            return Ended.RESET
        case _:
            return Ended.ERROR


def verify_code_of(error: BaseException) -> int | None:
    """X509_V_ERR number where `error` is our own refusal of the peer's certificate."""
    # aiohttp's ClientConnectorCertificateError is one by class, and has none of its attributes (measured, 3.14).
    return getattr(error, "verify_code", None) if isinstance(error, ssl.SSLCertVerificationError) else None


def chain(error: BaseException) -> Iterator[BaseException]:
    """`error`, then what it was raised from, else what was being dealt with; each once."""
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _cause(error: BaseException) -> Cause:
    tls = error if isinstance(error, ssl.SSLError) else None
    return Cause(
        kind=type(error).__name__,
        text=_text(error),
        # The errno of an SSLError is OpenSSL's own number, not the system's.
        errno=error.errno if isinstance(error, OSError) and tls is None else None,
        verify_code=verify_code_of(error),
        ssl_reason=getattr(tls, "reason", None),
        dns_code=_dns_code(error),
        icmp=getattr(error, "icmp", None),
    )


def _dns_code(error: BaseException) -> int | None:
    """The c-ares status that aiodns gives as first argument; known by name, so that nothing here imports aiodns."""
    if type(error).__name__ != "DNSError" or not error.args:
        return None
    return error.args[0] if isinstance(error.args[0], int) else None


def _text(error: BaseException) -> str:
    return leaving(" ".join(str(error).split()))[:_LONGEST_TEXT]
