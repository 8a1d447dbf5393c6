"""What may be written to the company's own billing API: by requests that name its canary tenant, and nothing else."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from probe.checks.tenant import Misdirected, misdirected
from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake
from probe.documents.tree import dotted
from probe.model.path import ConnectorKind, OwnApi, PaymentPath
from probe.model.scenario import CANARY, HttpAction, Scenario, StepPlan
from probe.runner.writing import writes
from probe.settings.load import Loaded

_HINT: Final = (
    "add `canary: {tenant: …, proof: {PLACE: VALUE}}` to the connector: who may be charged, and what proves test mode"
)
_TEMPLATE: Final = re.compile(r"\$\$\{|\$\{([^{}]*)\}")


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
            if place in told or not isinstance(step.action, HttpAction) or path.connector.api is None:
                continue
            if (wrong := misdirected(as_sent(step.action, path.connector.api), path.connector.api)) is not None:
                told.add(place)
                yield _for_somebody_else(scenario, step, path, wrong)


def as_sent(action: HttpAction, api: OwnApi) -> HttpAction:
    """The request with the canary tenant filled in. Whatever else a template stands for is somebody else where a tenant stands."""
    nobody = "1" if api.canary_tenant == "0" else "0"

    def value(found: re.Match[str]) -> str:
        return "${" if found[1] is None else api.canary_tenant if found[1].strip() == "canary.tenant" else nobody

    def filled(text: str) -> str:
        return _TEMPLATE.sub(value, text)

    headers = {name: filled(each) for name, each in action.headers.items()}
    body = None if action.body is None else filled(action.body)
    return replace(action, path=filled(action.path), headers=headers, body=body)


def _for_somebody_else(scenario: Scenario, step: StepPlan, path: PaymentPath, wrong: Misdirected) -> Mistake:
    if wrong.leads_away:
        message = f"step {step.name} writes to the API of path {path.name}, and {quoted(wrong.where)} in the request's path may lead past the canary tenant"
        hint = "write the path plainly: without `.` or `..` between slashes, `//`, `;` or a backslash, and none of them percent-encoded"
    elif wrong.other is None:
        message = f"step {step.name} writes to the API of path {path.name}, and does not name its canary tenant at `{wrong.where}`"
        hint = f"write `{CANARY}` there, say in `canary.field` where it stands, or leave the path out (`paths`)"
    else:
        message = f"step {step.name} writes for the tenant {quoted(wrong.other)} at {quoted(wrong.where)}, and not for the canary of path {path.name}"
        hint = f"write `{CANARY}`, and nothing else, where a tenant stands"
    return Mistake(scenario.source, None, None, step.name, message, hint)


def _without_canary(loaded: Loaded, scenario: Scenario, step: StepPlan, path: PaymentPath) -> Mistake:
    loc = ("paths", path.name, "connector")
    message = f"step {step.name} of scenario {scenario.name} writes to this API, and nothing says that it may"
    return Mistake.at(loaded.places.key(loc), dotted((*loc, "canary")), message, _HINT)
