"""Which steps write, and what has to be proven before they do."""

import pytest

from probe.model.network import Endpoint
from probe.model.path import Connector, ConnectorKind, KeyFrom, OwnApi, PaymentPath, StripeAccess
from probe.model.scenario import HttpAction, Scenario, StepKind, StepPlan, StripeAction, WaitAction
from probe.model.secret import Secret
from probe.runner.writing import proofs, stripe_calls, writes

HERE = Endpoint(host="c", port=1, server_name="c")
KEY = Secret("sk_test_x")


def path(
    kind: ConnectorKind = ConnectorKind.TERMINATING, stripe: StripeAccess | None = None, api: OwnApi | None = None
) -> PaymentPath:
    """A path to that kind of connector."""
    return PaymentPath(
        name="p", connector=Connector(url="https://c:1", endpoint=HERE, kind=kind, api=api), stripe=stripe
    )


def http(method: str) -> StepPlan:
    """An `http` step."""
    return StepPlan(name="h", kind=StepKind.HTTP, action=HttpAction(method=method, path="/"))


def stripe(method: str) -> StepPlan:
    """A `stripe` step."""
    return StepPlan(name="s", kind=StepKind.STRIPE, action=StripeAction(method=method))


OWN = path(ConnectorKind.API)
PROBES_KEY = path(stripe=StripeAccess(api_key=KEY))
INJECTED = path(stripe=StripeAccess(key_from=KeyFrom.CONNECTOR, api_key=KEY))


@pytest.mark.parametrize(
    ("step", "on", "expected"),
    [
        (http("POST"), OWN, True),
        (http("get"), OWN, False),
        (http("POST"), INJECTED, True),
        (http("POST"), PROBES_KEY, False),
        (http("POST"), path(), True),
        (stripe("v1.refunds.create"), PROBES_KEY, True),
        (stripe("v1.balance.retrieve"), PROBES_KEY, False),
        (StepPlan(name="w", kind=StepKind.WAIT, action=WaitAction(seconds=1)), OWN, False),
    ],
)
def test_what_writes(step: StepPlan, on: PaymentPath, *, expected: bool) -> None:
    """An `http` step does where the other side needs no key of ours for it."""
    assert writes(step, on) is expected


def test_what_is_proven_before_a_write() -> None:
    """The balance and the account; of an API of one's own what it is configured to say."""
    assert [step.name for step in proofs(PROBES_KEY)] == ["test-mode"]
    with_account = path(stripe=StripeAccess(api_key=KEY, account="acct_1"))
    assert [step.name for step in proofs(with_account)] == ["test-mode", "account"]
    assert proofs(OWN) == []
    asking = path(ConnectorKind.API, api=OwnApi(canary_tenant="t", proof={"m": "test"}, proof_path="/mode"))
    (proof,) = proofs(asking)
    assert proof.action == HttpAction(method="GET", path="/mode")


def test_the_calls_of_a_run() -> None:
    """Those declared, and the proofs before the first write."""
    both = Scenario(
        name="x",
        summary="",
        every_s=1,
        deadline_s=1,
        steps=(stripe("v1.balance.retrieve"), http("POST")),
        cleanup=(stripe("v1.refunds.create"),),
        source="x.yaml",
    )
    assert stripe_calls(both, PROBES_KEY) == 3
    assert stripe_calls(both, OWN) == 2
