"""What a scenario would leave at Stripe: it makes something that paypath cannot undo, and its cleanup does not name it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake
from probe.documents.tree import Document, Loc, dotted
from probe.scenario.knowledge import Knowledge

Steps = Mapping[Loc, Mapping[str, Any]]

_SAVED: Final = re.compile(r"\$\{saved\.([A-Za-z0-9_]+)\}")


def mistakes_of_leaving(document: Document, steps: Steps, known: Knowledge) -> Iterator[Mistake]:
    """All of them."""
    if known.stays is None:
        return
    for loc, step in steps.items():
        method = step.get("stripe")
        if not isinstance(method, str) or not _exists(method, known) or not known.stays(method):
            continue
        saved = _ids(step.get("save"))
        if saved.isdisjoint(_taken_back(steps, loc, known)):
            name = next(iter(sorted(saved)), "made")
            save = "" if saved else f" save its id (`save: {{{name}: id}}`), and"
            message = f"paypath cannot take back what {quoted(method)} makes, and no cleanup step does"
            hint = f"{save} add a step to `cleanup` that cancels or deletes `${{saved.{name}}}`".strip()
            at: Loc = (*loc, "stripe")
            yield Mistake.at(document.values[at], dotted(at), message, hint)


def _exists(method: str, known: Knowledge) -> bool:
    """A method that does not exist is a mistake of its own, and makes nothing."""
    return known.method_hint is None or known.method_hint(method) is None


def _ids(save: object) -> set[str]:
    """The names under which the id of what a step made is saved."""
    return {str(name) for name, place in save.items() if place == "id"} if isinstance(save, Mapping) else set()


def _taken_back(steps: Steps, made_by: Loc, known: Knowledge) -> set[str]:
    """The names that cleanup steps after this step pass to a method that takes back."""
    found = set[str]()
    for loc, step in steps.items():
        method = step.get("stripe")
        later = loc[0] == "cleanup" and (made_by[0] != "cleanup" or loc[1] > made_by[1])  # type: ignore[operator]  # both are indices
        if later and isinstance(method, str) and known.takes_back is not None and known.takes_back(method):
            found.update(_named(step.get("with")))
    return found


def _named(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from _SAVED.findall(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _named(item)
    elif isinstance(value, list):
        for item in value:
            yield from _named(item)
