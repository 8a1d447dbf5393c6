"""Setup intents: a card prepared for later."""

import pytest
import stripe

from probe.lab.stripe.faults import DECLINED
from probe.lab.stripe.setup_intents import authenticate
from tests.lab.stripe.running import CARD, Simulator


async def test_prepared_and_charged(simulator: Simulator) -> None:
    """A card set up with a challenge is charged off session without one."""
    customer = await simulator.v1.customers.create_async({})
    setup = await simulator.v1.setup_intents.create_async(
        {"customer": customer.id, "payment_method": "pm_card_authenticationRequiredOnSetup", "confirm": True, **CARD}
    )
    assert (setup.status, setup.next_action.type) == ("requires_action", "use_stripe_sdk")
    authenticate(simulator.state, simulator.faults, setup.id)
    done = await simulator.v1.setup_intents.retrieve_async(setup.id, {"expand": ["latest_attempt"]})
    assert (done.status, done.latest_attempt.status) == ("succeeded", "succeeded")
    intent = await simulator.charge(payment_method=done.payment_method, customer=customer.id, off_session=True)
    assert intent.status == "succeeded"
    with pytest.raises(ValueError, match="no challenge"):
        authenticate(simulator.state, simulator.faults, setup.id)


async def test_step_by_step(simulator: Simulator) -> None:
    """Created, updated, confirmed; afterwards it can be neither canceled nor confirmed."""
    setups = simulator.v1.setup_intents
    setup = await setups.create_async({"usage": "on_session", **CARD})
    assert setup.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        await setups.confirm_async(setup.id)
    updated = await setups.update_async(setup.id, {"payment_method": "pm_card_visa", "metadata": {"a": "1"}})
    assert (updated.status, updated.metadata["a"]) == ("requires_confirmation", "1")
    assert (await setups.confirm_async(setup.id)).status == "succeeded"
    for again in (setups.confirm_async, setups.cancel_async):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            await again(setup.id)
        assert caught.value.code == "setup_intent_unexpected_state"
        assert caught.value.error.setup_intent.id == setup.id
    assert [one.id for one in (await setups.list_async()).data] == [setup.id]


async def test_canceled(simulator: Simulator) -> None:
    """A canceled one says why."""
    setup = await simulator.v1.setup_intents.create_async({})
    canceled = await simulator.v1.setup_intents.cancel_async(setup.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")


async def test_declined(simulator: Simulator) -> None:
    """A card that cannot be attached cannot be set up; one that fails only when charged can."""
    plain = {"confirm": True, **CARD}
    with pytest.raises(stripe.CardError) as caught:
        await simulator.v1.setup_intents.create_async({**plain, "payment_method": "pm_card_chargeDeclined"})
    setup = caught.value.error.setup_intent
    assert (setup.status, setup.last_setup_error.code) == ("requires_payment_method", "card_declined")
    fine = await simulator.v1.setup_intents.create_async({**plain, "payment_method": "pm_card_chargeCustomerFail"})
    assert fine.status == "succeeded"
    simulator.faults.active.add(DECLINED)
    with pytest.raises(stripe.CardError):
        await simulator.v1.setup_intents.create_async({**plain, "payment_method": "pm_card_visa"})


async def test_return_url_needed(simulator: Simulator) -> None:
    """As for payment intents, redirects need somewhere to return to."""
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        await simulator.v1.setup_intents.create_async({"confirm": True, "payment_method": "pm_card_visa"})
