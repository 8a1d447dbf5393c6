"""A payment's life: create, confirm, capture, cancel, update, list, search."""

import pytest
import stripe

from tests.lab.stripe.running import CARD, Simulator


async def test_charge_at_once(simulator: Simulator) -> None:
    """A confirmed intent is charged, says so in every field, and copies its metadata to the charge."""
    intent = await simulator.charge(
        metadata={"paypath_run_id": "r1"}, description="synthetic", statement_descriptor_suffix="PROBE"
    )
    assert (intent.status, intent.amount, intent.amount_received) == ("succeeded", 100, 100)
    assert (intent.amount_capturable, intent.livemode, intent.description) == (0, False, "synthetic")
    assert isinstance(intent.latest_charge, str)
    assert intent.payment_method.startswith("pm_")
    assert intent.payment_method != "pm_card_visa"
    charge = await simulator.v1.charges.retrieve_async(intent.latest_charge)
    assert charge.metadata["paypath_run_id"] == "r1"
    assert (charge.captured, charge.statement_descriptor_suffix) == (True, "PROBE")
    (open_money,) = simulator.state.open_money()
    assert (open_money.kind, open_money.amount_minor) == ("captured", 100)
    assert open_money.metadata == {"paypath_run_id": "r1"}


async def test_step_by_step(simulator: Simulator) -> None:
    """Created without a card, given one, confirmed: each status in its turn."""
    intents = simulator.v1.payment_intents
    intent = await intents.create_async({"amount": 100, "currency": "usd", **CARD})
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method") as caught:
        await intents.confirm_async(intent.id)
    assert caught.value.code == "payment_intent_unexpected_state"
    updated = await intents.update_async(intent.id, {"payment_method": "pm_card_visa", "amount": 250})
    assert (updated.status, updated.amount) == ("requires_confirmation", 250)
    assert simulator.state.unfinished_intents()[0]["id"] == intent.id
    assert (await intents.confirm_async(intent.id)).amount_received == 250
    with pytest.raises(stripe.InvalidRequestError, match="already succeeded"):
        await intents.confirm_async(intent.id)
    assert simulator.state.unfinished_intents() == []


async def test_declined_then_paid(simulator: Simulator) -> None:
    """An intent whose card was declined can be confirmed with another one."""
    with pytest.raises(stripe.CardError) as caught:
        await simulator.charge(payment_method="pm_card_visa_chargeDeclined")
    intent = caught.value.error.payment_intent
    paid = await simulator.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


async def test_capture_in_part(simulator: Simulator) -> None:
    """A part of an authorisation is captured, and the rest is released."""
    intent = await simulator.charge(amount=1000, capture_method="manual")
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 1000, 0)
    assert simulator.state.open_money()[0].kind == "authorisation"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await simulator.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 1001})
    assert (caught.value.code, caught.value.param) == ("amount_too_large", "amount_to_capture")
    captured = await simulator.v1.payment_intents.capture_async(
        intent.id, {"amount_to_capture": 400, "expand": ["latest_charge.balance_transaction"]}
    )
    assert (captured.status, captured.amount_received, captured.amount_capturable) == ("succeeded", 400, 0)
    charge = captured.latest_charge
    assert (charge.amount, charge.amount_captured, charge.amount_refunded) == (1000, 400, 600)
    assert charge.balance_transaction.amount == 400
    assert simulator.state.open_money()[0].amount_minor == 400
    with pytest.raises(stripe.InvalidRequestError, match="could not be captured"):
        await simulator.v1.payment_intents.capture_async(intent.id)


async def test_void(simulator: Simulator) -> None:
    """A canceled authorisation leaves no money behind."""
    intent = await simulator.charge(capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError, match="Cancel it instead"):
        await simulator.v1.refunds.create_async({"payment_intent": intent.id})
    canceled = await simulator.v1.payment_intents.cancel_async(intent.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert canceled.canceled_at == simulator.state.created()
    assert simulator.state.open_money() == []
    charge = await simulator.v1.charges.retrieve_async(intent.latest_charge)
    assert (charge.captured, charge.refunded) == (False, True)
    with pytest.raises(stripe.InvalidRequestError, match="cannot cancel"):
        await simulator.v1.payment_intents.cancel_async(intent.id)


async def test_metadata(simulator: Simulator) -> None:
    """Metadata is merged; an empty value takes a key away, an empty whole all."""
    intents = simulator.v1.payment_intents
    intent = await simulator.charge(metadata={"a": "1", "b": "2"})
    assert (await intents.update_async(intent.id, {"metadata": {"a": "", "c": "3"}})).metadata.to_dict() == {
        "b": "2",
        "c": "3",
    }
    assert (await intents.update_async(intent.id, {"metadata": ""})).metadata.to_dict() == {}
    with pytest.raises(stripe.InvalidRequestError, match="could not be updated"):
        await intents.update_async(intent.id, {"amount": 500})


@pytest.mark.parametrize(
    ("wrong", "code", "param"),
    [
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"amount": "1.5"}, "parameter_invalid_integer", "amount"),
        ({"amount": -5}, "parameter_invalid_integer", "amount"),
        ({"currency": "xyz"}, None, "currency"),
        ({"currency": ""}, "parameter_invalid_empty", "currency"),
        ({"capture_method": "later"}, None, "capture_method"),
        ({"colour": "blue"}, "parameter_unknown", "colour"),
        (
            {"payment_method_options": {"card": {"colour": 1}}},
            "parameter_unknown",
            "payment_method_options[card][colour]",
        ),
        ({"payment_method": "pm_none"}, "resource_missing", "payment_method"),
        ({"payment_method": "pm_card_none"}, "resource_missing", "payment_method"),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
        ({"confirm": "perhaps"}, None, "confirm"),
        ({"expand": ["id"]}, None, "expand"),
        ({"application_fee_amount": 5}, None, "application_fee_amount"),
        ({"payment_method_types": ["sepa_debit"]}, None, "payment_method_types=sepa_debit"),
        ({"automatic_payment_methods": {"enabled": True}}, None, "payment_method_types"),
    ],
)
async def test_wrong_parameter(simulator: Simulator, wrong: dict[str, object], code: str | None, param: str) -> None:
    """A wrong parameter is a 400 that names it, and nothing is made."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await simulator.charge(**wrong)
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (400, code, param)
    assert len(simulator.state.all.payment_intents) == 0


async def test_missing_parameter(simulator: Simulator) -> None:
    """Without an amount there is nothing to pay."""
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: amount") as caught:
        await simulator.v1.payment_intents.create_async({"currency": "usd"})
    assert caught.value.code == "parameter_missing"


async def test_unknown_intent(simulator: Simulator) -> None:
    """An id that is none is a 404."""
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent: 'pi_none'") as caught:
        await simulator.v1.payment_intents.retrieve_async("pi_none")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


async def test_method_is_used_once_without_customer(simulator: Simulator) -> None:
    """A payment method that belongs to nobody is spent by a payment; a customer's is not."""
    spent = (await simulator.charge()).payment_method
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        await simulator.charge(payment_method=spent)
    customer = await simulator.v1.customers.create_async({"payment_method": "pm_card_visa"})
    (own,) = (await simulator.v1.payment_methods.list_async({"customer": customer.id})).data
    for _ in range(2):
        assert (await simulator.charge(payment_method=own.id, customer=customer.id)).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="belongs to a Customer"):
        await simulator.charge(payment_method=own.id)


async def test_search(simulator: Simulator) -> None:
    """What a crash left behind is found by its metadata."""
    mine = await simulator.charge(metadata={"paypath_run_id": "r1"})
    await simulator.charge(metadata={"paypath_run_id": "r2"}, amount=500)
    found = await simulator.v1.payment_intents.search_async({"query": "metadata['paypath_run_id']:'r1' AND amount<200"})
    assert [one.id for one in found.data] == [mine.id]
