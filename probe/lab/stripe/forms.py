"""Form-encoded nested parameters, as Stripe reads them: `a[b][c]=`, `a[]=`, `a[0][b]=`.

A hash with the keys 0, 1, … stays a hash here: only the kind of the parameter knows whether it is meant as a list.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from probe.lab.stripe.errors import Json, Refusal

MAX_DEPTH: Final = 8

_KEY: Final = re.compile(r"(?P<name>[^\[\]]+)(?P<path>(\[[^\[\]]*\])*)")


def parse(pairs: Iterable[tuple[str, str]]) -> Json:
    """Build the tree of parameters; of a value given twice the last one counts. A malformed key is a `Refusal`."""
    tree: Json = {}
    for key, value in pairs:
        _set(tree, _split(key), value, key)
    return tree


def _split(key: str) -> list[str]:
    """The steps of a key; an empty one is `[]`."""
    match = _KEY.fullmatch(key)
    if match is None:
        raise Refusal(f"Invalid parameter name {key!r}: write it as name, name[key] or name[].", param=key)
    steps = [match["name"], *re.findall(r"\[([^\[\]]*)\]", match["path"])]
    if len(steps) > MAX_DEPTH:
        raise Refusal(f"Parameter {key!r} is nested too deeply: {MAX_DEPTH} levels are the limit.", param=key)
    return steps


def _set(node: Any, steps: list[str], value: str, key: str) -> None:  # noqa: ANN401 - a node is a hash or a list
    step, rest = steps[0], steps[1:]
    if isinstance(node, list):
        if step:
            raise _mixed(key)
        _append(node, rest, value, key)
    elif step == "":
        raise _mixed(key)
    elif not rest:
        if isinstance(node.get(step), (dict, list)):
            raise _mixed(key)
        node[step] = value
    else:
        child = node.setdefault(step, [] if rest[0] == "" else {})
        if isinstance(child, str):
            raise _mixed(key)
        _set(child, rest, value, key)


def _append(elements: list[Any], rest: list[str], value: str, key: str) -> None:
    """`a[]=x` adds a value; `a[][b]=x` adds to the last hash until a key comes twice."""
    if not rest:
        elements.append(value)
        return
    last = elements[-1] if elements else None
    if not isinstance(last, dict) or (len(rest) == 1 and rest[0] in last):
        last = {}
        elements.append(last)
    _set(last, rest, value, key)


def _mixed(key: str) -> Refusal:
    """One name used as a value and as a hash or list."""
    name = key.partition("[")[0]
    return Refusal(f"Invalid parameter {key!r}: {name} is used as a value, a hash and a list at once.", param=name)
