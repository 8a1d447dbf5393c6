"""What pydantic finds, at the places where it was written."""

import pydantic
import pytest

from probe.documents.fields import Name, Text
from probe.documents.mistakes import Place
from probe.documents.tree import read_document
from probe.documents.validation import Places, mistakes_of


class Thing(pydantic.BaseModel):
    """A model of an operator's document."""

    model_config = pydantic.ConfigDict(extra="forbid")

    name: Text
    parts: dict[Name, list[Text]] = {}


def found(text: str) -> list[str]:
    """The mistakes of a text, as people see them."""
    document = read_document(text, "f")
    with pytest.raises(pydantic.ValidationError) as caught:
        Thing.model_validate(document.root)
    places = Places(values=document.values, keys=document.keys)
    return [str(mistake) for mistake in mistakes_of(caught.value, Thing, places)]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("name: x\nprats: {}", "f:2:1: unknown key `prats`; did you mean `parts`?"),
        ("parts: {}", "f:1:1: `name` is missing; add it"),
        ("nmae: x", "f:1:1: unknown key `nmae`; did you mean `name`?"),
        ("name: x\nparts: 3", "f:2:8: `parts` must be a map, not a number"),
        ("name: x\nparts: {a: b}", "f:2:12: `a` must be a list, not text"),
        ("name: x\nparts: {a: [b, 3]}", "f:2:16: `a[1]` must be text, not a number (`3`); write it in quotes"),
        ("name: x\nparts: {A: [b]}", "f:2:9: `A`: `A` is not a name; use lower-case letters, digits, `-`, `_` and `.`"),
        ("3", "f:1:1: the document must be a map, not a number"),
    ],
)
def test_mistakes(text: str, mistake: str) -> None:
    """Unknown and missing keys at the key, wrong values at the value."""
    assert found(text) == [mistake]


def test_places_fall_back_to_what_is_around() -> None:
    """A missing key has no place of its own."""
    places = Places(values={(): Place("f", 1, 1)}, keys={("a",): Place("f", 2, 1)})
    assert places.key(("a", "b", "c")) == Place("f", 2, 1)
    assert places.key(("x",)) == Place("f", 1, 1)
    assert places.value(("a", "b")) == Place("f", 1, 1)
    assert Places(values={}, keys={}).value(("a",)) == Place("environment")
