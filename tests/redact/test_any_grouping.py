"""What may not be sent: a card number however it is written. And what is masked on the way out, without eating what an alert needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.redact.card_numbers import holds_card, luhn, mask_any_grouping, mask_card_numbers

CARD = "4242424242424242"
APART = st.text(st.sampled_from(" -,.:;|/_+*#\n\t\u200b\u00ad\u2060\u00a0\u2011\u0301"), max_size=6)


@given(st.text("0123456789", min_size=12, max_size=18), st.lists(APART, min_size=19, max_size=19))
def test_whatever_stands_between_the_digits(first: str, apart: list[str]) -> None:
    """Any number that passes, any groups, anything between them that is neither letter nor digit."""
    number = next(f"{first}{check}" for check in range(10) if luhn(f"{first}{check}"))
    written = "".join(digit + between for digit, between in zip(number, apart, strict=False))
    assert holds_card(f"n {written} n")


@pytest.mark.parametrize(
    "written",
    [
        "4242,4242,4242,4242",
        "4242:4242:4242:4242",
        "4242|4242|4242|4242",
        "4242;4242;4242;4242",
        "4242----4242----4242----4242",
        "4242\u200b4242\u200b4242\u200b4242",
        "4242\u00ad4242\u00ad4242\u00ad4242",
        "4242\n4242\n4242\n4242\n",
        "42424242.42424242",
        "42.42.42.42.42.42.42.42",
        "9999.9999.9999.9995",
        "\u0664\u0662" * 8,
        "\u0f24\u0f22" * 8,
        "\u2463\u2461" * 8,
        "\u2074\u00b2" * 8,
        "[4, 2, 4, 2, 4, 2, 4, 2, 4, 2, 4, 2, 4, 2, 4, 2]",
        "fade4242424242424242",
        "42424242-4242-4242-face-facefaceface",
    ],
)
def test_one_that_somebody_would_send(written: str) -> None:
    """Rows of what a form, an author or a template has put together."""
    assert holds_card(written)
    assert "4242" not in mask_any_grouping(f"say {written} now")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "4242424242424241",
        "4242a4242b4242c4242",
        "2026-11-28T14:28:03.120Z",
        "42424242424242424242",
        "456e4567-e89b-12d3-a456-426614174005",
        "https://127.0.0.1:8443/v1/charges?limit=100",
    ],
)
def test_what_is_none(written: str) -> None:
    """A wrong check digit, letters between the groups, twenty digits, a moment, an address; groups of a UUID that hold letters."""
    assert not holds_card(written)


def test_what_a_machine_drew_is_no_card() -> None:
    """The id of a run is hexadecimal, and nobody's number; a card number beside it is one."""
    drawn = "f00d4242424242424242beef"
    assert holds_card(drawn)
    assert not holds_card(drawn, ids=True)
    assert holds_card(f"{drawn} 4242,42424242,4242", ids=True)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4242,4242,4242,4242", "***"),
        ("number:4242:4242:4242:4242", "number:***"),
        ("4242|4242|4242|4242 and 4242;4242;4242;4242.", "*** and ***."),
        ("4242\u200b4242\u200b4242\u200b4242", "***"),
        ("4242\u00ad4242\u00ad4242\u00ad4242", "***"),
        ("a 42424242.42424242 b", "a *** b"),
        ("\u0664\u0662" * 8 + " é", "*** é"),
        ("é \u0664\u0662", "é \u0664\u0662"),
    ],
)
def test_what_is_masked_on_the_way_out(text: str, masked: str) -> None:
    """Four groups of four, two of eight, and the digits of any script."""
    assert mask_card_numbers(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "2606:4242:4242:4242::4248",
        "2606:4242:4242:4242:4242:42",
        "fe80::4242:4242:4242:4242",
        "4242,4242,4242,4242,4242",
        "42,4242,4242,4242,4242",
        "20261128.20260228 20261128/20270102 20261128,20260226",
        "42424242.42424241",
        "4242,4242,4242,4241",
        "42:42:42:42:42:42:42:42",
        "1700000000.424242 14:28:03,120 1,000,000,000,000,009",
        "2026-11-28 14:20:55.123456 +0000",
    ],
)
def test_what_an_alert_needs_stays(text: str) -> None:
    """Addresses, lists of numbers, dates, fingerprints and amounts."""
    assert mask_card_numbers(text) == text


def test_only_the_number_is_masked() -> None:
    """What stands before, between and behind stays to the letter, behind an id too."""
    uuid = "123e4567-e89b-12d3-a456-426614174000"
    text = f"a {uuid} 4242,4242,4242,4242 b 5555|5555|5555|4444 c"
    assert mask_any_grouping(text) == f"a {uuid} *** b *** c"
    assert mask_any_grouping(text, ids=True) == f"a {uuid} *** b *** c"
    assert mask_any_grouping("4242424242424242 5555555555554444 12") == "*** *** 12"
    assert mask_any_grouping("12 4242424242424242") == "12 ***"
    assert mask_any_grouping("4242 4242 4242 4242 4242 4242") == "*** 4242 4242"
