"""What takes back what: every way is a call that the SDK has, with the id where its URL or its parameters have it."""

from collections.abc import Mapping

import pytest

from probe.billing.lasting import stays
from probe.billing.methods import all_methods, find, parameter_type
from probe.billing.taking_back import gives_back, ways

MADE = [method for method in all_methods() if stays(method)]


@pytest.mark.parametrize("method", [method for method in MADE if ways(method)])
def test_every_way_is_a_call_of_the_sdk(method: str) -> None:
    """The id is a parameter of its URL, or of its own; what stands besides is one too, and the parent one of the making method."""
    made = find(method)
    assert made is not None
    for way in ways(method):
        found = find(way.method)
        assert found is not None
        known = {*found.path_arguments, *parameter_type(way.method).__annotations__}
        assert {way.parameter, *way.besides} <= known
        assert way.parent is None or way.parent in {*made.path_arguments, *parameter_type(method).__annotations__}


@pytest.mark.parametrize(
    ("method", "back"),
    [
        ("v1.products.create", {"v1.products.delete": "id", "v1.products.update": "id"}),
        (
            "v1.subscriptions.create",
            {"v1.subscriptions.cancel": "subscription_exposed_id", "v1.customers.delete": "customer"},
        ),
        ("v1.payouts.create", {"v1.payouts.cancel": "payout", "v1.payouts.reverse": "payout"}),
        ("v1.invoices.create", {"v1.invoices.delete": "invoice", "v1.invoices.void_invoice": "invoice"}),
        ("v1.invoices.pay", {"v1.credit_notes.create": "invoice"}),
        ("v1.transfers.create", {"v1.transfers.reversals.create": "id"}),
        ("v1.prices.create", {"v1.prices.update": "price"}),
        ("v1.quotes.accept", {}),
        ("v1.files.create", {}),
    ],
)
def test_the_ways_back(method: str, back: Mapping[str, str]) -> None:
    """Of a few kinds of objects; of some there is none."""
    assert {way.method: way.parameter for way in ways(method)} == back


def test_nothing_that_only_changes_takes_back() -> None:
    """An `update` does only with what puts the object aside."""
    assert all(way.besides for method in MADE for way in ways(method) if way.method.endswith(".update"))
    assert [method for method in MADE if gives_back(method)] == [
        "v1.application_fees.refunds.create",
        "v1.credit_notes.create",
        "v1.transfers.reversals.create",
    ]
