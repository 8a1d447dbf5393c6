"""Currencies: what can be charged, and how amounts are written."""

import pytest

from probe.lab.stripe.currencies import check_amount, known_currency, money
from probe.lab.stripe.errors import Refusal


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(1000, "usd", "$10.00"), (123456789, "eur", "€1,234,567.89"), (500, "jpy", "¥500"), (300, "sek", "3.00 sek")],
)
def test_money(amount: int, currency: str, text: str) -> None:
    """Amounts as Stripe's messages write them; a yen has no cents."""
    assert money(amount, currency) == text


@pytest.mark.parametrize(("currency", "smallest"), [("usd", 50), ("gbp", 30), ("huf", 17500)])
def test_smallest(currency: str, smallest: int) -> None:
    """Each currency has a smallest amount of its own."""
    check_amount(smallest, currency)
    with pytest.raises(Refusal, match="Amount must be at least"):
        check_amount(smallest - 1, currency)


def test_case() -> None:
    """Upper case is taken for lower case."""
    assert known_currency("USD") == "usd"
