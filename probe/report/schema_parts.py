"""What every schema of our results is built from: JSON Schema, draft 2020-12."""

from enum import StrEnum
from typing import Final

Schema = dict[str, object]

TEXT: Final[Schema] = {"type": "string"}
WHOLE: Final[Schema] = {"type": "integer"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
FLAG: Final[Schema] = {"type": "boolean"}
SECONDS: Final[Schema] = {"type": "number", "minimum": 0, "description": "Seconds."}
TEXTS: Final[Schema] = {"type": "array", "items": TEXT}
MOMENT: Final[Schema] = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
    "description": "RFC 3339, UTC, milliseconds.",
}
REASON: Final[Schema] = {"type": "string", "pattern": r"^[a-z0-9_]+(\.[a-z0-9_]+)+$"}
HEX: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]*$"}


def object_of(properties: dict[str, object]) -> Schema:
    """Every key is always there; later versions may add keys, so readers must let unknown ones pass."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def one_of(words: type[StrEnum]) -> Schema:
    """One of an enumeration's words."""
    return {"enum": [word.value for word in words]}


def or_null(schema: Schema) -> Schema:
    """The same, or null where it is not known."""
    return {"anyOf": [schema, {"type": "null"}]}


def list_of(name: str) -> Schema:
    """A list of what `$defs` names."""
    return {"type": "array", "items": defined(name)}


def defined(name: str) -> Schema:
    """What `$defs` names."""
    return {"$ref": f"#/$defs/{name}"}
