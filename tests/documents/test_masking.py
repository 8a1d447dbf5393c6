"""Nothing that looks like a key or a card number is left in a message."""

import pytest

from probe.documents.masking import any_key, live_key, masked, quoted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("key sk_live_51Habc here", "key *** here"),
        ("rk_test_abc,pk_live_xyz", "***,***"),
        ("whsec_abc+/=", "***"),
        ("4242 4242 4242 4242 and 5555-5555-5555-4444", "*** and ***"),
        ("give sk_test_ or rk_test_", "give sk_test_ or rk_test_"),
        ("1234567890123", "1234567890123"),
        ("9999.9999.9999.9995 or 4242\u200b4242\n4242|4242", "*** or ***"),
        ("a\nb\x1b[31m\ud800", "a\\nb\\x1b[31m\\ud800"),
    ],
)
def test_masked(text: str, shown: str) -> None:
    """Keys of both modes, webhook secrets, card numbers and control characters go; prefixes alone stay."""
    assert masked(text) == shown


def test_quoted_is_short() -> None:
    """A long value does not fill the screen."""
    assert quoted("x" * 100) == "`" + "x" * 59 + "…`"


def test_what_counts_as_a_key() -> None:
    """A test-mode key is a key, but no live one."""
    assert live_key("x sk_live_ y")
    assert live_key("sk_test_abc") is None
    assert any_key("sk_test_abc")
