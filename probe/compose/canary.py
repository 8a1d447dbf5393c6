"""What may be written to the company's own billing API: by requests that name its canary tenant, and nothing else."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from probe.documents.disguises import readings
from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake
from probe.documents.tree import dotted
from probe.model.path import ConnectorKind, PaymentPath
from probe.model.scenario import CANARY, HttpAction, Scenario, StepPlan, names_canary
from probe.runner.writing import writes
from probe.settings.load import Loaded

_HINT: Final = (
    "add `canary: {tenant: …, proof: {PLACE: VALUE}}` to the connector: who may be charged, and what proves test mode"
)
_TENANT: Final = re.compile(
    # In JSON and in forms; what begins with a bracket is a map of its own.
    r"(?<![a-z])tenant[_-]?(?:id)?[\"'\]]*[:=][\"']?(?P<value>(?:\$\{[^}]*\}|[^\"'&,}\s{\[])(?:\$\{[^}]*\}|[^\"'&,}\s])*)",
    re.IGNORECASE,
)


def canary_mistakes(loaded: Loaded, pairs: Iterable[tuple[Scenario, PaymentPath]]) -> Iterator[Mistake]:
    """Each writing step once, and each path that it would be sent to without a canary."""
    told: set[str] = set()
    for scenario, path in pairs:
        if path.connector.kind is not ConnectorKind.API:
            continue
        writing = [step for step in (*scenario.steps, *scenario.cleanup) if writes(step, path)]
        if writing and path.connector.api is None and path.name not in told:
            told.add(path.name)
            yield _without_canary(loaded, scenario, writing[0], path)
        for step in writing:
            place = f"{scenario.source} {step.name}"
            if isinstance(step.action, HttpAction) and not names_canary(step.action) and place not in told:
                told.add(place)
                yield _names_nobody(scenario, step, path)
            elif isinstance(step.action, HttpAction) and place not in told and (other := other_tenant(step.action)):
                told.add(place)
                message = f"step {step.name} writes for the tenant {quoted(other)}, and not for the canary of path {path.name}"
                hint = f"write `{CANARY}`, and nothing else, where the tenant stands"
                yield Mistake(scenario.source, None, None, step.name, message, hint)


def other_tenant(action: HttpAction) -> str | None:
    """Who stands where the request names a tenant (`tenant`, `tenant_id`; body, query, header) and is not the canary alone."""
    headers = (f"{name}={value}" for name, value in action.headers.items())
    for text in (action.path, action.body or "", *headers):
        for reading in readings("".join(text.split())):
            for found in _TENANT.finditer(reading):
                if found["value"] != CANARY:
                    return found["value"]
    return None


def _without_canary(loaded: Loaded, scenario: Scenario, step: StepPlan, path: PaymentPath) -> Mistake:
    loc = ("paths", path.name, "connector")
    message = f"step {step.name} of scenario {scenario.name} writes to this API, and nothing says that it may"
    return Mistake.at(loaded.places.key(loc), dotted((*loc, "canary")), message, _HINT)


def _names_nobody(scenario: Scenario, step: StepPlan, path: PaymentPath) -> Mistake:
    message = f"step {step.name} writes to the API of path {path.name}, and does not name its canary tenant"
    hint = f"write `{CANARY}` into its path, headers or body, or leave the path out (`paths`)"
    return Mistake(scenario.source, None, None, step.name, message, hint)
