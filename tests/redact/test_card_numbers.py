"""Card numbers are masked whole or in groups; other numbers stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.redact.card_numbers import holds_card, luhn, mask_card_numbers


def with_check_digit(digits: str) -> str:
    """`digits` with the one digit appended that passes the check."""
    return next(f"{digits}{check}" for check in range(10) if luhn(f"{digits}{check}"))


@given(
    st.sampled_from("23456"),
    st.text("0123456789", min_size=11, max_size=17),
    st.sampled_from([" ", "=", '"', ":", "%3D"]),
)
def test_every_card_number_is_masked(first: str, middle: str, before: str) -> None:
    """13 to 19 digits, whatever they are."""
    number = with_check_digit(first + middle)
    assert mask_card_numbers(f"{before}{number}.") == f"{before}***."


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4242424242424242", "***"),
        ("card 4242 4242 4242 4242 declined", "card *** declined"),
        ("3782-822463-10005", "***"),
        ("4242 42424242 4242", "***"),
        ("4242-4242-42424242", "***"),
        ("4242424242424242 12 34", "*** 12 34"),
        ("100 4242424242424242", "100 ***"),
        ("4242424242424242 5555555555554444", "*** ***"),
        ("a=4242424242424242&b=4000000000000002", "a=***&b=***"),
        ("PAN4242424242424242", "PAN***"),
        ("4242424242424242PAN", "***PAN"),
        ("4242.4242.4242.4242", "***"),
        ("a4242_4242_4242_4242b", "a***b"),
        ("/4242/4242/4242/4242/", "/***/"),
        ("4242  4242   4242 4242", "***"),
        ("4242\u20114242\u20114242\u20114242", "***"),
        ("n=4242%204242+4242%2D4242", "n=***"),
        ("3782.822463.10005", "***"),
        ("2000.4242.4242.4242.4242.17", "2000.***.17"),
        ("6304.0000.0000.0000.000", "***"),
        ("4222.2222.2222.2", "***"),
        ("5555%5F5555%5F5555%5F4444", "***"),
        ("5555%5f5555%5f5555%5f4444", "***"),
        ("a 4242.4242.4242.4242 b 5555/5555/5555/4444 c", "a *** b *** c"),
    ],
)
def test_groups_and_neighbours(text: str, masked: str) -> None:
    """The shapes in which people and forms write a card number."""
    assert mask_card_numbers(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424241",
        "1700000000000",
        "424242424242",
        "42424242424242424242",
        "4242424242424242 is not 42424242424242421234567890"[23:],
        "2026-01-15 14 28 03 120 99 11",
        "f00d4242424242424242beef",
        "4000 4000",
        "4000 4000 4000 4001",
        "4000.4000.4000.4001",
        "pan4242424242424241",
        "fade4242424242424242",
        "20261128_204200 20261128.204200",
        "4242\n4242\n4242\n4242",
        "4242, 4242, 4242, 4242",
        "4242__4.4242_4242",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    """A wrong check digit, a time in milliseconds, too few or too many digits, dates, fingerprints."""
    assert mask_card_numbers(text) == text


@pytest.mark.parametrize(("text", "holds"), [("PAN4242424242424242", True), ("order 4242424242424241", False)])
def test_whether_a_text_holds_one(text: str, holds: bool) -> None:  # noqa: FBT001 - a row of a table
    """What would be masked is refused where a card number may not stand."""
    assert holds_card(text) is holds
