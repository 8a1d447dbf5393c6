"""JSON Schema from models."""

from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict

from probe.documents.fields import Duration, Flag, Name, Text
from probe.documents.schemas import schema_of


class Part(BaseModel):
    """A part."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    title: Text
    """A key that is called like one of JSON Schema's own."""


class Whole(BaseModel):
    """A whole."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    every: Duration = 300.0
    """How often."""
    steps: list[Duration] = [60.0, 1.0]
    """Durations."""
    parts: dict[Name, Part] = {}
    """By name."""
    part: Part = Part(title="x")
    """One."""
    on: Flag = False
    """Or off."""


SCHEMA = schema_of(Whole, "whole", "A whole.")


def test_valid_schema() -> None:
    """It is itself valid, and says which dialect."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_defaults_as_written() -> None:
    """Durations are texts, and empty defaults are left out."""
    properties = SCHEMA["properties"]
    assert (properties["every"]["default"], properties["steps"]["default"]) == ("5m", ["1m", "1s"])
    assert "default" not in properties["parts"]
    assert "default" not in properties["part"]


def test_closed_maps_keep_their_names() -> None:
    """Maps by name are closed too, and a key named `title` survives."""
    refused = Draft202012Validator(SCHEMA)
    assert refused.is_valid({"parts": {"a": {"title": "x"}}, "every": "1h"})
    assert not refused.is_valid({"parts": {"A!": {"title": "x"}}})
    assert not refused.is_valid({"parts": {"a": {"titel": "x"}}})
    assert not refused.is_valid({"every": 30})
