"""Keys by prefix, restricted keys by permission, the account by header."""

import base64

import pytest
import stripe

from tests.lab.stripe.running import KEY, Simulator


@pytest.mark.parametrize("key", [KEY, "rk_test_51abc"])
async def test_accepted(simulator: Simulator, key: str) -> None:
    """Secret and restricted test-mode keys are let in."""
    assert (await simulator.client(key).v1.balance.retrieve_async()).livemode is False


@pytest.mark.parametrize(
    ("key", "code", "text"),
    [
        ("sk_live_51abcdefghijkl", None, "Invalid API Key provided: sk_live_*"),
        ("rk_live_51abcdefghijkl", None, "Invalid API Key provided: rk_live_*"),
        ("garbage", None, "Invalid API Key provided: *"),
        ("sk_test_expired_key", "api_key_expired", "Expired API Key provided: sk_test_*"),
        ("pk_test_51abc", "secret_key_required", "publishable API key"),
    ],
)
async def test_refused(simulator: Simulator, key: str, code: str | None, text: str) -> None:
    """Every other key is a 401 that does not repeat it."""
    with pytest.raises(stripe.AuthenticationError) as caught:
        await simulator.client(key).v1.balance.retrieve_async()
    error = caught.value.json_body["error"]
    assert (caught.value.http_status, error.get("code")) == (401, code)
    assert text in error["message"]
    assert key not in error["message"]
    assert caught.value.request_id.startswith("req_")


@pytest.mark.parametrize("header", ["", "Bearer ", "Basic !!", "Token abc"])
async def test_missing(simulator: Simulator, header: str) -> None:
    """Without a key the 401 says how to send one."""
    status, body, headers = await simulator.ask("GET", "/v1/balance", headers={"Authorization": header})
    assert status == 401
    assert "You did not provide an API key" in body["error"]["message"]
    assert headers["WWW-Authenticate"].startswith("Basic")


async def test_basic(simulator: Simulator) -> None:
    """The key may be the user name of Basic authentication."""
    header = "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()
    assert (await simulator.ask("GET", "/v1/balance", headers={"Authorization": header}))[0] == 200


async def test_permissions(simulator: Simulator) -> None:
    """A restricted key may do what it was given, writing includes reading, and the 403 names what is missing."""
    key = "rk_test_restricted"
    simulator.state.restricted[key] = frozenset({"rak_payment_intent_write"})
    v1 = simulator.client(key).v1
    intent = await v1.payment_intents.create_async({"amount": 100, "currency": "usd"})
    await v1.payment_intents.retrieve_async(intent.id)
    with pytest.raises(stripe.PermissionError, match="'rak_charge_write' permission would allow") as caught:
        await v1.refunds.create_async({"payment_intent": intent.id})
    assert caught.value.http_status == 403
    with pytest.raises(stripe.PermissionError, match="rak_balance_read"):
        await v1.balance.retrieve_async()


async def test_account(simulator: Simulator) -> None:
    """The account is read by its own id; any other one is a 403."""
    account = await simulator.v1.accounts.retrieve_current_async()
    assert account.id == simulator.state.account
    assert (await simulator.v1.accounts.retrieve_async(account.id)).id == account.id
    with pytest.raises(stripe.PermissionError):
        await simulator.v1.accounts.retrieve_async("acct_other")
    with pytest.raises(stripe.PermissionError) as caught:
        await simulator.v1.balance.retrieve_async(options={"stripe_account": "acct_other"})
    assert caught.value.json_body["error"]["code"] == "account_invalid"
