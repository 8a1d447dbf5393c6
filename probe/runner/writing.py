"""Which steps may change anything on the other side, and what has to be proven before the first of them."""

from collections.abc import Iterator
from typing import Final

from probe.billing.methods import writes as method_writes
from probe.checks.canary import PROOF_STEP
from probe.checks.expectations import BALANCE, WHOSE
from probe.model.path import ConnectorKind, KeyFrom, PaymentPath
from probe.model.scenario import SAFE_METHODS, HttpAction, Scenario, StepKind, StepPlan, StripeAction, names_canary

_OVERRIDES: Final = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})
"""Headers by which a GET asks to be taken for something else."""


def writes(step: StepPlan, path: PaymentPath) -> bool:
    """Whether the step may change anything. An `http` step can where the other side has what it takes without a key of ours."""
    match step.action:
        case StripeAction(method=method):
            return method_writes(method)
        case HttpAction():
            keyless = path.stripe is None or path.stripe.key_from is KeyFrom.CONNECTOR
            armed = path.connector.kind is ConnectorKind.API or keyless
            return armed and unsafe(step.action)
        case _:
            return False


def unprovable(step: StepPlan, path: PaymentPath) -> bool:
    """Whether it may change something where nothing is configured by which test mode could be proven: nobody knows whose key is there."""
    return path.stripe is None and path.connector.kind is not ConnectorKind.API and writes(step, path)


def unsafe(action: HttpAction) -> bool:
    """By its method (RFC 9110 9.2.1), or by what asks to be taken for another one."""
    overridden = any(name.lower() in _OVERRIDES for name in action.headers) or "_method=" in action.path
    return overridden or action.method.upper() not in SAFE_METHODS


def naming_canary(scenario: Scenario) -> Iterator[StepPlan]:
    """The steps that name `${canary.tenant}`, which only a path with a `canary` has."""
    for step in (*scenario.steps, *scenario.cleanup):
        if isinstance(step.action, HttpAction) and names_canary(step.action):
            yield step


def proofs(path: PaymentPath) -> list[StepPlan]:
    """What has to pass before the first write."""
    api = path.connector.api
    if path.stripe is None:
        asked = None if api is None else api.proof_path
        return [] if asked is None else [_own_proof(asked)]
    balance, account = _balance_proof(path.stripe.key_from), path.stripe.account
    return [balance] if account is None else [balance, _account_proof(account)]


def stripe_calls(scenario: Scenario, path: PaymentPath) -> int:
    """How many Stripe calls a run makes where nothing goes wrong, the proofs before its first write among them."""
    declared = (*scenario.steps, *scenario.cleanup)
    before = proofs(path) if any(writes(step, path) for step in declared) else []
    return sum(isinstance(step.action, StripeAction) for step in (*declared, *before))


def writes_to_stripe(scenario: Scenario) -> bool:
    """Whether a run of it changes anything at Stripe that a probe's key can take back."""
    declared = (step.action for step in (*scenario.steps, *scenario.cleanup))
    return any(isinstance(action, StripeAction) and method_writes(action.method) for action in declared)


def _balance_proof(key_from: KeyFrom) -> StepPlan:
    """Read before anything is written.

    Where the connector brings its own key no prefix proves anything, and the answer must also call itself a balance; a stand-in
    (localstripe) leaves that out.
    """
    expect = {"object": "balance"} if key_from is KeyFrom.CONNECTOR else {}
    action = StripeAction(method=BALANCE)
    return StepPlan(name=PROOF_STEP, kind=StepKind.STRIPE, action=action, expect={**expect, "livemode": False})


def _own_proof(asked: str) -> StepPlan:
    """`paths.NAME.connector.canary.proof_path`: the API itself has to say that it is in test mode."""
    return StepPlan(name=PROOF_STEP, kind=StepKind.HTTP, action=HttpAction(method="GET", path=asked))


def _account_proof(account: str) -> StepPlan:
    """`paths.NAME.stripe.account`: the key must belong to the account that was meant, before anything is written."""
    return StepPlan(
        name="account",
        kind=StepKind.STRIPE,
        action=StripeAction(method=WHOSE),
        expect={"id": account},
    )
