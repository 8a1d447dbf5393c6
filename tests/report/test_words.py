"""Reasons, durations and moments as people read them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from probe.catalogue.catalogue import load
from probe.model.failure import Blame, Confidence, Hop
from probe.report import words
from tests.report import runs


def test_phrase() -> None:
    """The catalogue's headline; a reason that it does not know is still readable."""
    assert words.phrase("tls.client_cert.expired") == "client certificate expired"
    assert words.phrase("some_thing.new") == "some thing new"


def test_first_steps() -> None:
    """From the catalogue, and none that nobody wrote."""
    assert words.first_steps("tls.client_cert.expired") == load().entry("tls.client_cert.expired").first_steps != ()
    assert words.first_steps("some_thing.new") == ()


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


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("tcp.refused", "proxy refuses connections"),
        ("tls.server_cert.expired", "proxy's certificate expired"),
        ("tls.client_cert.expired", "proxy: client certificate expired"),
        ("connector.proxy_cannot_connect", "proxy cannot connect onwards"),
        ("connector.timeout", "proxy does not answer"),
    ],
)
def test_a_headline_of_the_proxys_leg_says_the_proxy(reason: str, said: str) -> None:
    """Nobody may look at the connector where it was the proxy."""
    assert words.headline(replace(runs.BY_PROXY, reason=reason)) == said
    assert words.headline(replace(runs.BY_PROXY, reason=reason, proxy=None)) == load().entry(reason).headline


def test_hop_and_who_acts_on_the_proxys_leg() -> None:
    """The hop ends at the proxy, and whoever runs that acts."""
    there = replace(runs.BY_PROXY, blame=Blame.NETWORK)
    assert words.hop(there) == "probe → proxy egress.internal:3129, on the way to the connector, in phase receive"
    assert words.hop(replace(there, proxy=None, phase=None)) == "probe → connector"
    assert words.acts(there) == "whoever runs the proxy, or the network around it"
    assert words.acts(replace(there, proxy=None, retryable=True)).startswith("whoever runs the network in between, or")
    assert words.acts(runs.BY_PROXY) == "we do"


BEHIND = [
    ("tls.client_cert.expired", "behind the connector: the connector's client certificate expired"),
    ("tls.client_cert.chain_expired", "behind the connector: intermediate in the connector's client chain expired"),
    ("tls.server_cert.expired", "behind the connector: upstream's certificate expired"),
    ("tls.crl.expired", "behind the connector: our CRL is out of date"),
    ("tcp.refused", "behind the connector: upstream refuses connections"),
    ("connector.identity_refused", "connector's own client certificate refused behind it"),
    ("connector.proxy_cannot_connect", "proxy cannot connect onwards"),
    ("stripe.api_error", "Stripe answers with an error of its own"),
]


@pytest.mark.parametrize(("reason", "said"), BEHIND)
def test_a_headline_of_the_second_hop_says_so(reason: str, said: str) -> None:
    """Nobody may read there that it is the connector's verdict, or our certificate."""
    failure = replace(runs.EXPIRED, reason=reason, hop=Hop.CONNECTOR_STRIPE)
    assert words.headline(failure) == said
    assert words.is_behind(failure) == said.startswith("behind")


def test_who_acts_behind_the_connector() -> None:
    """It need not be Stripe itself; where it is Stripe's own error, it is."""
    behind = replace(runs.EXPIRED, reason="tls.server_cert.expired", hop=Hop.CONNECTOR_STRIPE, blame=Blame.STRIPE)
    assert words.acts(behind) == "Stripe, or whoever stands behind the connector"
    assert words.acts(replace(behind, reason="stripe.api_error")) == "Stripe"


def test_a_headline_of_a_tunnel_that_broke_names_both() -> None:
    """Until a certificate came, it may be the proxy as well; what is sure keeps its words."""
    unsure = replace(runs.EXPIRED, reason="tls.reset_by_peer", blame=Blame.UNKNOWN, confidence=Confidence.INFERRED)
    assert words.headline(unsure) == "proxy or connector reset the TLS handshake"
    assert words.headline(replace(unsure, confidence=Confidence.PROVEN)) == "connector reset the TLS handshake"
    assert words.headline(replace(unsure, reason="tls.server_cert.expired")) == "connector's certificate expired"
    behind = replace(unsure, hop=Hop.CONNECTOR_STRIPE)
    assert words.headline(behind) == "behind the connector: proxy or upstream reset the TLS handshake"
