"""JSON Schema (draft 2020-12) of what people write, from the pydantic models."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from probe.documents.durations import PATTERN, duration_text

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema_of(model: type[BaseModel], title: str, description: str) -> dict[str, Any]:
    """The schema of a model, ready for an editor: durations as texts, closed maps, a description on every key."""
    made = model.model_json_schema(by_alias=True)
    found = _tidied({key: value for key, value in made.items() if key not in ("title", "description")})
    return {"$schema": DIALECT, "title": title, "description": description, **found}


def _tidied(value: Any, *, names: bool = False) -> Any:  # noqa: ANN401 - JSON
    """Without pydantic's titles; maps with free names are closed; `names` says that the keys here are the operator's."""
    if isinstance(value, list):
        return [_tidied(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if names:
        return {key: _tidied(item) for key, item in value.items()}
    kept = {
        key: _tidied(item, names=key in ("properties", "$defs", "patternProperties"))
        for key, item in value.items()
        if key != "title" and not (key == "default" and item in (None, {}, []))
    }
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    if isinstance(kept.get("default"), Mapping):
        del kept["default"]
    if "default" in kept:
        kept["default"] = _written(kept["default"], kept)
    return kept


def _written(default: Any, around: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """A default as the operator would write it: durations are seconds inside and texts outside."""
    if isinstance(default, list):
        return [_written(item, around.get("items", {})) for item in default]
    return duration_text(default) if around.get("pattern") == PATTERN else default
