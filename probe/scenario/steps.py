"""What makes a step a step: its one kind, what belongs to that kind, and a name of its own."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake
from probe.documents.tree import Document, Loc, dotted
from probe.model.scenario import StepKind
from probe.scenario.expecting import mistakes_of_expectations
from probe.scenario.models import StepKeys
from probe.scenario.safety import unsure_words

KINDS: Final = tuple(str(kind) for kind in StepKind)
"""Kinds that are meant to come; asking for one is no typing error."""

_BELONGS: Final = {
    "with": ("stripe",),
    "expect": ("handshake", "stripe", "http"),
    "save": ("stripe", "http"),
    "retry": ("handshake", "stripe", "http"),
    "same_key_as": ("stripe",),
}
_KNOWN: Final = {field.alias or name for name, field in StepKeys.model_fields.items()}


def raw_steps(root: Mapping[str, Any]) -> dict[Loc, Mapping[str, Any]]:
    """Every step that is a map, by its place, in the order in which they run."""
    lists = ((part, root.get(part)) for part in ("steps", "cleanup"))
    return {
        (part, index): step
        for part, found in lists
        for index, step in enumerate(found if isinstance(found, list) else ())
        if isinstance(step, Mapping)
    }


def mistakes_of_steps(document: Document, steps: Mapping[Loc, Mapping[str, Any]]) -> Iterator[Mistake]:
    """All of them."""
    names: dict[str, int | None] = {}
    shaken = False
    for loc, step in steps.items():
        yield from _kind_mistakes(document, loc, step)
        shaken = shaken or "handshake" in step
        if "certificates" in step and not shaken:
            message = "a `certificates` step judges what a handshake has shown, and there is none before it"
            yield Mistake.at(document.values[loc], dotted(loc), message, "put `- handshake: {}` before it")
        yield from mistakes_of_expectations(document, loc, step)
        for key in ("with", "expect"):
            yield from unsure_words(document, step.get(key), (*loc, key))
        name = step.get("name")
        if isinstance(name, str) and name in names:
            message = f"another step is named {quoted(name)} already (line {names[name]})"
            yield Mistake.at(
                document.values[*loc, "name"], dotted((*loc, "name")), message, "give it a name of its own"
            )
        elif isinstance(name, str):
            names[name] = document.values[*loc, "name"].line


def _kind_mistakes(document: Document, loc: Loc, step: Mapping[str, Any]) -> Iterator[Mistake]:
    kinds = [key for key in step if key in KINDS]
    listed = "known kinds: " + ", ".join(f"`{kind}`" for kind in KINDS)
    if len(kinds) > 1:
        hint = "make two steps of it"
        yield Mistake.at(
            document.keys[*loc, kinds[1]], dotted(loc), f"both `{kinds[0]}` and `{kinds[1]}` in one step", hint
        )
    given = [key for key in step if step[key] is not None or key == StepKind.HANDSHAKE]
    if len(kinds) == 1 and kinds[0] not in given:
        yield Mistake.at(
            document.keys[*loc, kinds[0]],
            dotted((*loc, kinds[0])),
            f"`{kinds[0]}` has no value",
            "write it behind the colon",
        )
    if not kinds and all(key in _KNOWN for key in given):  # pydantic names the unknown ones
        yield Mistake.at(document.values[loc], dotted(loc), "a step without a kind", listed)
    for key, fitting in _BELONGS.items():
        if len(kinds) == 1 and step.get(key) and kinds[0] not in fitting:
            message = f"`{key}` does not belong to a `{kinds[0]}` step"
            yield Mistake.at(document.keys[*loc, key], dotted((*loc, key)), message, "remove it")
