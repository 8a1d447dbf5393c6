"""Everything that a scenario makes at Stripe says so: metadata that people, sweeps and reports find it by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from probe.billing.methods import find

RUN_KEY: Final = "paypath_run_id"
"""Metadata key: the run that made the object."""
SCENARIO_KEY: Final = "paypath_scenario"
"""Metadata key: the scenario that made the object."""
ENDS_BY_KEY: Final = "paypath_ends_by"
"""Metadata key: when that run has ended at the latest, its cleanup included; RFC 3339, UTC, whole seconds."""
_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Who made an object, and until when it may be in use."""

    run_id: str
    scenario: str
    ends_by: datetime | None
    """None where an object says nothing of it that can be read."""


def mark(method: str, parameters: Mapping[str, object], own: Mark) -> dict[str, object]:
    """`parameters`, for a create of a type that has metadata with ours added. The scenario's own metadata stays."""
    found = find(method) if method.endswith(".create") else None
    if found is None or not found.takes_metadata:
        return dict(parameters)
    theirs = parameters.get("metadata")
    metadata = {**(theirs if isinstance(theirs, Mapping) else {}), RUN_KEY: own.run_id, SCENARIO_KEY: own.scenario}
    if own.ends_by is not None:
        metadata[ENDS_BY_KEY] = own.ends_by.astimezone(UTC).strftime(_FORM)
    return {**parameters, "metadata": metadata}


def mark_on(made: Mapping[str, object]) -> Mark | None:
    """The mark that an object of Stripe's carries; None where no probe made it."""
    metadata = made.get("metadata")
    if not isinstance(metadata, Mapping) or not isinstance(run_id := metadata.get(RUN_KEY), str) or not run_id:
        return None
    return Mark(run_id=run_id, scenario=str(metadata.get(SCENARIO_KEY, "")), ends_by=_read(metadata.get(ENDS_BY_KEY)))


def _read(text: object) -> datetime | None:
    """What `mark` wrote."""
    try:
        return datetime.strptime(text, _FORM).replace(tzinfo=UTC) if isinstance(text, str) else None
    except ValueError:
        return None
