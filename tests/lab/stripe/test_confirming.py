"""3-D Secure: when a card asks for it, and what follows."""

import pytest
import stripe

from probe.lab.stripe.payment_intents import authenticate
from tests.lab.stripe.running import Simulator

URL = "https://shop.example/back"


@pytest.mark.parametrize(
    "method",
    [
        "pm_card_authenticationRequired",
        "pm_card_authenticationRequiredOnSetup",
        "pm_card_authenticationRequiredSetupForOffSession",
        "pm_card_threeDSecure2Required",
    ],
)
async def test_challenge_passed(simulator: Simulator, method: str) -> None:
    """On session the intent requires an action, takes no money, and succeeds once the cardholder has answered."""
    intent = await simulator.charge(payment_method=method, return_url=URL)
    assert (intent.status, intent.amount_received, intent.latest_charge) == ("requires_action", 0, None)
    assert intent.next_action.type == "redirect_to_url"
    assert intent.next_action.redirect_to_url.return_url == URL
    assert simulator.state.open_money() == []
    authenticate(simulator.state, simulator.faults, intent.id)
    done = await simulator.v1.payment_intents.retrieve_async(intent.id, {"expand": ["latest_charge"]})
    assert (done.status, done.next_action) == ("succeeded", None)
    assert done.latest_charge.payment_method_details.card.three_d_secure.result == "authenticated"


async def test_challenge_failed(simulator: Simulator) -> None:
    """A failed challenge leaves an intent that wants another payment method."""
    intent = await simulator.charge(payment_method="pm_card_authenticationRequired")
    assert intent.next_action.type == "use_stripe_sdk"
    authenticate(simulator.state, simulator.faults, intent.id, succeeds=False)
    failed = await simulator.v1.payment_intents.retrieve_async(intent.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    with pytest.raises(ValueError, match="requires_payment_method"):
        authenticate(simulator.state, simulator.faults, intent.id)


@pytest.mark.parametrize(
    ("method", "decline_code"),
    [
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_threeDSecure2RequiredChargeDeclined", "generic_decline"),
    ],
)
async def test_declined_after_challenge(simulator: Simulator, method: str, decline_code: str) -> None:
    """Some cards decline although the challenge was passed."""
    intent = await simulator.charge(payment_method=method)
    assert intent.status == "requires_action"
    authenticate(simulator.state, simulator.faults, intent.id)
    failed = await simulator.v1.payment_intents.retrieve_async(intent.id)
    assert (failed.status, failed.last_payment_error.decline_code) == ("requires_payment_method", decline_code)


@pytest.mark.parametrize("parameters", [{"off_session": True}, {"error_on_requires_action": True}])
async def test_nobody_there_to_answer(simulator: Simulator, parameters: dict[str, bool]) -> None:
    """Without a cardholder a card that asks for one is a 402 authentication_required."""
    with pytest.raises(stripe.CardError) as caught:
        await simulator.charge(payment_method="pm_card_authenticationRequired", **parameters)
    error = caught.value.error
    assert (error.code, error.decline_code) == ("authentication_required", "authentication_required")
    assert error.payment_intent.status == "requires_payment_method"


async def test_set_up_for_off_session(simulator: Simulator) -> None:
    """A card that was set up before is charged off session; one that always asks is not."""
    assert (
        await simulator.charge(payment_method="pm_card_authenticationRequiredSetupForOffSession", off_session=True)
    ).status == "succeeded"
    customer = await simulator.v1.customers.create_async({})
    first = await simulator.charge(
        payment_method="pm_card_authenticationRequiredOnSetup", customer=customer.id, setup_future_usage="off_session"
    )
    authenticate(simulator.state, simulator.faults, first.id)
    again = await simulator.charge(payment_method=first.payment_method, customer=customer.id, off_session=True)
    assert again.status == "succeeded"


async def test_asked_for_by_the_request(simulator: Simulator) -> None:
    """A card that merely supports 3-D Secure is challenged where the request asks for it."""
    asking = {"card": {"request_three_d_secure": "any"}}
    assert (await simulator.charge(payment_method="pm_card_threeDSecureOptional")).status == "succeeded"
    asked = await simulator.charge(payment_method="pm_card_threeDSecureOptional", payment_method_options=asking)
    assert asked.status == "requires_action"
    canceled = await simulator.v1.payment_intents.cancel_async(asked.id)
    assert (canceled.status, canceled.next_action) == ("canceled", None)


@pytest.mark.parametrize(
    "way",
    [
        {"payment_method_types": ["card"]},
        {"allowed_payment_method_types": ["card"]},
        {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}},
        {"automatic_payment_methods": {"enabled": False}},
        {"return_url": URL},
        {"off_session": True},
    ],
)
async def test_return_url_not_needed(simulator: Simulator, way: dict[str, object]) -> None:
    """Where no redirect is possible, or there is somewhere to return to, an intent can be confirmed."""
    plain = {"amount": 100, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    assert (await simulator.v1.payment_intents.create_async(plain | way)).status == "succeeded"


@pytest.mark.parametrize("way", [{}, {"automatic_payment_methods": {"enabled": True}}])
async def test_return_url_needed(simulator: Simulator, way: dict[str, object]) -> None:
    """Whatever the Dashboard has on may redirect: without a `return_url` that is a 400, and nothing is made."""
    plain = {"amount": 100, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    with pytest.raises(stripe.InvalidRequestError, match="return_url") as caught:
        await simulator.v1.payment_intents.create_async(plain | way)
    assert caught.value.http_status == 400
    assert len(simulator.state.all.payment_intents) == 0


async def test_removed_parameter(simulator: Simulator) -> None:
    """Told to be as strict as Stripe, `payment_method_types` is refused from the version on that removed it."""
    simulator.state.refuses_removed = True
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await simulator.charge()
    assert caught.value.code == "payment_method_types_no_longer_supported"
    plain = {"amount": 100, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    older = simulator.client(stripe_version="2026-08-26.dahlia").v1.payment_intents
    assert (await older.create_async(plain | {"payment_method_types": ["card"]})).status == "succeeded"
