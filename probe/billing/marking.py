"""Everything that a scenario makes at Stripe says so: metadata that people, sweeps and reports find it by."""

from collections.abc import Mapping
from typing import Final

from probe.billing.methods import find

RUN_KEY: Final = "paypath_run_id"
"""Metadata key: the run that made the object."""
SCENARIO_KEY: Final = "paypath_scenario"
"""Metadata key: the scenario that made the object."""


def mark(method: str, parameters: Mapping[str, object], *, run_id: str, scenario: str) -> dict[str, object]:
    """`parameters`, for a create of a type that has metadata with ours added. The scenario's own metadata stays."""
    found = find(method) if method.endswith(".create") else None
    if found is None or not found.takes_metadata:
        return dict(parameters)
    own = parameters.get("metadata")
    metadata = {**(own if isinstance(own, Mapping) else {}), RUN_KEY: run_id, SCENARIO_KEY: scenario}
    return {**parameters, "metadata": metadata}
