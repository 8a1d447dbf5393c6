"""The nature of a scenario, told from its steps."""

import pytest

from probe.compose.nature import Nature, nature
from probe.scenario.load import load_scenario, load_scenarios

HEAD = "name: s\nsteps:\n"


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ("  - handshake: {}\n  - stripe: v1.events.list\n", Nature.REPEATABLE),
        ("  - http: {path: /}\n", Nature.REPEATABLE),
        ("  - http: {path: /, method: POST}\n", Nature.NOT_REPEATABLE),
        ("  - stripe: v1.customers.create\n", Nature.NOT_REPEATABLE),
        ("  - stripe: v1.balance.retrieve\ncleanup:\n  - stripe: v1.customers.delete\n", Nature.NOT_REPEATABLE),
        ("  - stripe: v1.charges.create\n    expect: {error: {code: card_declined}}\n", Nature.KNOWN_BAD),
        ("  - handshake: {client_certificate: withheld}\n", Nature.KNOWN_BAD),
        ("  - http: {path: /, client_certificate: withheld}\n", Nature.KNOWN_BAD),
        ("  - handshake: {}\n  - certificates: {valid_for: 3d}\n  - wait: 1s\n", Nature.REPEATABLE),
    ],
)
def test_natures(steps: str, found: Nature) -> None:
    """Bad, good and repeatable, good and not."""
    assert nature(load_scenario(HEAD + steps, "s")) is found


def test_the_library() -> None:
    """Every decline is bad; what is charged to be given back is good; what only looks can be repeated."""
    natures = {scenario.name: nature(scenario) for scenario in load_scenarios(None)}
    assert natures["mtls-handshake"] is natures["stripe-readable"] is Nature.REPEATABLE
    assert natures["card-charge"] is natures["card-idempotent-replay"] is Nature.NOT_REPEATABLE
    assert all(found is Nature.KNOWN_BAD for name, found in natures.items() if "declined" in name)
