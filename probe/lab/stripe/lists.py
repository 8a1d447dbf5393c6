"""Pages of lists: newest first, cursors, time filters."""

from collections.abc import Callable, Iterable
from typing import Final

from probe.lab.stripe.calls import Call
from probe.lab.stripe.collection import Collection
from probe.lab.stripe.errors import Json, Refusal

DEFAULT_LIMIT: Final = 10

_BOUNDS: Final[dict[str, Callable[[int, int], bool]]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def page(call: Call, collection: Collection, matching: Callable[[Json], bool] = lambda _: True) -> Json:
    """The page of `collection` that the call asks for, of those that match."""
    parameters = call.parameters
    if "starting_after" in parameters and "ending_before" in parameters:
        raise Refusal("You cannot parameterize both starting_after and ending_before.", param="ending_before")
    for cursor in ("starting_after", "ending_before"):
        if cursor in parameters:
            collection.named(parameters[cursor], param=cursor)
    return cut(call, [one for one in collection if matching(one) and _within(one, parameters.get("created"))])


def cut(call: Call, everything: Iterable[Json]) -> Json:
    """Cut one page out of `everything`, newest first."""
    found = list(everything)
    limit = call.parameters.get("limit", DEFAULT_LIMIT)
    ids = [one["id"] for one in found]
    if (after := call.parameters.get("starting_after")) is not None:
        found = found[ids.index(after) + 1 :] if after in ids else []
    elif (before := call.parameters.get("ending_before")) is not None:
        found = found[: ids.index(before)] if before in ids else []
        return _list(call.path, found[-limit:], more=len(found) > limit)
    return _list(call.path, found[:limit], more=len(found) > limit)


def same(call: Call, *names: str) -> Callable[[Json], bool]:
    """Match the objects whose fields equal the parameters of the same names, where given."""
    wanted = {name: call.parameters[name] for name in names if name in call.parameters}
    return lambda one: all(one.get(name) == value for name, value in wanted.items())


def _list(url: str, found: list[Json], *, more: bool) -> Json:
    return {"object": "list", "data": found, "has_more": more, "url": url}


def _within(one: Json, bounds: Json | None) -> bool:
    """True where `created` keeps every bound."""
    return all(_BOUNDS[name](one["created"], bound) for name, bound in (bounds or {}).items())
