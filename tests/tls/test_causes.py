"""Exceptions as plain values."""

import errno
import ssl

import pytest
from aiodns.error import DNSError

from probe.model.network import Ended
from probe.tls.causes import causes_of, ended_by


@pytest.mark.parametrize("link", ["__cause__", "__context__"])
def test_the_chain_is_outermost_first(link: str) -> None:
    """Both kinds of chain are followed (`raise … from`, and raised while dealing with another), and numbers are kept apart."""
    error = OSError(None, "lookup failed")
    setattr(error, link, DNSError(4, "Domain name not found"))
    outer, inner = causes_of(error)
    assert (outer.kind, outer.errno, outer.dns_code) == ("OSError", None, None)
    assert (inner.kind, inner.dns_code) == ("DNSError", 4)


def test_a_tls_error_has_no_errno() -> None:
    """The first argument of an SSLError is OpenSSL's number, not the system's."""
    error = ssl.SSLError(1, "[SSL: X] x")
    assert causes_of(error)[0].errno is None


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (TimeoutError(), Ended.TIMED_OUT),
        (OSError(errno.ETIMEDOUT, "x"), Ended.TIMED_OUT),
        (ssl.SSLEOFError(), Ended.EOF),
        (ConnectionResetError(), Ended.RESET),
        (BrokenPipeError(), Ended.RESET),
        (ConnectionRefusedError(), Ended.ERROR),
        (ssl.SSLError(), Ended.ERROR),
        (DNSError(4), Ended.ERROR),
    ],
)
def test_how_it_ended(error: Exception, ended: Ended) -> None:
    """Every kind of error has its ending."""
    assert ended_by(error) is ended
