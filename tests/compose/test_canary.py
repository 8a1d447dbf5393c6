"""A request that writes for anybody but the canary tenant is found before it is sent."""

import pytest

from probe.compose.canary import other_tenant
from probe.model.scenario import HttpAction


@pytest.mark.parametrize(
    ("path", "body", "headers", "other"),
    [
        ("/", '{"tenant": "real-customer", "note": "${canary.tenant}"}', {}, "real-customer"),
        ("/", '{"tenant": "a-${canary.tenant}"}', {}, "a-${canary.tenant}"),
        ("/", '{"tenant": "${canary.tenant}-2"}', {}, "${canary.tenant}-2"),
        ("/", '{"tenantId": 7, "note": "${canary.tenant}"}', {}, "7"),
        ("/", "tenant_id=real&x=${canary.tenant}", {}, "real"),
        ("/?tenant=real", "${canary.tenant}", {}, "real"),
        ("/", "${canary.tenant}", {"X-Tenant": "real"}, "real"),
        ("/", "tenant%3Dreal", {}, "real"),
        ("/", '{"tenant": "${canary.tenant}", "amount": 100}', {}, None),
        ("/", '{"tenant": "${ canary.tenant }"}', {"X-Tenant-Id": "${canary.tenant}"}, None),
        ("/", '{"tenant": {"id": "${canary.tenant}"}}', {}, None),
        ("/tenants/${canary.tenant}/charges", '{"amount": 1}', {}, None),
    ],
)
def test_who_is_named(path: str, body: str, headers: dict[str, str], other: str | None) -> None:
    """In JSON, forms, queries and headers; the canary alone will do."""
    assert other_tenant(HttpAction(method="POST", path=path, body=body, headers=headers)) == other
