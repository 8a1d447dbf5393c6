"""A stand-in for Stripe that others made, behind nginx with required client certificates: what passes there is not our own mirror."""

import json
import pathlib
import urllib.request
from typing import Any

import pytest
import yaml

from probe.scenario.library import shipped_directory
from tests.conftest import StartServer
from tests.e2e.configuration import connector, write
from tests.e2e.processes import PATIENCE_S, Finished, paypath
from tests.servers import localstripe
from tests.servers.material import Material
from tests.servers.process import Server

pytestmark = pytest.mark.server("localstripe", "nginx")

KEY = "sk_test_localstripe"


def check(
    directory: pathlib.Path,
    server: Server,
    pki: Material,
    client: str | None,
    scenarios: pathlib.Path = localstripe.SCENARIOS,
) -> Finished:
    """`paypath check` through the connector with the client's certificate, of all in the folder: else of localstripe's own."""
    key = directory / "key"
    key.write_text(KEY, encoding="utf-8")
    pairs = {name: (pair.certificate, pair.private_key) for name, pair in pki.clients.items() if name == client}
    file = write(
        directory,
        {"billing": connector(server.port, trust=pki.trust, identity=client)},
        identities=pairs,
        stripe={"api_key_file": str(key), "requests_per_second": 25},
        scenarios={"directory": str(scenarios)},
    )
    return paypath("check", "--config", file, "--format", "json")


def one(scenario: str, directory: pathlib.Path) -> pathlib.Path:
    """A folder with this scenario alone."""
    folder = directory / "scenarios"
    folder.mkdir()
    (folder / "scenario.yaml").write_text(scenario, encoding="utf-8")
    return folder


def asked(server: Server, path: str) -> Any:  # noqa: ANN401 - any JSON
    """What localstripe itself answers, past the connector."""
    request = urllib.request.Request(f"http://{server.address}{path}", headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - loopback
        return json.load(answer)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_charge_is_made_marked_and_given_back(
    tls: str, pki: Material, localstripe_server: Server, start_nginx: StartServer, tmp_path: pathlib.Path
) -> None:
    """The scenario passes, and in localstripe's own books the charge carries our mark and is refunded in full."""
    nginx = start_nginx(tls=tls, upstream_port=localstripe_server.port)
    done = check(tmp_path, nginx, pki, "good")
    (run,) = done.json_lines()
    assert (done.status, run["outcome"], run["failure"]) == (0, "passed", None), done
    steps: Any = run["steps"]
    assert {step["step"]: step["outcome"] for step in steps} == dict.fromkeys(
        ["handshake", "test-mode", "charge", "refund"], "passed"
    )
    intents = [
        intent
        for intent in asked(localstripe_server, "/v1/payment_intents?limit=100")["data"]
        if intent["metadata"].get("paypath_run_id") == run["run_id"]
    ]
    assert [intent["metadata"]["paypath_scenario"] for intent in intents] == ["localstripe-charge"]
    (charge,) = intents[0]["charges"]["data"]
    assert (charge["livemode"], charge["amount"], charge["amount_refunded"]) == (False, 100, 100)


@pytest.mark.parametrize(
    ("client", "reason", "confidence"),
    [
        ("expired", "tls.client_cert.expired", "proven"),
        (None, "tls.client_cert.missing", "peer_http"),
    ],
)
def test_a_bad_client_certificate_is_named_and_nothing_is_charged(
    client: str | None,
    reason: str,
    confidence: str,
    pki: Material,
    localstripe_server: Server,
    localstripe_connector: Server,
    tmp_path: pathlib.Path,
) -> None:
    """Nginx answers 400 to the first request: the certificate is named before a charge is tried."""
    before = len(asked(localstripe_server, "/v1/payment_intents?limit=100")["data"])
    done = check(tmp_path, localstripe_connector, pki, client)
    (run,) = done.json_lines()
    failure: Any = run["failure"]
    assert (done.status, failure["code"], failure["reason"], failure["confidence"]) == (1, 5023, reason, confidence)
    if client:
        assert failure["certificate"]["source"] == {"kind": "file", "path": str(pki.clients[client].certificate)}
    steps: Any = run["steps"]
    assert {step["step"]: step["outcome"] for step in steps} == {
        "handshake": "failed",
        "charge": "skipped",
        "refund": "skipped",
    }
    assert len(asked(localstripe_server, "/v1/payment_intents?limit=100")["data"]) == before


CHARGE_ONLY = """\
name: charge-without-handshake
summary: The charge itself has to find out what is wrong.
every: 5m
deadline: 15s
steps:
  - name: charge
    stripe: v1.payment_intents.create
    with: {amount: 100, currency: usd, payment_method: pm_card_visa, payment_method_types: [card], confirm: true}
"""


def test_a_charge_that_fails_names_the_certificate(
    pki: Material, localstripe_connector: Server, tmp_path: pathlib.Path
) -> None:
    """Without a handshake step it is the SDK's call that nginx refuses: the expired file is named all the same."""
    done = check(tmp_path, localstripe_connector, pki, "expired", one(CHARGE_ONLY, tmp_path))
    (run,) = done.json_lines()
    failure: Any = run["failure"]
    assert (done.status, failure["code"], failure["reason"]) == (1, 5023, "tls.client_cert.expired")
    assert str(pki.clients["expired"].certificate) in failure["summary"]


SAVED_CARD = """\
name: card-of-a-customer
every: 5m
deadline: 15s
steps:
  - stripe: v1.customers.create
    save: {customer: id}
  - stripe: v1.payment_methods.attach
    with: {payment_method: pm_card_visa, customer: "${saved.customer}"}
    save: {card: id}
  - stripe: v1.payment_intents.create
    with: {amount: 100, currency: usd, customer: "${saved.customer}", payment_method: "${saved.card}", payment_method_types: [card], confirm: true}
    expect: {status: succeeded}
    save: {charge: id}
cleanup:
  - stripe: v1.refunds.create
    with: {payment_intent: "${saved.charge}"}
    when: saved.charge
  - stripe: v1.customers.delete
    with: {customer: "${saved.customer}"}
    when: saved.customer
"""


def test_a_card_that_goes_with_its_customer_is_not_taken_back_again(
    pki: Material, localstripe_connector: Server, tmp_path: pathlib.Path
) -> None:
    """Others delete a customer's cards with it as well: no further step, and no warning of what would be left."""
    done = check(tmp_path, localstripe_connector, pki, "good", one(SAVED_CARD, tmp_path))
    (run,) = done.json_lines()
    steps: Any = run["steps"]
    warnings: Any = run["warnings"]
    assert (done.status, {step["outcome"] for step in steps}) == (0, {"passed"}), done
    assert not {"undo"} & {step["step"] for step in steps}
    assert "charge.refund_failed" not in {warning["reason"] for warning in warnings}


LACKS = {"amount_received", "amount_capturable", "object"}
"""Fields of Stripe's answers that localstripe leaves out."""
SUPPORTED = {
    "card-authorize-capture",
    "card-authorize-void",
    "card-charge",
    "card-partial-refund",
    "connector-health",
    "connector-refuses-strangers",
    "event-created",
    "mtls-handshake",
    "stripe-readable",
}
WRONG_THERE = {"card-idempotent-replay": "charge.made_twice", "card-declined-generic": "charge.not_declined"}
"""localstripe carries out a repeated request a second time, and charges the card that must be declined."""


def library_for_localstripe(folder: pathlib.Path) -> pathlib.Path:
    """The shipped scenarios that need no webhooks, without what they expect of fields that localstripe does not have."""
    folder.mkdir()
    for file in shipped_directory().glob("*.yaml"):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        steps = [*content["steps"], *content.get("cleanup", ())]
        if any("webhook" in step for step in steps):
            continue
        for step in steps:
            step["expect"] = {key: value for key, value in step.get("expect", {}).items() if key not in LACKS}
            if not step["expect"]:
                del step["expect"]
        (folder / file.name).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return folder


def test_what_it_supports_of_the_library_passes(
    pki: Material, localstripe_server: Server, localstripe_connector: Server, tmp_path: pathlib.Path
) -> None:
    """What others made of Stripe's documentation agrees; and where it is known to be wrong, that is found out."""
    done = check(tmp_path, localstripe_connector, pki, "good", library_for_localstripe(tmp_path / "library"))
    runs: dict[str, Any] = {str(run["scenario"]): run for run in done.json_lines()}
    assert {name for name, run in runs.items() if run["outcome"] == "passed"} == SUPPORTED
    assert {name: run["failure"]["reason"] for name, run in runs.items() if run["outcome"] == "failed"} == WRONG_THERE
    unknown = {run["failure"]["reason"] for run in runs.values() if run["outcome"] == "unknown"}
    assert unknown == {"stripe.invalid_request_error"}, "test cards and parameters that it does not know"
    ids = {run["run_id"] for run in runs.values()}
    intents = asked(localstripe_server, "/v1/payment_intents?limit=100")["data"]
    ours = [intent for intent in intents if intent["metadata"].get("paypath_run_id") in ids]
    assert ours
    left = [
        intent["metadata"]["paypath_scenario"]
        for intent in ours
        for charge in intent["charges"]["data"]
        if charge["captured"] and charge["status"] == "succeeded" and charge["amount_refunded"] < charge["amount"]
    ]
    assert left == []
