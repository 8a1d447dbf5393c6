"""A request that writes to the company's own API is for the canary tenant, and for nobody else."""

import base64
import json

import pytest

from probe.checks.tenant import Misdirected, field_of, misdirected
from probe.model.path import OwnApi
from probe.model.scenario import HttpAction

T = "canary-7"
JSON = {"Content-Type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
XML = {"content-type": "application/xml"}


def said(
    path: str = "/",
    body: object = None,
    headers: dict[str, str] | None = None,
    field: str | None = None,
    tenant: str = T,
) -> str | None:
    """Who or what is wrong: the other tenant, `nobody` where the canary is missing; None where nothing is."""
    api = OwnApi(canary_tenant=tenant, canary_field=field, proof={"test": True})
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    wrong = misdirected(HttpAction(method="POST", path=path, body=text, headers=headers or {}), api)
    assert wrong is None or wrong.where
    return None if wrong is None else wrong.other if wrong.other is not None else "nobody"


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/", {"tenant": T, "amount": 100}, JSON),
        ("/", {"tenant": T}, {}),
        ("/", {"tenant_id": T, "tenant": T}, JSON),
        ("/", {"tenantId": T}, JSON),
        ("/", {"tenant": {"id": T, "region": "eu"}}, JSON),
        ("/", {"tenants": [T], "tenant": T}, JSON),
        ("/", f"tenant={T}&tenant[codes][name]=x", FORM),
        ("/", [{"tenant": T}], JSON),
        ("/", f'\n  {{"tenant": "{T}"}}\n', JSON),
        ("/", f"tenant={T}&amount=100", FORM),
        ("/", f"tenant_id={T}", {}),
        ("/", {"amount": 1}, JSON | {"X-Tenant": T}),
        ("/", {"amount": 1}, JSON | {"tenant-id": T}),
        (f"/charges?tenant={T}", None, {}),
        (f"/v1/tenants/{T}/charges", {"amount": 1}, JSON),
        (f"/v1/tenant/{T}", "<amount>1</amount>", XML),
        ("/", {"tenant": T, "payload": json.dumps({"tenant": T})}, JSON),
        ("/", {"tenant": T, "note": "", "list": [], "map": {}, "tenants": []}, JSON),
        ("/", "{" + f'"tenant": "{T}"' + "}", {"Cookie": "a=b"}),
        (
            f"/?tenant={T}",
            "".join(
                f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{said}\r\n'
                for name, said in (("note", "x"), ("tenant", T), ("more", "y"))
            ),
            XML,
        ),
    ],
)
def test_the_canary_at_its_usual_place(path: str, body: object, headers: dict[str, str]) -> None:
    """In the body, a query, a header, or the path."""
    assert said(path, body, headers) is None


@pytest.mark.parametrize(
    ("path", "body", "headers", "other"),
    [
        ("/", {"account": "real", "note": T}, JSON, "nobody"),
        ("/", {"note": T}, {}, "nobody"),
        ("/", {"meta": {"deep": {"tenant": T}}}, JSON, "nobody"),
        ("/", {"tenant_ref": T}, JSON, "nobody"),
        ("/", {"x_tenant": T}, JSON, "nobody"),
        ("/", {"tenants": [T]}, JSON, "nobody"),
        (f"/v1/charges/{T}", {"amount": 1}, JSON, "nobody"),
        ("/", None, {}, "nobody"),
        ("/", T, {"content-type": "text/plain"}, "nobody"),
        ("/", f"<tenant>{T}</tenant>", XML, "nobody"),
        ("/", {"tenant": T}, FORM, "nobody"),
        ("/", f"tenant={T}", JSON, "nobody"),
        ("/", "{broken", JSON, "nobody"),
        ("/", "[" * 9999, JSON, "nobody"),
        ("/", {"tenant": {"id": "real"}, "note": T}, JSON, "real"),
        ("/", {"tenant": {"id": "real"}}, JSON | {"X-Tenant": T}, "real"),
        ("/", {"tenant": {"details": {"id": "real"}}, "tenant_id": T}, JSON, "a map"),
        ("/", {"tenant": T, "x": {"y": [{"tenant": "real"}]}}, JSON, "real"),
        ("/", {"tenant": T, "tenants": [T, "real"]}, JSON, "real"),
        ("/", '{"tenant": "canary-7", "tenant": "real"}', JSON, "real"),
        ("/", '{"\\u0074enant": "real", "tenant_id": "canary-7"}', JSON, "real"),
        ("/", {"tenant": T, "payload": json.dumps({"tenantId": "real"})}, JSON, "real"),
        ("/", {"tenant": T, "real_tenant": "acme"}, JSON, "acme"),
        ("/", {"tenant": T, "tenant_ref": "acme"}, JSON, "acme"),
        ("/", {"tenant": T, "billingTenantUUID": "acme"}, JSON, "acme"),
        ("/", {"tenant": f"a-{T}"}, JSON, f"a-{T}"),
        ("/", {"tenant": f"{T}-2"}, JSON, f"{T}-2"),
        ("/", {"tenant": None, "tenant_id": T}, JSON, "None"),
        ("/", {"tenant": True, "tenant_id": T}, JSON, "True"),
        ("/", {"tenant": 7, "tenant_id": T}, JSON, "7"),
        ("/", f"tenant={T}&tenant=real", FORM, "real"),
        ("/", f"tenant={T}&charge[tenant][id]=real", FORM, "real"),
        ("/", f"tenant={T}&tenant_id=", FORM, ""),
        ("/?tenant=real", {"tenant": T}, JSON, "real"),
        ("/v1/tenants/real/charges?x=" + T, {"tenant": T}, JSON, "real"),
        ("/v1/tenants%2Freal/charges", {"tenant": T}, JSON, "real"),
        (f"/v1/x;tenant=real?tenant={T}", None, {}, "real"),
        ("/", {"tenant": T}, JSON | {"X-Tenant": "real"}, "real"),
        ("/", {"tenant": T}, JSON | {"Cookie": "a=b; tenant=real"}, "real"),
        ("/", {"tenant": T}, JSON | {"X-Context": base64.b64encode(b'{"tenant":"real"}').decode()}, "real"),
        (f"/?tenant={T}", "<b:tenant>real</b:tenant>", XML, "real"),
        (f"/?tenant={T}", '<tenant id="real"/>', XML, "real"),
        ("/", "<tenant>real</tenant>", {"X-Tenant": T}, "real"),
        (f"/?tenant={T}", '--x\r\nContent-Disposition: form-data; name="tenant"\r\n\r\nreal\r\n--x--', XML, "real"),
        (
            f"/?tenant={T}",
            '--x\r\nContent-Disposition: form-data; filename="a"; name="tenant"\r\n\r\nreal\r\n--x--',
            XML,
            "real",
        ),
    ],
)
def test_somebody_else_or_nobody(path: str, body: object, headers: dict[str, str], other: str) -> None:
    """Wherever a key is called like the field, at any depth, in whichever language; and a canary beside its field is none."""
    assert said(path, body, headers) == other


@pytest.mark.parametrize(
    ("field", "path", "body", "headers", "other"),
    [
        ("merchant.account", "/", {"merchant": {"account": T}}, JSON, None),
        ("merchant.account", "/", f"merchant[account]={T}", FORM, None),
        ("merchant.account", "/", f"merchant.account={T}", FORM, None),
        ("merchant.account", "/", {"account": T}, JSON, "nobody"),
        ("merchant.account", "/", {"merchant": {"account": T}, "account_id": "real"}, JSON, "real"),
        ("merchant.account", "/accounts/real", {"merchant": {"account": T}}, JSON, "real"),
        ("account.id", "/", {"account": {"id": T}, "card": {"id": "x"}}, JSON, None),
        ("account.id", "/", {"account": {"id": T}, "to": {"account": "real"}}, JSON, "real"),
        ("account.id", "/", {"account": {"id": T}, "to": {"account": {"id": "real"}}}, JSON, "real"),
        ("charge.account.id", "/", {"charge": {"account": {"id": T}}, "to": {"account": "real"}}, JSON, "real"),
        ("merchant_account", "/", {"merchant_account": T, "to": {"merchantAccount": "real"}}, JSON, "real"),
        ("payload.tenant", "/", {"payload": json.dumps({"tenant": T})}, JSON, None),
        ("id", "/", {"id": T, "paid": True, "name": "Jane", "code": "x"}, JSON, None),
        ("id", "/", {"id": T, "card": {"id": "x"}}, JSON, "x"),
        ("header:X-Org", "/", {"tenant": "mine"}, JSON | {"x-org": T}, None),
        ("header:X-Org", "/", {"x-org": T}, JSON | {"X-Other": T}, "nobody"),
        ("path:v1.0", f"/v1.0/{T}/charges", {"amount": 1}, JSON, None),
        ("header:X-Org", "/", {"org": T}, JSON, "nobody"),
        ("header:X-Org", "/", {"org": "real"}, JSON | {"X-Org": T}, "real"),
        ("header:X-Org", "/", {}, JSON | {"X-Org": "real"}, "real"),
        ("query:org", f"/charges?org={T}", None, {}, None),
        ("query:org", "/charges", {"org": T}, JSON, "nobody"),
        ("path:orgs", f"/v1/orgs/{T}/charges", None, {}, None),
        ("path:orgs", "/v1/orgs/real/charges", {"org": T}, JSON, "real"),
        ("path:orgs", "/v1/orgs", {"org": T}, JSON, "nobody"),
        ("org", f"/?org={T}", None, {}, "nobody"),
    ],
)
def test_the_field_of_the_configuration(
    field: str, path: str, body: object, headers: dict[str, str], other: str | None
) -> None:
    """There it must stand, in that part of the request; keys that are called like it hold nobody else in any part."""
    assert said(path, body, headers, field) == other


@pytest.mark.parametrize(
    ("path", "field", "away"),
    [
        (f"/v1/tenants/{T}/../real/charges", None, "/.."),
        (f"/v1/tenants/{T}/%2e%2e/real/charges", None, "%2e"),
        (f"/v1/orgs/{T}%2f..%2freal/charges", "path:orgs", "%2f"),
        (f"/v1/orgs/{T}/%252e%252e/real", "path:orgs", "%2e"),
        (f"/v1/tenants//{T}", None, "//"),
    ],
)
def test_a_path_that_leads_past_the_canary(path: str, field: str | None, away: str) -> None:
    """Whoever stands in it or elsewhere: nobody knows whom the other side charges."""
    api = OwnApi(canary_tenant=T, canary_field=field, proof={"test": True})
    wrong = misdirected(HttpAction(method="POST", path=path, body=json.dumps({"tenant": T}), headers=JSON), api)
    assert wrong == Misdirected(away, leads_away=True)


def test_a_tenant_of_other_signs() -> None:
    """A number, or what is written in another way in each place."""
    assert said("/", {"tenant": 7}, JSON, tenant="7") is None
    assert said("/", {"tenant": "a b/ü"}, JSON, tenant="a b/ü") is None
    assert said("/", "tenant=a+b%2F%C3%BC", FORM, tenant="a b/ü") is None
    assert said("/?tenant=a%20b", None, {}, tenant="a b") is None


@pytest.mark.parametrize(
    ("path", "body", "headers", "where"),
    [
        ("/", {"tenant": T, "charge": {"tenant": "acme"}}, JSON, "charge.tenant"),
        ("/", f"<tenant>{T}</tenant><b:tenant>acme</b:tenant>", XML | {"X-Tenant": T}, "tenant"),
        ("/?tenant=acme", {"tenant": T}, JSON, "query:tenant"),
        ("/v1/x;tenant=acme", {"tenant": T}, JSON, "path:tenant"),
        ("/", {"tenant": T}, JSON | {"X-Tenant": "acme"}, "header:X-Tenant"),
    ],
)
def test_where_somebody_else_stands(path: str, body: object, headers: dict[str, str], where: str) -> None:
    """In the body by its keys alone, elsewhere with what it is."""
    api = OwnApi(canary_tenant=T, proof={"test": True})
    text = body if isinstance(body, str) else json.dumps(body)
    found = misdirected(HttpAction(method="POST", path=path, body=text, headers=headers), api)
    assert found == Misdirected(where, "acme")


def test_the_field_in_words() -> None:
    """As a message names it between backticks."""
    api = OwnApi(canary_tenant=T, proof={"test": True})
    assert field_of(api) == "tenant` or `tenant_id"
    assert field_of(OwnApi(canary_tenant=T, canary_field="header:X-Org", proof={})) == "header:X-Org"
