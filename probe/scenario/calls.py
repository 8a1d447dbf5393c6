"""Calls of the Stripe SDK: the method, its parameters, and an idempotency key that is sent again."""

from collections.abc import Iterator, Mapping
from typing import Any

from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake, Place
from probe.documents.nearest import suggestion
from probe.documents.tree import Document, Loc, dotted
from probe.scenario.knowledge import Knowledge

Steps = Mapping[Loc, Mapping[str, Any]]


def mistakes_of_calls(document: Document, steps: Steps, known: Knowledge) -> Iterator[Mistake]:
    """All of them."""
    for loc, step in steps.items():
        method = step.get("stripe")
        if isinstance(method, str):
            yield from _call_mistakes(document, loc, method, step.get("with"), known)
            yield from _answer_mistakes(document, loc, method, step.get("expect"), known)
    yield from _key_mistakes(document, steps)


def _call_mistakes(document: Document, loc: Loc, method: str, given: object, known: Knowledge) -> Iterator[Mistake]:
    mend = known.method_hint(method) if known.method_hint is not None else None
    at: Loc = (*loc, "stripe")
    if mend is not None:
        yield Mistake.at(document.values[at], dotted(at), f"the Stripe SDK has no method {quoted(method)}", mend)
    elif known.parameter_faults is not None and (given is None or isinstance(given, Mapping)):
        for fault in known.parameter_faults(method, given or {}):
            where = (*loc, "with", *fault.place)
            yield Mistake.at(_nearest(document, where), dotted(where), fault.message, fault.hint)


def _answer_mistakes(document: Document, loc: Loc, method: str, expect: object, known: Knowledge) -> Iterator[Mistake]:
    if known.answer_faults is not None and isinstance(expect, Mapping):
        for fault in known.answer_faults(method, expect):
            where = (*loc, "expect", *fault.place)
            yield Mistake.at(_nearest(document, where), dotted(where), fault.message, fault.hint)


def _nearest(document: Document, loc: Loc) -> Place:
    """The place of a key or value; of one that is missing, that of the map where it should stand."""
    while loc:
        found = document.keys.get(loc) or document.values.get(loc)
        if found is not None:
            return found
        loc = loc[:-1]
    return document.values[()]


def _key_mistakes(document: Document, steps: Steps) -> Iterator[Mistake]:
    """`same_key_as` names an earlier step with the same method."""
    methods: dict[str, object] = {}
    for loc, step in steps.items():
        origin = step.get("same_key_as")
        if isinstance(origin, str) and step.get("stripe") is not None:
            at: Loc = (*loc, "same_key_as")
            if origin not in methods:
                message, hint = f"no earlier `stripe` step is named {quoted(origin)}", suggestion(origin, list(methods))
                yield Mistake.at(document.values[at], dotted(at), message, hint)
            elif methods[origin] != step["stripe"]:
                message = f"step {quoted(origin)} calls another method, {quoted(str(methods[origin]))}"
                yield Mistake.at(document.values[at], dotted(at), message, "an idempotency key is for one method")
        name = step.get("name")
        if isinstance(name, str) and step.get("stripe") is not None:
            methods[name] = step["stripe"]
