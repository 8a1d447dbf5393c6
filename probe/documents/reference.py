"""Tables of all keys for the documentation, from a JSON Schema, so that they cannot drift."""

import pathlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import probe
from probe.documents.durations import PATTERN

DOCS: Final = pathlib.Path(probe.__file__).parent.parent / "docs"

Schema = Mapping[str, Any]
_STEPS: Final = ("steps", "cleanup")


@dataclass(frozen=True, slots=True)
class Row:
    """One key."""

    key: tuple[str, ...]
    """`NAME` stands for a name of the operator's; a part with `[]` is a list, whose items have what follows."""
    kind: str
    default: str
    meaning: str
    required: bool


def rows(schema: Schema) -> tuple[Row, ...]:
    """Every key that takes a value, in the models' order."""
    return tuple(_rows(schema, schema, ()))


def table(found: Sequence[Row], columns: Mapping[str, Any]) -> str:
    """A Markdown table; `columns` maps a heading to a function of the row."""
    lines = [list(columns), ["---"] * len(columns), *([str(cell(row)) for cell in columns.values()] for row in found)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def write_or_check(file: pathlib.Path, text: str, arguments: Sequence[str]) -> int:
    """Write the page; with `--check` only say whether it is in step: 0, or 1 with the command that mends it."""
    if "--check" not in arguments:
        file.write_text(text, encoding="utf-8")
        return 0
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return 0
    module = getattr(sys.modules["__main__"].__spec__, "name", "probe")
    sys.stderr.write(f"{file.name} is out of step; run: python -m {module}\n")
    return 1


def _rows(root: Schema, schema: Schema, key: tuple[str, ...]) -> Iterator[Row]:
    required = schema.get("required", ())
    for name, written in schema.get("properties", {}).items():
        below = _resolved(root, written)
        if "properties" in below:
            yield from _rows(root, below, (*key, name))
        elif "patternProperties" in below and "properties" in (value := _map_value(root, below)):
            yield from _rows(root, value, (*key, name, "NAME"))
        elif "items" in below and "properties" in _resolved(root, below["items"]):
            yield from _listed(root, below, (*key, name), written, required=name in required)
        elif (listed := _map_item(root, below)) is not None:
            yield Row((*key, name), "list of texts or maps", "", _meaning(written), name in required)
            yield from _rows(root, listed, (*key, f"{name}[]"))
        else:
            yield Row((*key, name), _kind(root, below), _default(below), _meaning(written), name in required)


def _listed(root: Schema, schema: Schema, key: tuple[str, ...], written: Schema, *, required: bool) -> Iterator[Row]:
    """A list of maps, with what stands in each; steps have a page of their own."""
    if key[-1] in _STEPS:
        yield Row(key, "list of steps", "", _meaning(written), required)
        return
    yield Row(key, "list of maps", "", _meaning(written), required)
    yield from _rows(root, _resolved(root, schema["items"]), (*key[:-1], f"{key[-1]}[]"))


def _map_item(root: Schema, schema: Schema) -> Schema | None:
    """The map that an item of a list may be instead of a text."""
    forms = [_resolved(root, form) for form in schema.get("items", {}).get("anyOf", ())]
    return next((form for form in forms if "properties" in form), None)


def _map_value(root: Schema, schema: Schema) -> Schema:
    return _resolved(root, next(iter(schema["patternProperties"].values())))


def _resolved(root: Schema, schema: Schema) -> Schema:
    """The schema behind a reference and without `null`, with what is said beside it."""
    beside = {key: value for key, value in schema.items() if key not in ("$ref", "anyOf")}
    if "$ref" in schema:
        return {**root["$defs"][schema["$ref"].rpartition("/")[2]], **beside}
    if "anyOf" in schema:
        chosen = next(each for each in schema["anyOf"] if each.get("type") != "null")
        return {**_resolved(root, chosen), **beside}
    return schema


def _kind(root: Schema, schema: Schema) -> str:
    """What a value is, in words."""
    words = {"boolean": "true or false", "string": "text", "object": "map"}
    found = words.get(str(schema.get("type")), "text")
    match schema:
        case {"enum": choices}:
            found = ", ".join(f"`{word}`" for word in choices)
        case {"pattern": pattern} if pattern == PATTERN:
            found = "duration"
        case {"type": "array", "items": items}:
            found = f"list of {_kind(root, items)}s"
        case {"patternProperties": _}:
            found = f"map, each to a {_kind(root, _map_value(root, schema))}"
        case {"format": "uri"}:
            found = "URL"
        case {"type": "integer", "minimum": low, "maximum": high}:
            found = f"whole number from {low} to {high}"
        case {"type": "number", "exclusiveMaximum": high}:
            found = f"number below {high:g}"
        case {"type": "number", "maximum": high}:
            found = f"number up to {high:g}"
    return found


def _default(schema: Schema) -> str:
    if "default" not in schema:
        return ""
    value = schema["default"]
    if isinstance(value, list):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _meaning(schema: Schema) -> str:
    return " ".join(str(schema.get("description", "")).split())
