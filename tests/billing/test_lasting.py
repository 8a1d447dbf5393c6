"""Which methods leave something that only a scenario's own cleanup takes back."""

import pytest

from probe.billing import lasting
from probe.billing.lasting import stays
from probe.billing.methods import find


@pytest.mark.parametrize(
    ("method", "left"),
    [
        ("v1.subscriptions.create", True),
        ("v1.products.create", True),
        ("v1.invoices.pay", True),
        ("v1.quotes.accept", True),
        ("v1.tax.transactions.create_from_calculation", True),
        ("v1.payment_intents.create", False),
        ("v1.charges.create", False),
        ("v1.refunds.create", False),
        ("v1.tokens.create", False),
        ("v1.payment_intents.confirm", False),
        ("v1.subscriptions.retrieve", False),
    ],
)
def test_what_stays(method: str, left: bool) -> None:  # noqa: FBT001 - a table
    """What it makes is neither undone nor gone by itself."""
    assert stays(method) is left


@pytest.mark.parametrize("method", sorted(lasting._UNDONE | lasting._PASSING))
def test_the_tables_name_methods_of_the_sdk(method: str) -> None:
    """A typing error would let something stay."""
    assert find(method) is not None
