"""The dates of a certificate at their very borders."""

from datetime import timedelta

from tests.support.watched import NOW, certificate

TICK = timedelta(microseconds=1)


def test_both_ends_belong_to_it() -> None:
    """RFC 5280 4.1.2.5: valid from notBefore through notAfter, inclusive."""
    found = certificate("CN=a", not_before=NOW, not_after=NOW)
    assert [found.expired(at) for at in (NOW - TICK, NOW, NOW + TICK)] == [False, False, True]
    assert [found.not_yet_valid(at) for at in (NOW - TICK, NOW, NOW + TICK)] == [True, False, False]
