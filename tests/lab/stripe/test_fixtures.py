"""Answers are complete: they have every field of Stripe's published samples."""

from typing import Any

import pytest

from probe.lab.stripe.fixtures import template
from tests.lab.stripe.running import Simulator


def missing(sample: Any, answer: Any, path: str = "") -> list[str]:  # noqa: ANN401 - any JSON value
    """The fields of the sample that the answer lacks, at any depth where both have a hash."""
    if not (isinstance(sample, dict) and isinstance(answer, dict)):
        return []
    lacking = [f"{path}{name}" for name in sample if name not in answer]
    return lacking + [m for n in sample if n in answer for m in missing(sample[n], answer[n], f"{path}{n}.")]


async def answers(simulator: Simulator) -> dict[str, dict[str, Any]]:
    """One answer of each kind, as it comes over the wire."""
    v1 = simulator.v1
    customer = await v1.customers.create_async({})
    intent = await simulator.charge(customer=customer.id, payment_method="pm_card_createDisputeInquiry")
    await v1.refunds.create_async({"payment_intent": intent.id})
    number = {"number": "4242424242424242", "exp_month": 8, "exp_year": 2031, "cvc": "123"}
    token = await v1.tokens.create_async({"card": number})
    setup = await v1.setup_intents.create_async(
        {
            "payment_method": "pm_card_visa",
            "confirm": True,
            "payment_method_types": ["card"],
            "expand": ["latest_attempt"],
        }
    )
    doomed = await v1.customers.create_async({})
    gone = await v1.customers.delete_async(doomed.id)
    endpoint = await v1.webhook_endpoints.create_async(
        {"url": "http://127.0.0.1:9/", "enabled_events": ["charge.failed"]}
    )
    unhooked = await v1.webhook_endpoints.delete_async(endpoint.id)
    found = {
        "payment_intent": intent,
        "charge": await v1.charges.retrieve_async(intent.latest_charge),
        "refund": (await v1.refunds.list_async()).data[0],
        "dispute": (await v1.disputes.list_async()).data[0],
        "customer": customer,
        "payment_method": await v1.payment_methods.retrieve_async(intent.payment_method),
        "setup_intent": setup,
        "setup_attempt": setup.latest_attempt,
        "token": token,
        "event": (await v1.events.list_async()).data[0],
        "balance": await v1.balance.retrieve_async(),
        "balance_transaction": (await v1.balance_transactions.list_async()).data[0],
        "account": await v1.accounts.retrieve_current_async(),
        "webhook_endpoint": endpoint,
        "deleted_customer": gone,
        "deleted_webhook_endpoint": unhooked,
    }
    return {kind: answer.to_dict() for kind, answer in found.items()}


async def test_complete(simulator: Simulator) -> None:
    """No field of the sample is missing, and none is made up beside the documented few."""
    beyond = {
        "webhook_endpoint": {"secret"},
        "refund": {"failure_reason", "failure_balance_transaction"},
    }
    for kind, answer in (await answers(simulator)).items():
        sample = template(kind)
        assert missing(sample, answer) == [], kind
        assert set(answer) - set(sample) <= beyond.get(kind, set()), kind
        assert answer["object"] == kind.removeprefix("deleted_")
        assert answer.get("livemode", False) is False
        assert ("livemode" in answer) == ("livemode" in sample)


@pytest.mark.parametrize(("kind", "fields"), [("payment_intent", 40), ("charge", 43), ("refund", 15)])
def test_samples_are_whole(kind: str, fields: int) -> None:
    """Trimming a sample took values away, never fields."""
    assert len(template(kind)) == fields


def test_templates_are_fresh() -> None:
    """Changing one answer changes no other."""
    template("charge")["refunds"]["data"].append({})
    assert template("charge")["refunds"]["data"] == []
