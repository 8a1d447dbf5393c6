"""What may stand below a place."""

from pydantic import BaseModel, Field

from probe.documents.shapes import below, fields_of, known_keys, map_values


class Leaf(BaseModel):
    """A small model."""

    count: int | None = None
    with_: str = Field(default="", alias="with")


class Root(BaseModel):
    """A larger one."""

    leaves: dict[str, Leaf] = {}
    rows: list[Leaf] = []
    one: Leaf | None = None


def test_known_keys_below_maps_lists_and_options() -> None:
    """Aliases are what people write."""
    for loc in (("leaves", "x"), ("rows", 3), ("one",)):
        assert known_keys(Root, loc) == ("count", "with")
    assert known_keys(Root, ()) == ("leaves", "rows", "one")


def test_nothing_below_values() -> None:
    """A number has no keys, an unknown key leads nowhere."""
    assert known_keys(Root, ("one", "count", "x")) == ()
    assert below(Root, "nope") is None
    assert fields_of(int) is None
    assert map_values(Root) is None
