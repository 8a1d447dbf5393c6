"""Customers: made, changed, deleted."""

import pytest
import stripe

from tests.lab.stripe.running import Simulator


async def test_life(simulator: Simulator) -> None:
    """Made and changed; deleted, only a stub is left, and its payment methods are detached."""
    customers = simulator.v1.customers
    made = await customers.create_async(
        {
            "email": "canary@example.org",
            "payment_method": "pm_card_visa",
            "metadata": {"paypath_run_id": "r1"},
            "address": {"city": "Bonn"},
        }
    )
    assert (made.email, made.address.city, made.livemode) == ("canary@example.org", "Bonn", False)
    (method,) = (await simulator.v1.payment_methods.list_async({"customer": made.id})).data
    changed = await customers.update_async(
        made.id, {"name": "Canary", "invoice_settings": {"default_payment_method": method.id}, "email": ""}
    )
    assert (changed.name, changed.email) == ("Canary", None)
    assert changed.invoice_settings.default_payment_method == method.id
    gone = await customers.delete_async(made.id)
    assert (gone.deleted, gone.id) == (True, made.id)
    assert (await customers.retrieve_async(made.id)).deleted is True
    assert (await customers.list_async()).data == []
    assert (await simulator.v1.payment_methods.retrieve_async(method.id)).customer is None
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await customers.delete_async(made.id)
    assert caught.value.http_status == 404
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await simulator.charge(customer=made.id)
    assert (caught.value.http_status, caught.value.param) == (400, "customer")


async def test_refused(simulator: Simulator) -> None:
    """A declining card cannot come along, and a default must be the customer's own; nobody is made."""
    with pytest.raises(stripe.CardError):
        await simulator.v1.customers.create_async({"payment_method": "pm_card_chargeDeclined"})
    method = await simulator.v1.payment_methods.create_async({"type": "card", "card": {"token": "tok_visa"}})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        await simulator.v1.customers.create_async({"invoice_settings": {"default_payment_method": method.id}})
    assert len(simulator.state.all.customers) == 0
