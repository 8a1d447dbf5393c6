"""What takes back what: a row for each type of object and each state that matters."""

import pytest

from probe.billing.methods import find
from probe.billing.undo import TAKING_BACK, UNDOS, already_undone, undo_of
from probe.model.answer import StripeErrorFacts

REFUND, CANCEL = "v1.refunds.create", "v1.payment_intents.cancel"


@pytest.mark.parametrize(
    ("made", "refunded", "method"),
    [
        ({"object": "payment_intent", "status": "succeeded", "amount_received": 100}, 0, REFUND),
        ({"object": "payment_intent", "status": "succeeded", "amount_received": 100}, 40, REFUND),
        ({"object": "payment_intent", "status": "succeeded", "amount_received": 100}, 100, None),
        ({"object": "payment_intent", "status": "succeeded", "amount": 100}, 0, REFUND),
        ({"object": "payment_intent", "status": "requires_capture", "amount_received": 0}, 0, CANCEL),
        ({"object": "payment_intent", "status": "requires_action"}, 0, CANCEL),
        ({"object": "payment_intent", "status": "canceled", "amount_received": 0}, 0, None),
        ({"object": "charge", "status": "succeeded", "amount": 100, "amount_refunded": 0}, 0, REFUND),
        ({"object": "charge", "status": "pending", "amount": 100}, 0, REFUND),
        ({"object": "charge", "status": "succeeded", "amount": 100, "amount_refunded": 100}, 0, None),
        ({"object": "charge", "status": "succeeded", "amount": 100, "amount_refunded": 0}, 100, None),
        ({"object": "charge", "status": "succeeded", "amount": 100, "amount_refunded": 40}, 40, REFUND),
        ({"object": "charge", "status": "succeeded", "amount": 100, "payment_intent": "pi_1"}, 0, None),
        ({"object": "charge", "status": "failed", "amount": 100}, 0, None),
        ({"object": "setup_intent", "status": "requires_payment_method"}, 0, "v1.setup_intents.cancel"),
        ({"object": "setup_intent", "status": "succeeded"}, 0, None),
        ({"object": "payment_method", "customer": "cus_1"}, 0, "v1.payment_methods.detach"),
        ({"object": "payment_method", "customer": None}, 0, None),
        ({"object": "customer"}, 0, "v1.customers.delete"),
        ({"object": "customer", "deleted": True}, 0, None),
        ({"object": "webhook_endpoint"}, 0, "v1.webhook_endpoints.delete"),
        ({"object": "balance"}, 0, None),
        ({}, 0, None),
    ],
)
def test_the_undo_of_an_object(made: dict[str, object], refunded: int, method: str | None) -> None:
    """The call that takes it back, by its id; None where nothing has to be."""
    undo = undo_of(made | {"id": "x_1"}, refunded_minor=refunded)
    if method is None:
        assert undo is None
    else:
        assert undo is not None
        assert undo.method == method
        assert list(undo.parameters.values()) == ["x_1"]


@pytest.mark.parametrize("kind", UNDOS)
def test_every_undo_is_a_call_that_the_sdk_has(kind: str) -> None:
    """With the parameter's name that the SDK asks for."""
    open_one = {"object": kind, "id": "x_1", "status": "requires_action", "customer": "cus_1"}
    undo = undo_of(open_one | ({"status": "succeeded", "amount": 100} if kind == "charge" else {}))
    assert undo is not None
    assert undo.method in TAKING_BACK
    found = find(undo.method)
    assert found is not None
    assert found.path_arguments == (() if kind == "charge" else tuple(undo.parameters))


@pytest.mark.parametrize(
    ("method", "error", "done"),
    [
        (REFUND, StripeErrorFacts(code="charge_already_refunded"), True),
        (REFUND, StripeErrorFacts(code="charge_disputed"), False),
        ("v1.customers.delete", StripeErrorFacts(code="resource_missing"), True),
        (REFUND, StripeErrorFacts(code="resource_missing"), False),
        (CANCEL, StripeErrorFacts(about={"status": "canceled"}), True),
        (CANCEL, StripeErrorFacts(about={"status": "succeeded"}), False),
        (CANCEL, StripeErrorFacts(), False),
        ("v1.payment_methods.detach", StripeErrorFacts(code="resource_missing"), False),
    ],
)
def test_an_undo_that_got_through_before(method: str, error: StripeErrorFacts, done: bool) -> None:  # noqa: FBT001 - a table
    """It is told from one that was refused for another reason."""
    assert already_undone(method, error) is done
