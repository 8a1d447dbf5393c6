"""Ages and certificates in words."""

import time
from collections.abc import Iterator
from datetime import timedelta, timezone

import pytest

from probe.classify.wording import age, dates, described, moment, sentence
from tests.classify.seen import DAY, NOW, certificate, wire


@pytest.fixture
def india(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own zone is five and a half hours ahead."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "IST-5:30")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(milliseconds=300), "less than a second"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=2, seconds=50), "2 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=-400), "400 days"),
    ],
)
def test_age_in_the_largest_unit_that_still_says_enough(span: timedelta, words: str) -> None:
    """Hours up to two days: whether it was yesterday evening or this morning matters."""
    assert age(span) == words


def test_moment_is_utc() -> None:
    """Whatever zone it comes in."""
    assert moment(NOW.astimezone(timezone(timedelta(hours=5)))) == "2026-01-15T14:30:00Z"


@pytest.mark.usefixtures("india")
def test_moment_is_utc_wherever_the_machine_stands() -> None:
    """Nobody compares `Z` with the clock on the wall of another."""
    assert moment(NOW) == "2026-01-15T14:30:00Z"


def test_a_certificate_is_named_by_subject_serial_and_place() -> None:
    """A file of ours, or what a peer presents."""
    assert described(certificate()) == "CN=billing (serial 4f1c) in /etc/billing/tls/tls.crt"
    assert described(wire("")) == "without a subject (serial 4f1c) presented by connector.internal:8443"


def test_dates_say_how_long_ago_and_when() -> None:
    """Past, future, and still valid."""
    assert dates(certificate(not_after=NOW - timedelta(minutes=2)), NOW) == (
        "expired 2 minutes ago, at 2026-01-15T14:28:00Z"
    )
    assert dates(certificate(not_before=NOW + DAY), NOW) == "becomes valid only in 24 hours, at 2026-01-16T14:30:00Z"
    assert dates(certificate(not_after=NOW + 3 * DAY), NOW) == "expires in 3 days, at 2026-01-18T14:30:00Z"


def test_a_sentence_ends() -> None:
    """Empty parts leave no gap."""
    assert sentence("One thing", "", "and another") == "One thing and another."
    assert sentence("Is it?") == "Is it?"
    assert sentence("Not now!") == "Not now!"
