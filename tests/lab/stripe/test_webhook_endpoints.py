"""Webhook endpoints: made, changed, listed, deleted."""

import pytest
import stripe

from tests.lab.stripe.running import Simulator

URL = "http://127.0.0.1:9/hook"


async def test_life(simulator: Simulator) -> None:
    """The secret is shown once; a disabled endpoint is sent nothing; a deleted one is gone."""
    endpoints = simulator.v1.webhook_endpoints
    made = await endpoints.create_async({"url": URL, "enabled_events": ["*"], "description": "lab"})
    assert made.secret.startswith("whsec_")
    assert "secret" not in (await endpoints.retrieve_async(made.id)).to_dict()
    disabled = await endpoints.update_async(made.id, {"disabled": True, "metadata": {"a": "1"}})
    assert (disabled.status, disabled.metadata["a"]) == ("disabled", "1")
    await simulator.v1.customers.create_async({})
    assert (await simulator.v1.events.list_async()).data[0].pending_webhooks == 0
    assert [one.id for one in (await endpoints.list_async()).data] == [made.id]
    assert (await endpoints.delete_async(made.id)).deleted is True
    with pytest.raises(stripe.InvalidRequestError, match="No such webhook endpoint"):
        await endpoints.retrieve_async(made.id)


async def test_refused(simulator: Simulator) -> None:
    """An address that is none, and a seventeenth endpoint, are 400s."""
    endpoints = simulator.v1.webhook_endpoints
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await endpoints.create_async({"url": "ftp://x", "enabled_events": ["*"]})
    assert caught.value.code == "url_invalid"
    for _ in range(16):
        await endpoints.create_async({"url": URL, "enabled_events": ["charge.failed"]})
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16"):
        await endpoints.create_async({"url": URL, "enabled_events": ["charge.failed"]})
