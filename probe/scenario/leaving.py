"""What a scenario would leave at Stripe: it makes something that paypath cannot undo, and no cleanup step takes just that back."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake
from probe.documents.tree import Document, Loc, dotted
from probe.scenario.knowledge import Knowledge, WayBack

Steps = Mapping[Loc, Mapping[str, Any]]

_TEMPLATE: Final = re.compile(r"\$\{([^{}]*)\}")


def mistakes_of_leaving(document: Document, steps: Steps, known: Knowledge) -> Iterator[Mistake]:
    """All of them."""
    if known.stays is None or known.ways_back is None:
        return
    for loc, step in steps.items():
        method = step.get("stripe")
        if not isinstance(method, str) or not _exists(method, known) or not known.stays(method):
            continue
        if known.gives_back is not None and known.gives_back(method) and loc[0] == "cleanup":
            continue
        ways = tuple(known.ways_back(method))
        if not any(_takes_back(later, way, step) for later in _later(steps, loc) for way in ways):
            at: Loc = (*loc, "stripe")
            message = f"paypath cannot take back what {quoted(method)} makes, and no cleanup step does"
            yield Mistake.at(document.values[at], dotted(at), message, _hint(step, ways))


def _exists(method: str, known: Knowledge) -> bool:
    """A method that does not exist is a mistake of its own, and makes nothing."""
    return known.method_hint is None or known.method_hint(method) is None


def _hint(step: Mapping[str, Any], ways: Iterable[WayBack]) -> str:
    """What to write, by each way that there is."""
    own = [way for way in ways if way.parent is None]
    if not own:
        return "leave it out: nothing at Stripe takes it back" if not ways else _by_parent(ways)
    name = next(iter(sorted(_ids(step.get("save")))), "made")
    save = "" if _ids(step.get("save")) else f"save its id (`save: {{{name}: id}}`), and "
    said = [_call(way, f"${{saved.{name}}}") for way in own]
    return f"{save}add a step to `cleanup`: {' or '.join(said)}"


def _by_parent(ways: Iterable[WayBack]) -> str:
    said = [f"`{way.method}` with the same `{way.parent}`" for way in ways]
    return f"add a step to `cleanup`: {' or '.join(said)}"


def _call(way: WayBack, value: str) -> str:
    besides = "".join(f", {key}: {str(wanted).lower()}" for key, wanted in way.besides.items())
    return f"`stripe: {way.method}` with `{{{way.parameter}: '{value}'{besides}}}`"


def _ids(save: object) -> set[str]:
    """The names under which the id of what a step made is saved."""
    return {str(name) for name, place in save.items() if place == "id"} if isinstance(save, Mapping) else set()


def _later(steps: Steps, made_by: Loc) -> Iterator[Mapping[str, Any]]:
    """The cleanup steps after this step."""
    for loc, step in steps.items():
        if loc[0] == "cleanup" and (made_by[0] != "cleanup" or loc[1] > made_by[1]):  # type: ignore[operator]  # both are indices
            yield step


def _takes_back(step: Mapping[str, Any], way: WayBack, made: Mapping[str, Any]) -> bool:
    """Whether the step goes this way, with the id of what was made, or of its parent, in the right place, whenever that is known."""
    if step.get("stripe") != way.method or not isinstance(given := step.get("with"), Mapping):
        return False
    meant = _meant(given.get(way.parameter, given.get("id")))
    sent = made.get("with")
    if way.parent is None:
        wanted: set[str | None] = {f"saved.{name}" for name in _ids(made.get("save"))}
    else:
        wanted = {_meant(sent.get(way.parent)) if isinstance(sent, Mapping) else None}
    right = meant is not None and meant in wanted and step.get("when") in {None, meant}
    return right and all(given.get(key) == value for key, value in way.besides.items())


def _meant(value: object) -> str | None:
    """The name that a template and nothing else names; an id that is written out is itself."""
    if not isinstance(value, str):
        return None
    matched = _TEMPLATE.fullmatch(value)
    return value if matched is None else matched[1].strip()
