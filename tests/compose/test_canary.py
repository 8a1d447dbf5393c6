"""A request that writes for anybody but the canary tenant is found before it is sent."""

import pytest

from probe.checks.tenant import Misdirected, misdirected
from probe.compose.canary import as_sent
from probe.model.path import OwnApi
from probe.model.scenario import HttpAction

API = OwnApi(canary_tenant="canary-7", proof={"test": True})
NOBODY = Misdirected("tenant` or `tenant_id")


@pytest.mark.parametrize(
    ("path", "body", "headers", "wrong"),
    [
        ("/", '{"tenant": "${canary.tenant}", "amount": ${values.amount}}', {}, None),
        ("/", '{"tenant": "${ canary.tenant }"}', {"X-Tenant-Id": "${canary.tenant}"}, None),
        ("/tenants/${canary.tenant}/charges", '{"amount": 1}', {}, None),
        ("/", '{"tenant": "canary-7"}', {}, None),
        ("/", '{"tenant": "${saved.tenant}"}', {}, Misdirected("tenant", "0")),
        ("/", '{"tenant": "$${canary.tenant}"}', {}, Misdirected("tenant", "${canary.tenant}")),
        ("/", '{"account": "real", "note": "${canary.tenant}"}', {}, NOBODY),
        ("/", None, {"X-Org": "${canary.tenant}"}, NOBODY),
    ],
)
def test_a_request_as_it_would_be_sent(
    path: str, body: str | None, headers: dict[str, str], wrong: Misdirected | None
) -> None:
    """The canary is filled in; whatever else a template stands for is not known yet, and not the canary."""
    assert misdirected(as_sent(HttpAction(method="POST", path=path, body=body, headers=headers), API), API) == wrong


def test_a_tenant_that_looks_like_a_template_s_value() -> None:
    """What is not known yet must not be taken for the canary, whatever it is called."""
    api = OwnApi(canary_tenant="0", proof={"test": True})
    action = HttpAction(method="POST", path="/", body='{"tenant": "${saved.tenant}"}')
    assert misdirected(as_sent(action, api), api) == Misdirected("tenant", "1")
