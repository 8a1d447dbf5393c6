"""Ages and certificates in words."""

import time
from collections.abc import Iterator
from datetime import timedelta, timezone

import pytest

from probe.classify.wording import age, clipped, dates, described, listed, moment, sentence, subject_of
from probe.redact.leaving import leaving
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


MANY = tuple(f"n{number}.example" for number in range(400))


def test_a_list_is_told_as_far_as_anybody_reads() -> None:
    """Six are all there; of more the first, or those that are ranked first, and how many follow."""
    assert listed(MANY[:6]) == ", ".join(MANY[:6])
    assert listed(MANY[:6], rank=len) == ", ".join(MANY[:6])
    assert listed(MANY[:7]) == f"{', '.join(MANY[:6])} and 1 more"
    assert listed(MANY, rank=lambda name: name != "n399.example").startswith("n399.example, n0.example, ")
    assert listed(MANY).endswith(" and 394 more")
    assert listed(()) == ""


def test_a_name_may_be_longer_than_a_screen() -> None:
    """Its middle is left out; a secret in it is gone before it could be cut in two."""
    assert clipped("a" * 9, 9) == "a" * 9
    assert clipped("abcdefghij", 9) == "abcd…ghij"
    assert clipped("abcdefghij", 8) == "abcd…hij"
    key = f"sk_live_{'a1B2' * 10}"  # not one of Stripe's
    assert "a1B2" not in clipped(f"{key}{'.' * 300}", 40)
    assert clipped(key, 40) == leaving(key)
    assert clipped(f"{'.' * 29}{key}", 40) == f"{'.' * 29}{leaving(key)}"
    assert len(listed(["x" * 50_000])) == 120


def test_so_may_be_a_subject() -> None:
    """Whatever it is told beside."""
    assert subject_of(certificate("CN=a")) == "CN=a"
    assert subject_of(certificate("")) == "without a subject"
    assert len(described(certificate(f"CN={'x' * 5000}"))) < 300


def test_one_more_than_fits_is_ranked_too() -> None:
    """The first in the file need not be the one to show."""
    assert listed(("b", "a"), str, at_most=1) == "a and 1 more"
    assert listed(("b", "a"), str, at_most=2) == "b, a"
