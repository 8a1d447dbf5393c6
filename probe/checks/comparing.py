"""One expected value against one found value: equality, and a few operators."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from probe.checks.dotted import MISSING, find
from probe.documents.patterns import PatternError, is_found
from probe.redact.leaving import leaving

_LONGEST: Final = 120
"""Characters of a value in a summary."""


def differs(found: object, expected: object) -> str | None:
    """What was expected instead of `found`, in words; None where it fits.

    `expected` is a value, or a map of operators that must all hold: `min`, `max` (inclusive), `matches` (a regular expression
    found anywhere in a text, RE2), `one_of`, `present`, and `any` (a list has an item of which all this holds: dotted places and
    what is expected there). Any other map is a value. true is not 1.
    """
    if isinstance(expected, Mapping) and expected and expected.keys() <= _OPERATORS.keys():
        broken = [name for name, bound in expected.items() if not _OPERATORS[name](found, bound)]
        return ", ".join(f"{name.replace('_', ' ')} {shown(expected[name])}" for name in broken) or None
    return None if _equal(found, expected) else shown(expected)


def shown(value: object) -> str:
    """A value as a summary shows it: as JSON, cut where it is long."""
    try:
        text = repr(value) if value is MISSING else json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:  # an answer that nests as deep as JSON can be read
        text = f"a {type(value).__name__} of very many levels"
    text = leaving(text)  # before it is cut: half a secret would not be recognised any more
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _equal(found: object, expected: object) -> bool:
    """Equality of JSON values, in which a boolean is no number."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, Mapping) and isinstance(expected, Mapping):
        return found.keys() == expected.keys() and all(_equal(found[key], expected[key]) for key in expected)
    if isinstance(found, list | tuple) and isinstance(expected, list | tuple):
        return len(found) == len(expected) and all(map(_equal, found, expected))
    return found == expected


def _number(value: object) -> float | None:
    """`value` where it is a number."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _at_least(found: object, bound: object) -> bool:
    """`min`."""
    number, least = _number(found), _number(bound)
    return number is not None and least is not None and number >= least


def _at_most(found: object, bound: object) -> bool:
    """`max`."""
    number, most = _number(found), _number(bound)
    return number is not None and most is not None and number <= most


def _matches(found: object, pattern: object) -> bool:
    """`matches`."""
    if not isinstance(found, str) or not isinstance(pattern, str):
        return False
    try:
        return is_found(pattern, found)
    except PatternError:  # what a template brought into it made it none: validation cannot know that
        return False


def _one_of(found: object, allowed: object) -> bool:
    """`one_of`."""
    return isinstance(allowed, list | tuple) and any(_equal(found, each) for each in allowed)


def _present(found: object, wanted: object) -> bool:
    """`present`: null is there, and yet is nothing."""
    return (found is not MISSING and found is not None) is wanted


def _any(found: object, wanted: object) -> bool:
    """`any`."""
    if not isinstance(found, list | tuple) or not isinstance(wanted, Mapping):
        return False
    return any(all(differs(find(item, place), value) is None for place, value in wanted.items()) for item in found)


_OPERATORS: Final[Mapping[str, Callable[[object, object], bool]]] = {
    "min": _at_least,
    "max": _at_most,
    "matches": _matches,
    "one_of": _one_of,
    "present": _present,
    "any": _any,
}
