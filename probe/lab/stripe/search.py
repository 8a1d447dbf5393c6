"""Stripe's search language, as far as payment intents need it: `metadata['run']:'x' AND amount>100`."""

import re
from collections.abc import Callable
from typing import Any, Final

from probe.lab.stripe.calls import Call
from probe.lab.stripe.collection import Collection
from probe.lab.stripe.errors import Json, Refusal
from probe.lab.stripe.lists import DEFAULT_LIMIT
from probe.lab.stripe.parameters import EXPAND, Spec, integer, text

SPEC: Final[Spec] = EXPAND | {"query": text, "limit": integer(1, 100), "page": text}

_CLAUSE: Final = re.compile(
    r"""\s*(?P<minus>-)?(?P<field>[a-z_]+)(\[(?P<mark>["'])(?P<key>[^"']*)(?P=mark)\])?"""
    r"""\s*(?P<operator>:|~|>=|<=|>|<)\s*("(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[\w.-]+))\s*"""
)
_JOINT: Final = re.compile(r"(and|or)\s", re.IGNORECASE)
_FIELDS: Final = frozenset({"amount", "created", "currency", "customer", "metadata", "status"})
_NUMBERS: Final = frozenset({"amount", "created"})
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ":": lambda value, wanted: bool(value == wanted),
    "~": lambda value, wanted: wanted in (value or ""),
    ">": lambda value, wanted: bool(value > wanted),
    "<": lambda value, wanted: bool(value < wanted),
    ">=": lambda value, wanted: bool(value >= wanted),
    "<=": lambda value, wanted: bool(value <= wanted),
}
Matching = Callable[[Json], bool]


def found(call: Call, collection: Collection) -> Json:
    """The page of results; `next_page` is the cursor of the next one."""
    query = call.parameters["query"]
    matching = parse(query)
    everything = [one for one in collection if matching(one)]
    limit = call.parameters.get("limit", DEFAULT_LIMIT)
    cursor = call.parameters.get("page", "0")
    if not cursor.isdecimal():
        raise Refusal(f"Invalid page: {cursor}", param="page")
    start = int(cursor)
    more = len(everything) > start + limit
    return {
        "object": "search_result",
        "data": everything[start : start + limit],
        "has_more": more,
        "next_page": str(start + limit) if more else None,
        "url": call.path,
    }


def parse(query: str) -> Matching:
    """Read clauses joined by AND, or by OR; mixing them is refused, as Stripe refuses it."""
    words = {word.upper() for word in re.findall(r"\s(and|or)\s", query, re.IGNORECASE)}
    if len(words) > 1:
        raise _malformed("AND and OR cannot be mixed")
    clauses: list[Matching] = []
    position = 0
    while True:
        match = _CLAUSE.match(query, position)
        if match is None:
            raise _malformed(f"it does not start a clause: {query[position:]!r}")
        clauses.append(_clause(match))
        position = match.end()
        if position == len(query):
            break
        joint = _JOINT.match(query, position)
        if joint is None:
            raise _malformed(f"AND or OR and another clause are missing at {query[position:]!r}")
        position = joint.end()
    combine = any if words == {"OR"} else all
    return lambda one: combine(clause(one) for clause in clauses)


def _clause(match: re.Match[str]) -> Matching:
    field, key, operator = match["field"], match["key"], match["operator"]
    if field not in _FIELDS or (key is not None) != (field == "metadata"):
        raise _malformed(f"field {field} is not searchable")
    wanted: Any = next(v for v in (match["double"], match["single"], match["bare"]) if v is not None)
    if field in _NUMBERS:
        if not wanted.isdecimal():
            raise _malformed(f"{field} needs a number")
        wanted = int(wanted)
    elif operator not in {":", "~"}:
        raise _malformed(f"{field} cannot be compared with {operator}")
    if field in _NUMBERS and operator == "~":
        raise _malformed(f"{field} cannot be compared with ~")

    def holds(one: Json) -> bool:
        value = one["metadata"].get(key) if key is not None else one[field]
        return _COMPARE[operator](value, wanted) != bool(match["minus"])

    return holds


def _malformed(why: str) -> Refusal:
    return Refusal(f"We were unable to parse your search query: {why}.", param="query")
