"""What is created is marked; what cannot be marked is left alone."""

import pytest

from probe.billing.marking import mark


def test_a_created_object_names_its_run() -> None:
    """The scenario's own metadata stays, and cannot take our keys."""
    given = {"amount": 100, "metadata": {"team": "billing", "paypath_run_id": "forged"}}
    marked = mark("v1.payment_intents.create", given, run_id="r1", scenario="card-charge")
    assert marked == {
        "amount": 100,
        "metadata": {"team": "billing", "paypath_run_id": "r1", "paypath_scenario": "card-charge"},
    }
    assert given["metadata"] == {"team": "billing", "paypath_run_id": "forged"}


@pytest.mark.parametrize(
    "method",
    [
        "v1.refunds.create",
        "v1.customers.create",
        "v1.setup_intents.create",
        "v1.checkout.sessions.create",
        "v1.issuing.cards.create",
    ],
)
def test_types_with_metadata(method: str) -> None:
    """As the SDK's own types say, in every namespace."""
    assert "metadata" in mark(method, {}, run_id="r1", scenario="s")


@pytest.mark.parametrize(
    "method", ["v1.tokens.create", "v1.payment_intents.confirm", "v1.balance.retrieve", "v1.no_such.create"]
)
def test_what_takes_no_metadata_is_left_alone(method: str) -> None:
    """Stripe refuses an unknown parameter with a 400."""
    assert mark(method, {"a": 1}, run_id="r1", scenario="s") == {"a": 1}
