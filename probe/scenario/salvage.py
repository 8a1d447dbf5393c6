"""What can still be judged of a scenario that has mistakes: so that all of them are told at once, and not one after the other is mended."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from probe.documents.tree import Loc
from probe.model.scenario import StepKind
from probe.scenario.models import ScenarioKeys

_INSTEAD: Final[Mapping[str, Any]] = {"wait": "1s"}
"""Takes the place of a step that cannot be understood."""
_NAMELESS: Final = "nameless"


def salvaged(prepared: Mapping[str, Any], refused: Iterable[Loc]) -> ScenarioKeys | None:
    """The keys without those that were `refused`, and without steps that are none; None where nothing sensible is left."""
    root = {"name": _NAMELESS, **copy.deepcopy(dict(prepared))}
    for loc in refused:
        _remove(root, loc)
    root.setdefault("name", _NAMELESS)
    for part in ("steps", "cleanup"):
        if isinstance(root.get(part), list):
            root[part] = [_without_expectations(step) if _is_step(step) else dict(_INSTEAD) for step in root[part]]
    try:
        return ScenarioKeys.model_validate(root)
    except ValidationError:
        return None


def _remove(root: dict[str, Any], loc: Loc) -> None:
    """The value there, where it stands in a map: what stands in a list keeps the places of what comes after it."""
    around: Any = root
    for part in loc[:-1]:
        try:
            around = around[part]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(around, dict) and loc:
        around.pop(loc[-1], None)


def _without_expectations(step: Mapping[str, Any]) -> dict[str, Any]:
    """They matter only once there is an answer."""
    return {key: value for key, value in step.items() if key != "expect"}


def _is_step(step: object) -> bool:
    return isinstance(step, Mapping) and sum(kind in step for kind in StepKind) == 1
