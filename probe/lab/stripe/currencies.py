"""Currencies and their smallest amounts, from docs.stripe.com/currencies."""

from typing import Final

from probe.lab.stripe.errors import Refusal

MAX_AMOUNT: Final = 99_999_999
"""Eight digits, in minor units."""

MINIMUM: Final = {
    "usd": 50,
    "aed": 200,
    "aud": 50,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1000,
}
"""In minor units; the currencies that can be charged here."""
_WITHOUT_DECIMALS: Final = frozenset({"jpy"})
_SYMBOLS: Final = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}


def money(amount: int, currency: str) -> str:
    """The amount as Stripe's messages write it, `$10.00`."""
    number = f"{amount:,}" if currency in _WITHOUT_DECIMALS else f"{amount / 100:,.2f}"
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{number}" if symbol else f"{number} {currency}"


def known_currency(text: str) -> str:
    """The currency in lower case; a 400 for one that cannot be charged."""
    currency = text.lower()
    if currency not in MINIMUM:
        raise Refusal(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: {', '.join(MINIMUM)}",
            param="currency",
        )
    return currency


def check_amount(amount: int, currency: str) -> None:
    """Refuse what is too small or too large to charge."""
    if amount < MINIMUM[currency]:
        smallest = money(MINIMUM[currency], currency)
        raise Refusal(f"Amount must be at least {smallest} {currency}", code="amount_too_small", param="amount")
    if amount > MAX_AMOUNT:
        largest = money(MAX_AMOUNT, currency)
        raise Refusal(f"Amount must be no more than {largest}", code="amount_too_large", param="amount")
