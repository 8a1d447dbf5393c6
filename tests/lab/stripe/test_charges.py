"""Charges, read and described afterwards."""

import pytest
import stripe

from tests.lab.stripe.running import Simulator


async def test_updated(simulator: Simulator) -> None:
    """Description and metadata of a charge can be changed, money cannot."""
    intent = await simulator.charge(metadata={"a": "1"})
    charges = simulator.v1.charges
    changed = await charges.update_async(intent.latest_charge, {"description": "canary", "metadata": {"b": "2"}})
    assert (changed.description, changed.metadata.to_dict()) == ("canary", {"a": "1", "b": "2"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await charges.update_async(intent.latest_charge, {"amount": 5})
    assert caught.value.code == "parameter_unknown"


async def test_not_made_directly(simulator: Simulator) -> None:
    """The old way of charging is not there: the address of a list takes no POST."""
    status, body, _ = await simulator.ask("POST", "/v1/charges", form="amount=100&currency=usd&source=tok_visa")
    assert status == 404
    assert body["error"]["message"].startswith("Unrecognized request URL")
