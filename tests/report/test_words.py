"""Reasons, durations and moments as people read them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from probe.report import words


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("tls.client_cert.expired", "client certificate expired"),
        ("tls.client_cert.unknown_ca", "client certificate unknown CA"),
        ("tls.client_key.mismatch", "client key mismatch"),
        ("tls.server_cert.name_mismatch", "server certificate name mismatch"),
        ("tls.handshake_timeout", "TLS handshake timeout"),
        ("tls.not_tls", "connector does not speak TLS"),
        ("tls.not_tls.plain_http", "connector speaks plain HTTP, not TLS"),
        ("dns.nxdomain", "DNS name does not exist"),
        ("tcp.refused", "TCP refused"),
        ("connector.http_5xx", "connector HTTP 5xx"),
        ("stripe.rate_limit_error", "Stripe rate limit error"),
        ("charge.wrong_amount", "charge wrong amount"),
        ("something.new", "something new"),
    ],
)
def test_phrase(reason: str, said: str) -> None:
    """Every reason has words, also one that nobody foresaw."""
    assert words.phrase(reason) == said


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=1), "1 second"),
        (timedelta(minutes=12, seconds=3), "12 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=26, minutes=5), "26 hours 5 minutes"),
        (timedelta(days=20, hours=3), "20 days"),
        (timedelta(days=-2), "2 days"),
    ],
)
def test_span(length: timedelta, said: str) -> None:
    """One or two units, never rounded up."""
    assert words.span(length) == said


def test_distance_tells_past_from_future() -> None:
    """The same length, before and after now."""
    now = datetime(2026, 1, 15, tzinfo=UTC)
    assert words.distance(now - timedelta(minutes=5), now) == "5 minutes ago"
    assert words.distance(now + timedelta(minutes=5), now) == "in 5 minutes"


def test_moments_are_utc() -> None:
    """A moment of another zone is told in UTC, with milliseconds."""
    at = datetime(2026, 1, 15, 15, 28, 3, 120_999, tzinfo=timezone(timedelta(hours=1)))
    assert words.moment(at) == "2026-01-15T14:28:03.120Z"
    assert words.spoken_moment(at) == "2026-01-15 14:28:03 UTC"


def test_took() -> None:
    """Two digits that matter, in the unit that fits."""
    assert [words.took(s) for s in (0.0004, 0.041, 2.104)] == ["0.4 ms", "41 ms", "2.10 s"]
