"""Whether an expectation can be met by what the Stripe SDK's own types say that a method answers. Asked of the SDK; sends nothing."""

import functools
import inspect
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from probe.billing.methods import find, function_of
from probe.billing.parameters import ParameterFault
from probe.documents.masking import quoted
from probe.documents.nearest import slip, suggestion

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
        elif place in fields and isinstance(wanted, str):
            words = _words(fields[place])
            if (word := slip(wanted, words)) is not None:
                yield ParameterFault((place,), f"`{place}` is never {quoted(wanted)}", f"did you mean `{word}`?")


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
    import stripe  # noqa: PLC0415 - the SDK is imported where it is needed

    named = str(inspect.signature(function_of(method)).return_annotation).partition("[")[0]
    found: Mapping[str, Any] = getattr(getattr(stripe, named, None), "__annotations__", {})
    return found


def _words(form: Any) -> tuple[str, ...]:  # noqa: ANN401 - any annotation
    """The words that a type lists, at any depth."""
    given = typing.get_args(form)
    if typing.get_origin(form) is Literal:
        return tuple(map(str, given))
    return tuple(word for each in given for word in _words(each))
