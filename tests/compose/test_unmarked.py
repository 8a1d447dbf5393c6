"""Which `http` steps would write to Stripe past the Stripe steps."""

import pytest

from probe.compose.unmarked import unmarked_mistakes
from probe.model.network import Endpoint
from probe.model.path import Connector, ConnectorKind, PaymentPath
from probe.model.scenario import HEALTH_PATH, HttpAction, Scenario, StepKind, StepPlan


def _scenario(method: str, asked: str, **headers: str) -> Scenario:
    action = HttpAction(method=method, path=asked, headers=headers)
    step = StepPlan(name="ask", kind=StepKind.HTTP, action=action)
    return Scenario(name="s", summary="", every_s=300.0, deadline_s=15.0, steps=(step,), source="s.yaml")


def _path(kind: ConnectorKind) -> PaymentPath:
    here = Endpoint(host="c", port=1, server_name="c")
    return PaymentPath(name="p", connector=Connector(url="https://c:1", endpoint=here, kind=kind))


@pytest.mark.parametrize(
    ("scenario", "refused"),
    [
        (_scenario("POST", "/v1/charges"), True),
        (_scenario("DELETE", "/stripe/V1/customers/cus_1"), True),
        (_scenario("POST", "/%761/charges"), True),
        (_scenario("POST", "/%2576%31/charges"), True),
        (_scenario("POST", "/ｖ1/charges"), True),
        (_scenario("POST", "/v2/core/accounts?a=b"), True),
        (_scenario("POST", "/${values.version}/charges"), True),
        (_scenario("GET", "/v1/charges", **{"X-HTTP-Method-Override": "POST"}), True),
        (_scenario("GET", "/v1/charges"), False),
        (_scenario("POST", "/orders/${saved.order}"), False),
        (_scenario("POST", HEALTH_PATH), False),
    ],
)
def test_which_steps_are_refused(scenario: Scenario, refused: bool) -> None:  # noqa: FBT001 - a table
    """Each once, however many paths it would run on; the company's own API is the canary's to keep clean."""
    connector, api = _path(ConnectorKind.TERMINATING), _path(ConnectorKind.API)
    assert len(list(unmarked_mistakes([(scenario, connector), (scenario, connector)]))) == int(refused)
    assert list(unmarked_mistakes([(scenario, api)])) == []
