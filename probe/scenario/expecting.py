"""`expect`: what can be wrong with an expectation before there is any answer."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from probe.documents.durations import HINT, parse_duration
from probe.documents.masking import quoted
from probe.documents.mistakes import Mistake
from probe.documents.nearest import slip, suggestion
from probe.documents.patterns import PatternError, check_pattern
from probe.documents.tree import Document, Loc, dotted
from probe.model.scenario import OPERATORS

_TEMPLATE: Final = re.compile(r"\$\{[^{}]*\}")
_WHOLE: Final = re.compile(r"\$\{[^}]*\}")
"""A template alone, which takes the type of what it names."""
_STATUS: Final = range(100, 600)
_ERROR_KEYS: Final = ("type", "code", "decline_code", "param")
_ERROR_TYPES: Final = ("card_error", "idempotency_error", "invalid_request_error")
"""What may be expected; trouble of Stripe's own (`api_error`) never is."""
_ERROR_HINT: Final = "write it as `error: {code: card_declined, decline_code: insufficient_funds}`"


def mistakes_of_expectations(document: Document, loc: Loc, step: Mapping[str, Any]) -> Iterator[Mistake]:
    """All of one step."""
    expect, at = step.get("expect"), (*loc, "expect")
    if not isinstance(expect, Mapping):
        return
    if expect.get("livemode") not in (None, False):
        where: Loc = (*at, "livemode")
        yield Mistake.at(document.values[where], dotted(where), "live mode can never be expected", "remove it")
    for place in expect if "handshake" in step else ():
        if place != "within":
            message = f"a handshake has no answer in which {quoted(place)} could be found"
            yield Mistake.at(document.keys[*at, place], dotted((*at, place)), message, "only `within` belongs here")
    for place in expect if "http" in step else ():
        if (meant := slip(place, ("within", "status"))) is not None:
            message = f"{quoted(place)} is no place in an HTTP answer"
            yield Mistake.at(document.keys[*at, place], dotted((*at, place)), message, f"did you mean `{meant}`?")
    if "http" in step or "stripe" in step:
        yield from _http_mistakes(document, at, expect, "" if "http" in step else "http.")
    yield from _within_mistakes(document, (*at, "within"), expect)
    for place, wanted in expect.items():
        yield from _operator_mistakes(document, (*at, place), wanted)
    if "error" in expect and "stripe" in step:
        yield from _error_mistakes(document, (*at, "error"), expect["error"])


def _http_mistakes(document: Document, at: Loc, expect: Mapping[str, Any], before: str) -> Iterator[Mistake]:
    """What the HTTP answer can never be: a status in quotes, a header that is a number."""
    for place, wanted in expect.items():
        where: Loc = (*at, place)
        if isinstance(wanted, Mapping | list) or _is_template(wanted):
            continue
        if place == f"{before}status" and (isinstance(wanted, bool) or wanted not in _STATUS):
            message = f"`{place}`: {quoted(wanted)} is no HTTP status"
            yield Mistake.at(
                document.values[where], dotted(where), message, "write a number such as `200`, without quotes"
            )
        elif place.startswith(f"{before}headers.") and not isinstance(wanted, str):
            message = f"`{place}` must be text, as every header is"
            yield Mistake.at(document.values[where], dotted(where), message, "put it in quotes")


def _is_template(value: object) -> bool:
    return isinstance(value, str) and _WHOLE.fullmatch(value) is not None


def _within_mistakes(document: Document, at: Loc, expect: Mapping[str, Any]) -> Iterator[Mistake]:
    """At most so much time."""
    given = expect.get("within")
    if "within" not in expect:
        return
    try:
        fine = isinstance(given, str) and parse_duration(given) > 0
    except ValueError:
        fine = False
    if not fine:
        shown = quoted(str(given))
        yield Mistake.at(document.values[at], dotted(at), f"`within`: {shown} is not a duration", HINT)


def _error_mistakes(document: Document, at: Loc, error: object) -> Iterator[Mistake]:
    """The codes of a refusal."""
    if not isinstance(error, Mapping) or not error:
        yield Mistake.at(document.values[at], dotted(at), "`error` must be a map", _ERROR_HINT)
        return
    for key, value in error.items():
        where: Loc = (*at, key)
        if key not in _ERROR_KEYS:
            hint = suggestion(key, _ERROR_KEYS)
            yield Mistake.at(document.keys[where], dotted(where), f"unknown key {quoted(key)}", hint)
        elif not isinstance(value, str):
            yield Mistake.at(document.values[where], dotted(where), f"`{key}` must be text", "write Stripe's code")
        elif key == "type" and value not in _ERROR_TYPES:
            hint = f"one of: {', '.join(f'`{each}`' for each in _ERROR_TYPES)}"
            message = f"an error of type {quoted(value)} cannot be expected"
            yield Mistake.at(document.values[where], dotted(where), message, hint)


def _operator_mistakes(document: Document, at: Loc, wanted: object) -> Iterator[Mistake]:
    """Regular expressions that cannot be used, at any depth of `any`; what a template will bring into one is not known yet."""
    if not isinstance(wanted, Mapping) or not wanted:
        return
    if not wanted.keys() <= set(OPERATORS):
        yield from _misspelt(document, at, wanted)
        return
    yield from _operand_mistakes(document, at, wanted)
    low, high = wanted.get("min"), wanted.get("max")
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        yield Mistake.at(document.keys[at], dotted(at), "`min` is more than `max`: nothing can be both", "swap them")
    if "any" in wanted:
        where: Loc = (*at, "any")
        below = wanted["any"]
        if not isinstance(below, Mapping) or not below:
            hint = "write dotted places of an item and what is expected there"
            yield Mistake.at(document.values[where], dotted(where), "`any` must be a map", hint)
        for place, each in below.items() if isinstance(below, Mapping) else ():
            yield from _operator_mistakes(document, (*where, place), each)
    if "matches" in wanted:
        yield from _pattern_mistakes(document, (*at, "matches"), wanted["matches"])


def _operand_mistakes(document: Document, at: Loc, wanted: Mapping[str, Any]) -> Iterator[Mistake]:
    """Operands with which no value could ever do; a template alone may become anything."""
    for name in ("min", "max"):
        if name in wanted and not (_is_template(wanted[name]) or _is_number(wanted[name])):
            yield _unfit(document, (*at, name), "a number", "write it without quotes, such as `100`")
    if "present" in wanted and not (_is_template(wanted["present"]) or isinstance(wanted["present"], bool)):
        yield _unfit(document, (*at, "present"), "true or false", "write it without quotes")
    if wanted.get("present") is False and len(wanted) > 1:
        message = "`present: false` beside another operator: nothing can be both"
        yield Mistake.at(document.keys[at], dotted(at), message, "remove one of them")
    one_of = wanted.get("one_of", "${}")
    if not (_is_template(one_of) or (isinstance(one_of, list) and one_of)):
        yield _unfit(document, (*at, "one_of"), "a list that is not empty", "write it as `[succeeded, processing]`")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unfit(document: Document, at: Loc, what: str, hint: str) -> Mistake:
    return Mistake.at(document.values[at], dotted(at), f"`{at[-1]}` must be {what}", hint)


def _misspelt(document: Document, at: Loc, wanted: Mapping[str, Any]) -> Iterator[Mistake]:
    """Slips of an operator, where nothing else stands beside them. Any other map without operators only is a value, to be found as it is."""
    others = [key for key in wanted if key not in OPERATORS]
    for key in others if all(slip(key, OPERATORS) for key in others) else ():
        where: Loc = (*at, key)
        message, hint = f"unknown operator {quoted(key)}", suggestion(key, OPERATORS)
        yield Mistake.at(document.keys[where], dotted(where), message, hint)


def _pattern_mistakes(document: Document, at: Loc, pattern: object) -> Iterator[Mistake]:
    if not isinstance(pattern, str):
        yield Mistake.at(document.values[at], dotted(at), "`matches` must be text", "write it in quotes")
        return
    try:
        check_pattern(_TEMPLATE.sub("x", pattern))
    except PatternError as error:
        message = f"`matches` is no regular expression: {error}"
        hint = "write it as RE2 has it: Python's syntax without look-around and back-references"
        yield Mistake.at(document.values[at], dotted(at), message, hint)
