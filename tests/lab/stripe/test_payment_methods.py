"""Payment methods: made from numbers and tokens, attached, detached."""

import pytest
import stripe

from tests.lab.stripe.running import Simulator

NUMBER = {"number": "4242 4242 4242 4242", "exp_month": 8, "exp_year": 31, "cvc": "123"}


async def test_from_a_number(simulator: Simulator) -> None:
    """The number is never shown; brand, last digits and billing details are."""
    made = await simulator.v1.payment_methods.create_async(
        {
            "type": "card",
            "card": NUMBER,
            "billing_details": {"name": "Canary", "address": {"country": "DE"}},
            "metadata": {"a": "1"},
        }
    )
    assert (made.card.brand, made.card.last4, made.card.exp_year) == ("visa", "4242", 2031)
    assert (made.billing_details.name, made.billing_details.address.country) == ("Canary", "DE")
    assert "4242424242424242" not in str(made)
    assert (await simulator.v1.payment_methods.retrieve_async(made.id)).metadata["a"] == "1"
    assert (await simulator.charge(payment_method=made.id)).status == "succeeded"


@pytest.mark.parametrize(
    ("token", "last4"), [("tok_visa", "4242"), ("tok_amex", "0005"), ("tok_visa_chargeDeclinedFraudulent", "0019")]
)
async def test_from_a_token(simulator: Simulator, token: str, last4: str) -> None:
    """Stripe's named tokens are the cards of the table."""
    made = await simulator.v1.payment_methods.create_async({"type": "card", "card": {"token": token}})
    assert made.card.last4 == last4


async def test_attach_and_detach(simulator: Simulator) -> None:
    """Attached to a customer it is listed there; detached it is spent."""
    methods = simulator.v1.payment_methods
    customer = await simulator.v1.customers.create_async({})
    attached = await methods.attach_async("pm_card_mastercard", {"customer": customer.id})
    assert attached.customer == customer.id
    assert [m.id for m in (await methods.list_async({"customer": customer.id, "type": "card"})).data] == [attached.id]
    listed = await simulator.v1.customers.payment_methods.list_async(customer.id)
    assert [m.id for m in listed.data] == [attached.id]
    assert (await methods.update_async(attached.id, {"card": {"exp_year": 2040}})).card.exp_year == 2040
    assert (await methods.detach_async(attached.id)).customer is None
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        await methods.detach_async(attached.id)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        await methods.attach_async(attached.id, {"customer": customer.id})


async def test_unknown(simulator: Simulator) -> None:
    """A method that is none is a 404; other types than cards are refused as not simulated."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await simulator.v1.payment_methods.retrieve_async("pm_none")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    customer = await simulator.v1.customers.create_async({})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await simulator.v1.payment_methods.attach_async("pm_none", {"customer": customer.id})
    assert caught.value.http_status == 404
    with pytest.raises(stripe.InvalidRequestError, match="does not know what type=sepa_debit does"):
        await simulator.v1.payment_methods.create_async({"type": "sepa_debit"})
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: card"):
        await simulator.v1.payment_methods.create_async({"type": "card"})
