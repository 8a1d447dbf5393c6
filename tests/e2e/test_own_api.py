"""A connector of `kind: api`: `http` steps, its own code for what is wrong, and the proof of test mode before anything is written."""

import json
import pathlib
from collections.abc import Callable, Iterator

import pytest
import yaml

from tests.e2e.processes import paypath
from tests.e2e.test_connectors import run, tls_of, write
from tests.servers.material import Material
from tests.servers.process import Server
from tests.support.billing_api import BillingApi, billing_api

CHARGE = {
    "name": "own-charge",
    "summary": "The canary is charged through our own billing API.",
    "every": "5m",
    "deadline": "15s",
    "steps": [
        {
            "name": "charge",
            "http": {
                "method": "POST",
                "path": "/charges",
                "headers": {"content-type": "application/json"},
                "body": '{"tenant": "${canary.tenant}", "amount": 100, "reference": "${run.id}"}',
            },
            "expect": {"status": 201, "payment.state": "paid"},
            "save": {"charge": "payment.id"},
        },
        {"name": "look", "http": {"path": "/charges/1"}, "expect": {"payment.state": "paid"}},
    ],
}
PAID = {"payment": {"id": "ch_1", "state": "paid", "test": True}}
FAULT = {"fault": {"number": "5023", "text": "Billing connector timeout"}}
CANARY = {"tenant": "canary-7", "proof": {"payment.test": True}}


@pytest.fixture
def api(pki: Material) -> Iterator[BillingApi]:
    """One that works, and takes any certificate of the test clients' CA."""
    with billing_api(tls_of(pki)) as running:
        running.answers |= {"POST /charges": (201, PAID), "GET /charges/1": (200, PAID)}
        yield running


def configure(
    directory: pathlib.Path,
    pki: Material,
    api: BillingApi,
    *,
    canary: object = CANARY,
    scenario: dict[str, object] = CHARGE,
    client: str = "good",
    **more: object,
) -> str:
    """A path of `kind: api` with one scenario."""
    (directory / "scenarios").mkdir(exist_ok=True)
    (directory / "scenarios" / "own-charge.yaml").write_text(yaml.safe_dump(scenario, sort_keys=False))
    connector: dict[str, object] = {
        "kind": "api",
        "url": f"https://localhost:{api.port}",
        "trust": str(pki.trust),
        "identity": "billing",
        "error_code": "fault.number",
    }
    connector |= {"canary": canary} if canary else {}
    more |= {"scenarios": {"directory": str(directory / "scenarios")}}
    return write(directory, pki, connector, client=client, **more)


def test_a_charge_of_the_canary(pki: Material, api: BillingApi, tmp_path: pathlib.Path) -> None:
    """The request's template is filled in, the answer's places are looked at, and the mode is proven."""
    file = configure(tmp_path, pki, api)
    assert paypath("validate", "--config", file).status == 0
    result = run("check", "own-charge", "--config", file)
    assert result["outcome"] == "passed", result["failure"]
    assert '"tenant": "canary-7"' in api.written[0]
    assert str(result["run_id"]) in api.written[0]


def _body(text: str, **more: object) -> dict[str, object]:
    """The charge with another body."""
    step: dict[str, object] = CHARGE["steps"][0]  # type: ignore[index]  # a list
    http = {**step["http"], "body": text, **more}  # type: ignore[dict-item]  # a map
    return {**CHARGE, "steps": [{**step, "http": http}]}


@pytest.mark.parametrize(
    ("field", "scenario", "said"),
    [
        (None, _body('{"account": "real", "note": "${canary.tenant}"}'), "does not name its canary tenant at `tenant`"),
        (
            None,
            _body('{"tenant": {"id": "real"}, "note": "${canary.tenant}"}'),
            "writes for the tenant `real` at `tenant.id`",
        ),
        (
            None,
            _body("<tenant>real</tenant>", headers={"X-Tenant": "${canary.tenant}"}),
            "writes for the tenant `real`",
        ),
        (
            None,
            _body("{}", path="/v1/tenants/real/charges?x=${canary.tenant}"),
            "writes for the tenant `real` at `path:tenants`",
        ),
        (
            None,
            _body('{"tenant": "${canary.tenant}", "tenant_ref": "real"}'),
            "writes for the tenant `real` at `tenant_ref`",
        ),
        (
            "header:X-Org",
            _body("{}", headers={"X-Org": "real", "X-Note": "${canary.tenant}"}),
            "writes for the tenant `real` at `header:X-Org`",
        ),
        ("header:X-Org", CHARGE, "does not name its canary tenant at `header:X-Org`"),
        ("header:X-Org", _body("{}", headers={"X-Org": "${canary.tenant}"}), None),
        ("buyer.account", _body('{"buyer": {"account": "${canary.tenant}"}}'), None),
        (
            None,
            _body("{}", path="/v1/tenants/${canary.tenant}/../real/charges"),
            "`/..` in the request's path may lead past the canary tenant; write the path plainly",
        ),
        (
            "path:orgs",
            _body("{}", path="/v1/orgs/${canary.tenant}/%252e%252e/real/charges"),
            "`%2e` in the request's path may lead past the canary tenant",
        ),
        ("header:", CHARGE, "is not a place in a request; write it as `payment.tenant`"),
    ],
)
def test_the_canary_stands_at_its_field_and_nobody_else_anywhere(
    field: str | None,
    scenario: dict[str, object],
    said: str | None,
    pki: Material,
    api: BillingApi,
    tmp_path: pathlib.Path,
) -> None:
    """`validate` says where somebody else stands, or where the canary is missing; nothing was sent."""
    canary = CANARY if field is None else {**CANARY, "field": field}
    done = paypath("validate", "--config", configure(tmp_path, pki, api, canary=canary, scenario=scenario))
    assert done.status == (0 if said is None else 2), done
    assert said is None or said in done.err
    assert api.asked == []


def test_what_templates_put_together_is_looked_at_before_it_is_sent(
    pki: Material, api: BillingApi, tmp_path: pathlib.Path
) -> None:
    """An id that an answer brought leads to another tenant: no check of the file can see it, and nothing is sent."""
    api.answers["GET /charges/1"] = (200, {"payment": {"id": "x?tenant=real", "state": "paid", "test": True}})
    look = {**CHARGE["steps"][1], "save": {"charge": "payment.id"}}  # type: ignore[index,dict-item]  # a list of maps
    write_there = {"name": "refund", "http": {"method": "POST", "path": "/charges/${saved.charge}"}}
    write_there["http"] |= {"headers": {"X-Tenant": "${canary.tenant}"}}  # type: ignore[operator]  # a map
    scenario = {**CHARGE, "steps": [look, write_there]}
    result = run("check", "own-charge", "--config", configure(tmp_path, pki, api, scenario=scenario))
    assert (result["outcome"], result["failure"]["reason"]) == ("unknown", "prober.unsafe_scenario")
    assert "names another tenant than the canary at `query:tenant`" in result["failure"]["summary"]
    assert api.written == []


def test_a_path_that_an_answer_bends_is_not_sent(pki: Material, api: BillingApi, tmp_path: pathlib.Path) -> None:
    """The id is two dots: the request would leave the canary's part of the API."""
    api.answers["GET /charges/1"] = (200, {"payment": {"id": "..", "state": "paid", "test": True}})
    look = {**CHARGE["steps"][1], "save": {"charge": "payment.id"}}  # type: ignore[index,dict-item]  # a list of maps
    away = {"name": "away", "http": {"method": "POST", "path": "/tenants/${canary.tenant}/${saved.charge}/real"}}
    result = run(
        "check", "own-charge", "--config", configure(tmp_path, pki, api, scenario={**CHARGE, "steps": [look, away]})
    )
    assert (result["outcome"], result["failure"]["reason"]) == ("unknown", "prober.unsafe_scenario")
    assert "what may lead past the canary tenant by `/..` in its path" in result["failure"]["summary"]
    assert api.written == []


def test_without_proof_of_test_mode_the_path_is_latched(pki: Material, api: BillingApi, tmp_path: pathlib.Path) -> None:
    """The field is missing: the run fails, and nothing is sent there any more until somebody unlocks it."""
    api.answers["POST /charges"] = (201, {"payment": {"id": "ch_1", "state": "paid"}})
    file = configure(tmp_path, pki, api)
    failure = run("check", "own-charge", "--config", file)["failure"]
    assert (failure["reason"], failure["code"], failure["severity"]) == ("charge.live_mode", 5026, "page")
    assert "`payment.test` is" in failure["summary"]
    asked = len(api.asked)
    failure = run("check", "own-charge", "--config", file)["failure"]
    assert (failure["reason"], len(api.asked)) == ("charge.live_mode", asked)
    assert paypath("unlock", "billing", "--reason", "looked at it", "--config", file).status == 0
    api.answers["POST /charges"] = (201, PAID)
    assert run("check", "own-charge", "--config", file)["outcome"] == "passed"


def test_the_proof_is_asked_for_before_anything_is_written(
    pki: Material, api: BillingApi, tmp_path: pathlib.Path
) -> None:
    """With a `proof_path` nothing is written where it does not say what it must."""
    api.answers["GET /mode"] = (200, {"payment": {"test": False}})
    file = configure(tmp_path, pki, api, canary={**CANARY, "proof_path": "/mode"})
    result = run("check", "own-charge", "--config", file)
    assert result["failure"]["reason"] == "charge.live_mode"
    assert (api.written, [step["step"] for step in result["steps"]][:1]) == ([], ["test-mode"])
    paypath("unlock", "billing", "--reason", "looked at it", "--config", file)
    api.answers["GET /mode"] = (200, {"payment": {"test": True}})
    assert run("check", "own-charge", "--config", file)["outcome"] == "passed"


def test_nothing_is_written_without_a_canary(pki: Material, api: BillingApi, tmp_path: pathlib.Path) -> None:
    """Neither on a path that names none, nor by a step that names another tenant: each is a mistake, before anything is sent."""
    named = yaml.safe_load(yaml.safe_dump(CHARGE).replace("${canary.tenant}", "acme"))
    for verb in (("validate",), ("check",)):
        said = paypath(*verb, "--config", configure(tmp_path, pki, api, canary=None, scenario=named))
        assert said.status == 2
        assert "writes to this API, and nothing says that it may; add `canary:" in said.err
        said = paypath(*verb, "--config", configure(tmp_path, pki, api, scenario=named))
        assert said.status == 2
        assert "writes for the tenant `acme` at `tenant`, and not for the canary" in said.err
        beside = yaml.safe_load(
            yaml.safe_dump(CHARGE).replace(
                '{"tenant": "${canary.tenant}"', '{"tenant": "acme", "note": "${canary.tenant}"'
            )
        )
        said = paypath(*verb, "--config", configure(tmp_path, pki, api, scenario=beside))
        assert said.status == 2
        assert "writes for the tenant `acme`" in said.err
    assert api.asked == []


REFUNDED = {
    **CHARGE,
    "steps": [CHARGE["steps"][0]],  # type: ignore[index]  # a list
    "cleanup": [
        {
            "name": "refund",
            "when": "saved.charge",
            "http": {
                "method": "POST",
                "path": "/charges/${saved.charge}/refund",
                "headers": {"content-type": "application/json"},
                "body": '{"tenant": "${canary.tenant}"}',
            },
        }
    ],
}
"""Charge and refund, as the documentation has it."""
LATE = yaml.safe_load(yaml.safe_dump(REFUNDED).replace("status: 201", "within: 1ms"))


@pytest.mark.parametrize(
    ("answer", "scenario"),
    [
        ((201, PAID), REFUNDED),
        ((201, {"payment": {**PAID["payment"], "state": "pending"}}), REFUNDED),
        ((200, PAID), REFUNDED),
        ((202, PAID), REFUNDED),
        ((201, PAID), LATE),
    ],
    ids=["as expected", "another state", "200 for 201", "202 for 201", "too late"],
)
def test_what_was_charged_is_refunded_whatever_else_is_wrong(
    answer: tuple[int, object], scenario: dict[str, object], pki: Material, api: BillingApi, tmp_path: pathlib.Path
) -> None:
    """Any 2xx that holds the id has made a charge: the cleanup gives it back, and nothing is left to warn of."""
    api.answers |= {"POST /charges": answer, "POST /charges/ch_1/refund": (200, PAID)}
    result = run("check", "own-charge", "--config", configure(tmp_path, pki, api, scenario=scenario))
    as_expected = (answer, scenario) == ((201, PAID), REFUNDED)
    assert (result["outcome"] == "passed") is as_expected
    assert [step["outcome"] for step in result["steps"] if step["step"] == "refund"] == ["passed"]
    assert [path for method, path, _ in api.asked if method == "POST"] == ["/charges", "/charges/ch_1/refund"]
    assert "charge.refund_failed" not in {warning["reason"] for warning in result["warnings"]}


@pytest.mark.parametrize(
    ("answer", "refund", "said"),
    [
        ((0, None), (200, PAID), "POST /charges of step charge (no answer was heard"),
        ((504, FAULT), (200, PAID), "POST /charges of step charge (HTTP 504"),
        ((201, {"payment": {"state": "paid", "test": True}}), (200, PAID), "POST /charges of step charge (HTTP 201"),
        ((201, PAID), (500, FAULT), "cleanup step refund did not take it back"),
        ((402, FAULT), (200, PAID), None),
    ],
    ids=["no answer", "a gateway's timeout", "no id", "the refund fails", "refused"],
)
def test_what_may_be_left_there_is_said(
    answer: tuple[int, object],
    refund: tuple[int, object],
    said: str | None,
    pki: Material,
    api: BillingApi,
    tmp_path: pathlib.Path,
) -> None:
    """Nothing can ask such an API again, so a person has to look: which request, of which run. What was refused has made nothing."""
    api.answers |= {"POST /charges": answer, "POST /charges/ch_1/refund": refund}
    result = run("check", "own-charge", "--config", configure(tmp_path, pki, api, scenario=REFUNDED))
    told = [warning["summary"] for warning in result["warnings"] if warning["reason"] == "charge.refund_failed"]
    assert result["outcome"] == "failed"
    if said is None:
        assert told == []
    else:
        (summary,) = told
        assert said in summary
        assert f"what run {result['run_id']} of " in summary


LOOKED_AT = {**REFUNDED, "cleanup": [{"name": "look", "when": "saved.charge", "http": {"path": "/charges/1"}}]}


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        (_body('{"tenant": "${canary.tenant}"}'), "POST /charges of step charge (HTTP 201)"),
        (LOOKED_AT, "POST /charges of step charge (HTTP 201)"),
        (
            {
                **REFUNDED,
                "steps": [
                    *REFUNDED["steps"],
                    {**_body('{"tenant": "${canary.tenant}"}')["steps"][0], "name": "second", "save": {}},
                ],
            },  # type: ignore[misc,index]  # lists
            "POST /charges of step second (HTTP 201)",
        ),
    ],
    ids=["no cleanup", "a cleanup that only reads", "a second charge whose id is not saved"],
)
def test_what_nothing_takes_back_is_said_of_a_run_that_passes(
    scenario: dict[str, object], said: str, pki: Material, api: BillingApi, tmp_path: pathlib.Path
) -> None:
    """Every answer is good, and something stays there all the same."""
    api.answers["POST /charges/ch_1/refund"] = (200, PAID)
    result = run("check", "own-charge", "--config", configure(tmp_path, pki, api, scenario=scenario))
    (told,) = [warning["summary"] for warning in result["warnings"] if warning["reason"] == "charge.refund_failed"]
    assert result["outcome"] == "passed", result["failure"]
    assert f"Not known to be given back: {said}. " in told


def test_an_error_has_made_nothing_to_prove(pki: Material, api: BillingApi, tmp_path: pathlib.Path) -> None:
    """Its own code is told beside our reason; the path is not latched, and the handshake says that it passes."""
    api.answers["POST /charges"] = (503, FAULT)
    failure = run("check", "own-charge", "--config", configure(tmp_path, pki, api))["failure"]
    assert failure["reason"] == "connector.unexpected_answer"
    assert failure["evidence"]["observed_code"] == 5023
    assert "The connector says 5023; a handshake on the same path right after it passes." in failure["summary"]
    api.answers["POST /charges"] = (201, PAID)
    assert run("check", "own-charge", "--config", configure(tmp_path, pki, api))["outcome"] == "passed"


@pytest.mark.server("openssl")
def test_its_5023_is_explained_by_what_stands_behind_it(
    pki: Material, api: BillingApi, start_s_server: Callable[..., Server], tmp_path: pathlib.Path
) -> None:
    """The connector says 5023, and the handshake shows why: its own certificate towards the next hop has expired."""
    behind = start_s_server(tls="1.3")
    api.answers["POST /charges"] = (503, FAULT)
    expired = pki.clients["expired"]
    upstream = {"url": f"https://localhost:{behind.port}", "trust": str(pki.trust), "identity": "own"}
    more = {"upstream": upstream, "identities": {"own": (expired.certificate, expired.private_key)}}
    failure = run("check", "own-charge", "--config", configure(tmp_path, pki, api, **more))["failure"]
    assert (failure["reason"], failure["code"], failure["hop"]) == ("tls.client_cert.expired", 5023, "connector-stripe")
    assert failure["evidence"]["observed_code"] == 5023
    assert failure["summary"].startswith("The connector says 5023; the handshake shows why. Behind the connector: ")
    assert failure["certificate"]["subject"] == "CN=expired client"


@pytest.mark.server("nginx")
def test_its_5023_is_explained_by_our_own_certificate(
    pki: Material, api: BillingApi, start_nginx: Callable[..., Server], tmp_path: pathlib.Path
) -> None:
    """It finishes the handshake and answers with a code alone; our file shows that our certificate has expired."""
    server = start_nginx(refuses=json.dumps(FAULT))
    api.port = server.port
    failure = run("check", "own-charge", "--config", configure(tmp_path, pki, api, client="expired"))["failure"]
    assert (failure["reason"], failure["code"], failure["hop"]) == ("tls.client_cert.expired", 5023, "probe-connector")
    assert (failure["blame"], failure["confidence"]) == ("ours", "inferred")
    assert failure["evidence"]["observed_code"] == 5023
    assert failure["summary"].startswith("The connector says 5023; the handshake shows why. Our certificate CN=expired")
