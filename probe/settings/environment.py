"""`PAYPATH_…` variables as one tree of values, with the variable's name as each value's place.

`__` stands between levels, lists and maps are JSON, map keys are lower-cased and `_` also stands for `-`.
An empty variable counts as unset, and `null` takes back what the file says.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_origin

from probe.documents.mistakes import Mistake, Place
from probe.documents.nearest import nearest
from probe.documents.shapes import bare, below, fields_of, map_values
from probe.documents.tree import Loc, dotted, scalar

PREFIX: Final = "PAYPATH_"
INJECTED: Final = ("PAYPATH_SERVICE_", "PAYPATH_PORT")
"""What Kubernetes injects for a Service named `paypath`."""


@dataclass(slots=True)
class Variables:
    """What the environment says."""

    tree: dict[str, Any] = field(default_factory=dict)
    values: dict[Loc, Place] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_variables(environ: Mapping[str, str], model: type, file_tree: Mapping[str, Any]) -> Variables:
    """Every variable of ours; keys of maps follow the spelling of the file where it has them."""
    found = Variables()
    ours = [n for n in environ if n.startswith(PREFIX) and not n.startswith(INJECTED) and environ[n]]
    for name in sorted(ours, key=_general_first):
        loc, annotation = _located(name, model, (file_tree, found.tree))
        if annotation is None:
            found.warnings.append(_unknown(name, model, file_tree))
            continue
        try:
            value = _value(environ[name], annotation)
        except ValueError as error:
            found.mistakes.append(Mistake.at(Place(name), dotted(loc), *error.args))
            continue
        _put(found, loc, value, Place(name))
    return found


def _general_first(name: str) -> tuple[bool, int, str]:
    """Whole maps before their parts; identities last, because paths say how these are spelled."""
    return name.startswith(f"{PREFIX}IDENTITIES"), name.count("__"), name


def _located(name: str, model: type, trees: tuple[Mapping[str, Any], ...]) -> tuple[Loc, Any]:
    """Where a variable belongs and what is wanted there; no annotation where nothing is."""
    annotation: Any = model
    loc: Loc = ()
    for part in name.removeprefix(PREFIX).lower().split("__"):
        if not part or (fields_of(annotation) is None and map_values(annotation) is None):
            return loc, None
        key = part if fields_of(annotation) is not None else _spelled(part, loc, trees)
        loc, annotation = (*loc, key), below(annotation, key)
    return loc, annotation


def _spelled(part: str, loc: Loc, trees: tuple[Mapping[str, Any], ...]) -> str:
    """The key of a map as it is spelled elsewhere, where it is: `eu-billing` for `eu_billing`."""
    known = [key for tree in trees for key in _names_at(tree, loc)]
    if loc == ("identities",):
        known += [name for tree in trees for name in _referred(tree)]
    return next((k for k in (part, *known) if k in known and _plain(k) == part.replace("-", "_")), part)


def _plain(key: str) -> str:
    return key.lower().replace("-", "_")


def _names_at(tree: object, loc: Loc) -> Iterator[str]:
    for part in loc:
        tree = tree.get(str(part)) if isinstance(tree, Mapping) else None
    yield from (tree if isinstance(tree, Mapping) else ())


def _referred(tree: Mapping[str, Any]) -> Iterator[str]:
    """Identities that paths name: a variable may define what the file only refers to."""
    for name in _names_at(tree, ("paths",)):
        path = tree["paths"][name]
        connector = path.get("connector") if isinstance(path, Mapping) else None
        identity = connector.get("identity") if isinstance(connector, Mapping) else None
        yield from ([identity] if isinstance(identity, str) else [])


def _value(written: str, annotation: Any) -> Any:  # noqa: ANN401 - JSON
    """The value; ValueError with message and hint where it is none."""
    if any("\ud800" <= c <= "\udfff" for c in written):
        raise ValueError("is not UTF-8 text", "set it again as UTF-8")
    shape = bare(annotation)
    if fields_of(annotation) is not None or get_origin(shape) in (dict, list):
        wanted = ("a list", '["a", "b"]') if get_origin(shape) is list else ("a map", '{"key": "value"}')
        return _json(written, *wanted)
    if written == "null":
        return None
    return scalar(written) if shape in (bool, int, float) else written


def _json(written: str, what: str, example: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(written, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"must be {what} in JSON", f"write it as `{example}`") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _put(found: Variables, loc: Loc, value: object, place: Place) -> None:
    """Set one value; what a more general variable said about the same place gives way."""
    level: Any = found.tree
    for n, part in enumerate(loc[:-1]):
        if not isinstance(level.get(str(part)), dict):
            level[str(part)] = {}
        level = level[str(part)]
        found.values.setdefault(loc[: n + 1], place)
    level[str(loc[-1])] = value
    _mark(found.values, loc, value, place)


def _mark(values: dict[Loc, Place], loc: Loc, value: object, place: Place) -> None:
    values[loc] = place
    parts: Mapping[Any, object] = value if isinstance(value, dict) else {}
    for key, below_it in dict(enumerate(value)).items() if isinstance(value, list) else parts.items():
        _mark(values, (*loc, key), below_it, place)


def _unknown(name: str, model: type, file_tree: Mapping[str, Any]) -> str:
    known = [PREFIX + "__".join(loc).upper().replace("-", "_") for loc in _settings(model, file_tree)]
    near = nearest(name.removeprefix(PREFIX), [k.removeprefix(PREFIX) for k in known])
    hint = f"did you mean {PREFIX}{near}?" if near else "it is ignored"
    return f"{name} is not a setting; {hint}"


def _settings(annotation: Any, tree: object, loc: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:  # noqa: ANN401
    """Every setting that a variable could mean, with the map keys that the file has."""
    keys = fields_of(annotation)
    if keys is None and map_values(annotation) is not None:
        keys = dict.fromkeys(_names_at(tree, ()), map_values(annotation))
    if loc:
        yield loc
    for key, shape in (keys or {}).items():
        yield from _settings(shape, tree.get(key) if isinstance(tree, Mapping) else None, (*loc, key))
