"""`${…}` and `when`, checked before anything runs: every name must be there by then."""

import random
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from probe.documents.drawing import EXAMPLES, DrawingError, draw, drawing_in
from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake
from probe.documents.nearest import suggestion
from probe.documents.tree import Document, Loc, dotted
from probe.scenario.models import SAVED_NAME

ALWAYS: Final = ("run.id", "run.scenario", "path", "environment", "location")
"""What every run knows by itself."""
CANARY: Final = "canary.tenant"
"""Known on a path with a `canary`; the scenario is not run on another."""

_OPENING: Final = re.compile(r"\$\{([^}]*)(\}?)")
_SAVED: Final = re.compile(rf"saved\.({SAVED_NAME})((?:\.[A-Za-z0-9_]+)*)", re.ASCII)


def mistakes_of_templates(
    document: Document, steps: Mapping[Loc, Mapping[str, Any]], values: object
) -> Iterator[Mistake]:
    """Names that are unknown, or not saved yet. `steps` in the order in which they run, cleanup last."""
    drawn = values if isinstance(values, Mapping) else {}
    yield from _value_mistakes(document, drawn)
    saved = [f"values.{name}" for name in drawn]
    for loc, step in steps.items():
        for key in ("http", "with", "expect", "webhook"):
            yield from _below(document, step.get(key), (*loc, key), saved)
        when = step.get("when")
        if isinstance(when, str) and (matched := _SAVED.fullmatch(when)) and f"saved.{matched[1]}" not in saved:
            yield _unknown(document, (*loc, "when"), when, saved)
        if isinstance(step.get("save"), Mapping):
            saved += [f"saved.{name}" for name in step["save"] if f"saved.{name}" not in saved]


def _value_mistakes(document: Document, values: Mapping[str, Any]) -> Iterator[Mistake]:
    """A value is a drawing, or holds no template at all."""
    for name, value in values.items():
        at, drawing = ("values", name), drawing_in(value)
        if drawing is not None:
            try:
                draw(drawing, random.Random(0))  # nosec B311 # noqa: S311 - only to see whether it can be drawn
            except DrawingError as error:
                message = f"{quoted(drawing)} cannot be drawn"
                yield Mistake.at(document.values[at], dotted(at), message, str(error))
        elif isinstance(value, str) and "${" in value:
            message = f"`{name}` must be one `${{random.…}}`, or a value without any"
            yield Mistake.at(document.values[at], dotted(at), message, f"such as `${{{EXAMPLES[0]}}}`")
        elif not isinstance(value, str | int | float | bool):
            yield Mistake.at(document.values[at], dotted(at), f"`{name}` must be a text, number or boolean", "")


def _below(document: Document, value: object, loc: Loc, saved: list[str]) -> Iterator[Mistake]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _below(document, item, (*loc, key), saved)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _below(document, item, (*loc, index), saved)
    elif isinstance(value, str):
        for matched in _OPENING.finditer(value):
            name, closed = matched.groups()
            if not closed:
                yield Mistake.at(
                    document.values[loc], dotted(loc), "`${` without its `}`", "write it as `${saved.NAME}`"
                )
            elif drawing_in(matched.group()) is not None:
                hint = f"write `values: {{NAME: '{matched.group()}'}}` and here `${{values.NAME}}`"
                message = f"{quoted(name)} can only be drawn under `values`, once for the whole run"
                yield Mistake.at(document.values[loc], dotted(loc), message, hint)
            elif not _known(name, saved):
                yield _unknown(document, loc, name, saved)


def _known(name: str, saved: list[str]) -> bool:
    matched = _SAVED.fullmatch(name)
    return name in {*ALWAYS, CANARY} or name in saved or (matched is not None and f"saved.{matched[1]}" in saved)


def _unknown(document: Document, loc: Loc, name: str, saved: list[str]) -> Mistake:
    known = [*saved, *ALWAYS]
    what = "is not saved by an earlier step" if _SAVED.fullmatch(name) else "is not known"
    return Mistake.at(document.values[loc], dotted(loc), f"{quoted(name)} {what}", suggestion(name, known))
