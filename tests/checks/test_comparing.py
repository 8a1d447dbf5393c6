"""Expected against found: equality and operators."""

from datetime import date

import pytest

from probe.checks.comparing import differs, shown
from probe.checks.dotted import MISSING
from probe.model.scenario import OPERATORS


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("succeeded", "succeeded"),
        (100, 100),
        (100, 100.0),
        (None, None),
        (False, False),
        ({"a": [1, {"b": 2}]}, {"a": (1, {"b": 2})}),
        (100, {"min": 100, "max": 100}),
        ("req_123", {"matches": "^req_"}),
        ("pending", {"one_of": ["succeeded", "pending"]}),
        ("x", {"present": True}),
        (None, {"present": False}),
        (MISSING, {"present": False}),
        ([{"id": "a"}, {"id": "b", "n": {"m": 3}}], {"any": {"id": "b", "n.m": {"min": 2}}}),
        ([1], {"any": {}}),
        ({}, {}),
        ({"min": 1, "other": 2}, {"min": 1, "other": 2}),
    ],
)
def test_what_fits(found: object, expected: object) -> None:
    """Nothing is said."""
    assert differs(found, expected) is None


@pytest.mark.parametrize(
    ("found", "expected", "words"),
    [
        ("processing", "succeeded", '"succeeded"'),
        (1, True, "true"),
        (True, 1, "1"),
        (MISSING, None, "null"),
        ({"code": "card_declined"}, None, "null"),
        ("pi_1", {"id": "pi_1"}, '{"id": "pi_1"}'),
        ({"a": 1}, {"a": 1, "b": 2}, '{"a": 1, "b": 2}'),
        ([1], [1, 2], "[1, 2]"),
        ([True], [1], "[1]"),
        (99, {"min": 100, "max": 200}, "min 100"),
        (201, {"min": 100, "max": 200}, "max 200"),
        ("x", {"min": 1, "max": "y"}, 'min 1, max "y"'),
        (True, {"min": 1}, "min 1"),
        ("abc", {"matches": "^b"}, 'matches "^b"'),
        (5, {"matches": "5"}, 'matches "5"'),
        ("5", {"matches": 5}, "matches 5"),
        ("x(", {"matches": "x("}, 'matches "x("'),
        ("x", {"one_of": ["y"]}, 'one of ["y"]'),
        ("x", {"one_of": "xyz"}, 'one of "xyz"'),
        ([{"id": "a", "n": 1}, {"id": "b"}], {"any": {"id": "a", "n": 2}}, 'any {"id": "a", "n": 2}'),
        ([], {"any": {}}, "any {}"),
        ("abc", {"any": {}}, "any {}"),
        ([1], {"any": "x"}, 'any "x"'),
        (None, {"present": True}, "present true"),
        ("x" * 3, "y" * 300, '"' + "y" * 119 + "…"),
    ],
)
def test_what_differs(found: object, expected: object, words: str) -> None:
    """It says what was expected; a boolean is no number, and only the operators that do not hold are named."""
    assert differs(found, expected) == words


def test_the_operators_are_those_that_validation_knows() -> None:
    """A map of these alone is an expectation, and any other map a value."""
    for name in OPERATORS:
        assert differs(MISSING, {name: []}) is not None
    assert differs({"other": 1}, {"other": 1}) is None


def test_a_value_of_very_many_levels() -> None:
    """What nests deeper than JSON can be written is named by its kind."""
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert differs(None, deep) == "a list of very many levels"


def test_values_as_people_read_them() -> None:
    """With their own letters, and cut where they are long."""
    assert shown("é") == '"é"'
    assert shown({"at": date(2026, 1, 15)}) == '{"at": "2026-01-15"}'
    assert [len(shown("x" * length)) for length in (0, 117, 118, 119, 5000)] == [2, 119, 120, 121, 121]
