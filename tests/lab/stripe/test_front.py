"""What every answer has in common, and requests that reach no method."""

import pytest
import stripe

from probe.lab.stripe.state import API_VERSION
from tests.lab.stripe.running import Simulator


async def test_headers(simulator: Simulator) -> None:
    """Every answer has a request id and the version asked for, also a refused one."""
    balance = await simulator.client(stripe_version="2025-09-30.clover").v1.balance.retrieve_async()
    assert balance.last_response.headers["Stripe-Version"] == "2025-09-30.clover"
    assert balance.last_response.request_id.startswith("req_")
    _, body, headers = await simulator.ask("GET", "/v1/customers/cus_none")
    assert (headers["Stripe-Version"], headers["Content-Type"]) == (API_VERSION, "application/json")
    assert headers["Request-Id"] in body["error"]["request_log_url"]
    assert body["error"]["doc_url"] == "https://stripe.com/docs/error-codes/resource-missing"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/nothing"), ("DELETE", "/v1/payment_intents/pi_1"), ("GET", "/"), ("PUT", "/v1/balance")],
)
async def test_unknown_url(simulator: Simulator, method: str, path: str) -> None:
    """An address or method that the API does not have is a 404 of its own kind, with or without a key."""
    status, body, _ = await simulator.ask(method, path, headers={"Authorization": ""})
    assert status == 404
    assert body["error"]["type"] == "invalid_request_error"
    assert body["error"]["message"].startswith(f"Unrecognized request URL ({method}: {path})")


@pytest.mark.parametrize(
    ("form", "headers", "text"),
    [
        ("{}", {"Content-Type": "application/json"}, "check that your POST content type"),
        ("name=%ff", {}, "the form cannot be read"),
        ("name=é", {}, "not percent-encoded"),
        ("&".join(f"a[{i}]=1" for i in range(1001)), {}, "the form cannot be read"),
        ("name[=1", {}, "write it as name"),
    ],
)
async def test_unreadable_form(simulator: Simulator, form: str, headers: dict[str, str], text: str) -> None:
    """A body that is no form is a 400 that says why."""
    status, body, _ = await simulator.ask("POST", "/v1/customers", form=form, headers=headers)
    assert status == 400
    assert text in body["error"]["message"]


async def test_parameter_of_a_get(simulator: Simulator) -> None:
    """The query of a GET is checked as the form of a POST is."""
    status, body, _ = await simulator.ask("GET", "/v1/balance", query="?a[b]=1")
    assert (status, body["error"]["code"], body["error"]["param"]) == (400, "parameter_unknown", "a")


async def test_wrong_version(simulator: Simulator) -> None:
    """A version that is none is a 400."""
    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version: yesterday"):
        await simulator.client(stripe_version="yesterday").v1.balance.retrieve_async()
