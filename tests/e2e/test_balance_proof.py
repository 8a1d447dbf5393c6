"""A connector that brings its own key: only a balance in test mode lets anything be written through it."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.e2e.processes import paypath
from tests.e2e.test_connectors import run, tls_of, write
from tests.servers.material import Material
from tests.support.billing_api import BillingApi, billing_api


@pytest.fixture
def stripe(pki: Material) -> Iterator[BillingApi]:
    """A connector whose answers are told here, and nobody's Stripe behind it."""
    with billing_api(tls_of(pki)) as running:
        yield running


@pytest.mark.parametrize(
    "answer",
    [
        {"object": "list", "data": []},
        {"object": "account", "id": "acct_1"},
        {"object": "charge", "id": "ch_1", "livemode": False},
        {"object": "balance", "available": []},
        {"object": "balance", "livemode": "false"},
    ],
)
def test_nothing_is_written_without_a_balance_that_says_test_mode(
    answer: dict[str, object], pki: Material, stripe: BillingApi, tmp_path: pathlib.Path
) -> None:
    """The run fails on the question, says what came instead, and latches nothing: nobody said live mode."""
    stripe.answers["GET /v1/balance"] = (200, answer)
    connector = {"url": f"https://localhost:{stripe.port}", "trust": str(pki.trust), "identity": "billing"}
    file = write(tmp_path, pki, connector, stripe={"key_from": "connector"})
    result = run("check", "card-charge", "--config", file)
    outcomes = {step["step"]: step["outcome"] for step in result["steps"]}
    assert (result["outcome"], result["failure"]["reason"]) == ("failed", "charge.unexpected")
    assert "the answer is no balance that says `livemode: false`" in result["failure"]["summary"]
    assert outcomes["test-mode"] == "failed"
    assert stripe.written == []
    asked = len(stripe.asked)
    assert paypath("check", "card-charge", "--config", file).status == 1
    assert len(stripe.asked) == 2 * asked, "the path was latched"


@pytest.mark.parametrize("header", ["Livemode: true", "X-Stripe: livemode=true"])
def test_a_header_that_says_live_mode_latches_a_path_of_stripe_steps(
    header: str, pki: Material, stripe: BillingApi, tmp_path: pathlib.Path
) -> None:
    """A good balance, and a header that contradicts it: nothing is sent any more."""
    name, _, value = header.partition(": ")
    stripe.headers = {name: value}
    stripe.answers["GET /v1/balance"] = (200, {"object": "balance", "livemode": False})
    connector = {"url": f"https://localhost:{stripe.port}", "trust": str(pki.trust), "identity": "billing"}
    file = write(tmp_path, pki, connector, stripe={"key_from": "connector"})
    assert run("check", "card-charge", "--config", file)["failure"]["reason"] == "charge.live_mode"
    asked = len(stripe.asked)
    failure = run("check", "card-charge", "--config", file)["failure"]
    assert (failure["reason"], len(stripe.asked), stripe.written) == ("charge.live_mode", asked, [])
