"""What makes a step a step: its one kind, what belongs to that kind, and a name of its own."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake
from probe.documents.nearest import suggestion
from probe.documents.patterns import PatternError, check_pattern
from probe.documents.tree import Document, Loc, dotted
from probe.model.scenario import OPERATORS, StepKind
from probe.scenario.models import StepKeys
from probe.scenario.safety import unsure_words

KINDS: Final = tuple(str(kind) for kind in StepKind)
LATER: Final = ("webhook", "certificates")
"""Kinds that are meant to come; asking for one is no typing error."""

_TEMPLATE: Final = re.compile(r"\$\{[^}]*\}")
_BELONGS: Final = {"with": ("stripe",), "expect": ("stripe", "http"), "save": ("stripe", "http")}
_ERROR_KEYS: Final = ("code", "decline_code")
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
    for loc, step in steps.items():
        yield from _kind_mistakes(document, loc, step)
        yield from _expect_mistakes(document, loc, step.get("expect"), "stripe" in step)
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
    for key in step:
        if key in LATER:
            yield Mistake.at(document.keys[*loc, key], dotted((*loc, key)), f"`{key}` steps cannot be run yet", listed)
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


def _expect_mistakes(document: Document, loc: Loc, expect: object, of_stripe: bool) -> Iterator[Mistake]:  # noqa: FBT001 - a fact, not a switch
    if not isinstance(expect, Mapping):
        return
    if expect.get("livemode") not in (None, False):
        at = (*loc, "expect", "livemode")
        yield Mistake.at(document.values[at], dotted(at), "live mode can never be expected", "remove it")
    yield from _pattern_mistakes(document, (*loc, "expect"), expect)
    at, error = (*loc, "expect", "error"), expect.get("error")
    if "error" not in expect or not of_stripe:
        return
    if not isinstance(error, Mapping) or not error:
        hint = "write it as `error: {code: card_declined, decline_code: insufficient_funds}`"
        yield Mistake.at(document.values[at], dotted(at), "`error` must be a map", hint)
        return
    for key, value in error.items():
        if key not in _ERROR_KEYS:
            yield Mistake.at(
                document.keys[*at, key], dotted((*at, key)), f"unknown key {quoted(key)}", suggestion(key, _ERROR_KEYS)
            )
        elif not isinstance(value, str):
            yield Mistake.at(
                document.values[*at, key], dotted((*at, key)), f"`{key}` must be text", "write Stripe's code"
            )


def _pattern_mistakes(document: Document, loc: Loc, expect: Mapping[str, Any]) -> Iterator[Mistake]:
    """Regular expressions that cannot be used; what a template will bring into one is not known yet."""
    for place, wanted in expect.items():
        if not isinstance(wanted, Mapping) or "matches" not in wanted or not wanted.keys() <= set(OPERATORS):
            continue
        at, pattern = (*loc, place, "matches"), wanted["matches"]
        if not isinstance(pattern, str):
            yield Mistake.at(document.values[at], dotted(at), "`matches` must be text", "write it in quotes")
            continue
        try:
            check_pattern(_TEMPLATE.sub("x", pattern))
        except PatternError as error:
            message = f"`matches` is no regular expression: {error}"
            hint = "write it as RE2 has it: Python's syntax without look-around and back-references"
            yield Mistake.at(document.values[at], dotted(at), message, hint)
