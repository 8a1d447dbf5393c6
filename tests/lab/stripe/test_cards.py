"""The whole table of test cards, as an account sees it through the SDK."""

import pytest
import stripe

from probe.lab.stripe.cards import CARDS, by_number
from tests.lab.stripe.running import Simulator

DECLINES = [
    ("pm_card_visa_chargeDeclined", "4000000000000002", "card_declined", "generic_decline"),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "4000000000009995", "card_declined", "insufficient_funds"),
    ("pm_card_visa_chargeDeclinedLostCard", "4000000000009987", "card_declined", "lost_card"),
    ("pm_card_visa_chargeDeclinedStolenCard", "4000000000009979", "card_declined", "stolen_card"),
    ("pm_card_chargeDeclinedExpiredCard", "4000000000000069", "expired_card", None),
    ("pm_card_chargeDeclinedIncorrectCvc", "4000000000000127", "incorrect_cvc", None),
    ("pm_card_chargeDeclinedProcessingError", "4000000000000119", "processing_error", None),
    ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "4000000000006975", "card_declined", "card_velocity_exceeded"),
    ("pm_card_chargeCustomerFail", "4000000000000341", "card_declined", "generic_decline"),
    ("pm_card_radarBlock", "4100000000000019", "card_declined", "fraudulent"),
    ("pm_card_riskLevelHighest", "4000000000004954", "card_declined", "fraudulent"),
    ("pm_card_threeDSecure2RequiredProcessingError", "4000008400001280", "card_declined", "generic_decline"),
    ("pm_card_chargeDeclined", "4000000000000002", "card_declined", "generic_decline"),
]
ATTACHABLE = {"pm_card_chargeCustomerFail", "pm_card_radarBlock", "pm_card_riskLevelHighest", DECLINES[11][0]}
SUCCEEDING = [
    ("pm_card_visa", "visa", "credit"),
    ("pm_card_visa_debit", "visa", "debit"),
    ("pm_card_mastercard", "mastercard", "credit"),
    ("pm_card_mastercard_debit", "mastercard", "debit"),
    ("pm_card_mastercard_prepaid", "mastercard", "prepaid"),
    ("pm_card_amex", "amex", "credit"),
    ("pm_card_discover", "discover", "credit"),
    ("pm_card_diners", "diners", "credit"),
    ("pm_card_jcb", "jcb", "credit"),
    ("pm_card_unionpay", "unionpay", "credit"),
    ("pm_card_riskLevelElevated", "visa", "credit"),
    ("pm_card_bypassPending", "visa", "credit"),
]


@pytest.mark.parametrize(("method", "number", "code", "decline_code"), DECLINES)
async def test_declining_card(
    simulator: Simulator, method: str, number: str, code: str, decline_code: str | None
) -> None:
    """A decline is a 402 whose error names code, decline code, charge and the intent, which wants another card now."""
    with pytest.raises(stripe.CardError) as caught:
        await simulator.charge(payment_method=method, metadata={"paypath_run_id": "r1"})
    error = caught.value.json_body["error"]
    assert caught.value.http_status == 402
    assert (error["type"], error["code"], error.get("decline_code")) == ("card_error", code, decline_code)
    intent = await simulator.v1.payment_intents.retrieve_async(error["payment_intent"]["id"])
    assert (intent.status, intent.payment_method, intent.amount_received) == ("requires_payment_method", None, 0)
    assert intent.last_payment_error.code == code
    assert intent.last_payment_error.payment_method.card.last4 == number[-4:]
    charge = await simulator.v1.charges.retrieve_async(error["charge"])
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, code)
    assert intent.latest_charge == charge.id
    assert simulator.state.open_money() == []


@pytest.mark.parametrize(("method", "_number", "code", "decline_code"), DECLINES)
async def test_attaching_a_declining_card(
    simulator: Simulator, method: str, _number: str, code: str, decline_code: str | None
) -> None:
    """Declining cards cannot be attached to a customer, except those that Stripe's table says attach."""
    customer = await simulator.v1.customers.create_async({})
    attaching = simulator.v1.payment_methods.attach_async(method, {"customer": customer.id})
    if method in ATTACHABLE:
        attached = await attaching
        assert attached.customer == customer.id
        with pytest.raises(stripe.CardError):
            await simulator.charge(payment_method=attached.id, customer=customer.id, off_session=True)
    else:
        with pytest.raises(stripe.CardError) as caught:
            await attaching
        assert (caught.value.code, caught.value.error.to_dict().get("decline_code")) == (code, decline_code)


@pytest.mark.parametrize(("method", "brand", "funding"), SUCCEEDING)
async def test_succeeding_card(simulator: Simulator, method: str, brand: str, funding: str) -> None:
    """A good card is charged, and the charge names its brand and funding."""
    intent = await simulator.charge(payment_method=method, expand=["latest_charge"])
    assert (intent.status, intent.amount_received) == ("succeeded", 100)
    card = intent.latest_charge.payment_method_details.card
    assert (card.brand, card.funding) == (brand, funding)


@pytest.mark.parametrize(
    ("method", "check", "result"),
    [
        ("pm_card_cvcCheckFail", "cvc_check", "fail"),
        ("pm_card_avsZipFail", "address_postal_code_check", "fail"),
        ("pm_card_avsLine1Fail", "address_line1_check", "fail"),
        ("pm_card_avsFail", "address_line1_check", "fail"),
        ("pm_card_avsUnchecked", "address_postal_code_check", "unavailable"),
    ],
)
async def test_failing_check(simulator: Simulator, method: str, check: str, result: str) -> None:
    """A failing check alone does not decline a charge; the charge shows it."""
    intent = await simulator.charge(payment_method=method, expand=["latest_charge"])
    assert intent.status == "succeeded"
    assert intent.latest_charge.payment_method_details.card.checks[check] == result


async def test_blocked_by_radar(simulator: Simulator) -> None:
    """A charge that Stripe's own rules block is never sent to the network."""
    with pytest.raises(stripe.CardError) as caught:
        await simulator.charge(payment_method="pm_card_radarBlock")
    charge = await simulator.v1.charges.retrieve_async(caught.value.error.charge)
    assert (charge.outcome.type, charge.outcome.network_status) == ("blocked", "not_sent_to_network")
    assert charge.outcome.risk_level == "highest"


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ({"number": "4242424242424241"}, "incorrect_number"),
        ({"number": "not a number"}, "incorrect_number"),
        ({"exp_month": 13}, "invalid_expiry_month"),
        ({"exp_year": 2020}, "invalid_expiry_year"),
        ({"cvc": "12"}, "invalid_cvc"),
    ],
)
async def test_impossible_card(simulator: Simulator, card: dict[str, object], code: str) -> None:
    """A number, expiry or CVC that no card has is a 402 when the payment method is made."""
    good = {"number": "4242424242424242", "exp_month": 8, "exp_year": 2031, "cvc": "123"}
    with pytest.raises(stripe.CardError) as caught:
        await simulator.v1.payment_methods.create_async({"type": "card", "card": good | card})
    assert caught.value.code == code


async def test_cvc_decline_needs_a_cvc(simulator: Simulator) -> None:
    """The number that declines for its CVC charges fine where no CVC was given."""
    number = {"number": "4000000000000127", "exp_month": 8, "exp_year": 2031}
    data = {"type": "card", "card": number}
    assert (await simulator.charge(payment_method_data=data, payment_method="")).status == "succeeded"
    with pytest.raises(stripe.CardError, match="security code"):
        await simulator.charge(payment_method_data={"type": "card", "card": number | {"cvc": "123"}}, payment_method="")


def test_numbers_are_card_numbers() -> None:
    """Every number of the table passes its own check digit, and is found by it."""
    assert all(by_number(card.number) is card for card in CARDS)
