"""Secrets do not show themselves, and only test-mode keys count as such."""

import pytest

from probe.model.secret import Secret, is_test_key


def test_a_secret_never_shows_itself() -> None:
    """Neither in text, nor in a representation, nor in a format."""
    secret = Secret("sk_test_hush")
    assert "hush" not in f"{secret} {secret!r} {secret!s:>20}"
    assert secret.reveal() == "sk_test_hush"


def test_equal_secrets_are_equal() -> None:
    """They compare and hash by what they wrap."""
    assert {Secret("a"), Secret("a")} == {Secret("a")}
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


@pytest.mark.parametrize("value", ["sk_test_abc", "rk_test_abc", "sk_test_paypath_injected"])
def test_test_mode_keys(value: str) -> None:
    """Secret and restricted keys of test mode."""
    assert is_test_key(Secret(value))


@pytest.mark.parametrize(
    "value",
    [
        "sk_live_abc",
        "rk_live_abc",
        "pk_test_abc",
        "",
        " sk_test_abc",
        "sk_test_a\nsk_live_b",
        "sk_test_a b",
        "SK_TEST_a",
        "sk_test_é",
    ],
)
def test_everything_else_is_refused(value: str) -> None:
    """Live keys, publishable keys, and what could not go into a header as it is."""
    assert not is_test_key(Secret(value))


def test_how_a_secret_is_shown() -> None:
    """In every way in which Python writes one: with a width too, as any text."""
    secret = Secret("hush")
    assert (repr(secret), str(secret), f"{secret}", f"{secret:>5}") == ("Secret(***)", "***", "***", "  ***")
