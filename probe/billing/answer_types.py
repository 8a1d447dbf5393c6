"""Whether an expectation can be met by what the Stripe SDK's own types say that a method answers. Asked of the SDK; sends nothing."""

import ast
import functools
import inspect
import json
import re
import textwrap
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from probe.billing.methods import find, function_of
from probe.billing.parameters import ParameterFault
from probe.documents.masking import quoted
from probe.documents.nearest import slip, suggestion
from probe.model.scenario import OPERATORS

_WORD: Final = re.compile(r"`([a-z][a-z_]+)`")
_PLAIN: Final[Mapping[object, tuple[tuple[type, ...], str]]] = {
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    bool: ((bool,), "true or false"),
    str: ((str,), "text"),
}
_OURS: Final = ("error", "within", "livemode", "http")
"""Keys of `expect` that are no places in the answer."""


def answer_faults(method: str, expect: Mapping[str, object]) -> Iterator[ParameterFault]:
    """Slips of the finger in fields of the answer, and in words where the type lists them. A field that is merely unknown may be newer."""
    fields = _fields(method) if find(method) is not None else {}
    for place, wanted in expect.items():
        first = place.partition(".")[0]
        meant = slip(first, (*_OURS, *fields)) if fields else None
        if meant is not None:
            yield ParameterFault((place,), f"the answer has no {quoted(first)}", f"did you mean `{meant}`?")
        elif place in fields:
            yield from _never(method, place, wanted, fields[place])


def _never(method: str, place: str, wanted: object, form: object) -> Iterator[ParameterFault]:
    """What a field of that type can never be: a value of another type, a slip of a word that its type or its documentation lists."""
    values: list[tuple[tuple[str | int, ...], object]] = [((place,), wanted)]
    if isinstance(wanted, Mapping) and wanted and wanted.keys() <= set(OPERATORS):
        listed = wanted.get("one_of")
        values = [((place, "one_of", at), each) for at, each in enumerate(listed if isinstance(listed, list) else ())]
        values += [((place, bound), wanted[bound]) for bound in ("min", "max", "matches") if bound in wanted]
    kinds = tuple(_kinds(form))
    for where, value in values:
        if value is None or isinstance(value, Mapping | list) or (isinstance(value, str) and "${" in value):
            continue
        allowed = tuple(kind for each in kinds for kind in _PLAIN[each][0])
        if kinds and not (isinstance(value, allowed) and (bool in kinds or not isinstance(value, bool))):
            named = " or ".join(_PLAIN[each][1] for each in kinds)
            yield ParameterFault(
                where, f"`{place}` of the answer is {named}, so it is never {quoted(_shown(value))}", ""
            )
        elif isinstance(value, str) and where[-1] != "matches":
            words = _words(form) or _documented(method).get(place, ())
            if (word := slip(value, words)) is not None:
                yield ParameterFault(where, f"`{place}` is never {quoted(value)}", f"did you mean `{word}`?")


def _shown(value: object) -> str:
    """In quotes where it is text, as it would be in JSON."""
    return json.dumps(value)


def _kinds(form: Any) -> Iterator[object]:  # noqa: ANN401 - any annotation
    """The plain types that a field may be of; nothing where it may be anything else."""
    each = {_kind(one) for one in (typing.get_args(form) if _is_union(form) else (form,))} - {type(None)}
    if each <= _PLAIN.keys():
        yield from sorted(each, key=str)


def _kind(form: Any) -> object:  # noqa: ANN401 - any annotation
    if typing.get_origin(form) is Literal:
        return type(typing.get_args(form)[0])
    return form


def _is_union(form: object) -> bool:
    return typing.get_origin(form) in (typing.Union, types.UnionType)


@functools.cache
def _documented(method: str) -> Mapping[str, tuple[str, ...]]:
    """The words that the SDK's documentation of a field lists where its type is any text: `status` of a refund."""
    answer = _answer_class(method)
    if answer is None:
        return {}
    body = ast.parse(textwrap.dedent(inspect.getsource(answer))).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - the source of a class
    found: dict[str, tuple[str, ...]] = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[ast.unparse(field.target)] = tuple(_WORD.findall(str(text.value.value)))
    return found


def event_fault(event: str) -> str | None:
    """What to do about an event that Stripe does not send; None for one that it sends."""
    known = event_types()
    return None if event in known or event.startswith("v2.") else suggestion(event, known)


@functools.cache
def event_types() -> tuple[str, ...]:
    """Every type of event, as the SDK lists them for webhook endpoints."""
    from stripe.params import WebhookEndpointCreateParams  # noqa: PLC0415 - the SDK is imported where it is needed

    return tuple(word for word in _words(WebhookEndpointCreateParams.__annotations__["enabled_events"]) if word != "*")


@functools.cache
def _fields(method: str) -> Mapping[str, Any]:
    """The fields of what a method answers, with their types; empty where the SDK's annotation is no single class."""
    answer = _answer_class(method)
    return {} if answer is None else _resolved(answer)


def _answer_class(method: str) -> type | None:
    import stripe  # noqa: PLC0415 - the SDK is imported where it is needed

    named = str(inspect.signature(function_of(method)).return_annotation).partition("[")[0]
    found = getattr(stripe, named, None)
    return found if isinstance(found, type) else None


def _resolved(answer: type) -> Mapping[str, Any]:
    """Annotations as they are; the SDK does not defer them."""
    return getattr(answer, "__annotations__", {})


def _words(form: Any) -> tuple[str, ...]:  # noqa: ANN401 - any annotation
    """The words that a type lists, at any depth."""
    given = typing.get_args(form)
    if typing.get_origin(form) is Literal:
        return tuple(map(str, given))
    return tuple(word for each in given for word in _words(each))
