"""Kinds of parameters, one by one."""

from typing import Any

import pytest

from probe.lab.stripe import parameters as p
from probe.lab.stripe.errors import Refusal


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (p.text, "x", "x"),
        (p.flag, "true", True),
        (p.flag, "false", False),
        (p.integer(), "12", 12),
        (p.integer(-5), "-3", -3),
        (p.choice("a", "b"), "b", "b"),
        (p.unset(p.text), "", None),
        (p.items(p.text), ["a", "b"], ["a", "b"]),
        (p.items(p.integer()), {"1": "20", "0": "10"}, [10, 20]),
        (p.items(p.integer()), {str(i): str(i) for i in reversed(range(12))}, list(range(12))),
        (p.fields(a=p.integer()), {"a": "1"}, {"a": 1}),
        (p.metadata, {"0": "x"}, {"0": "x"}),
        (p.metadata, "", {}),
        (p.moment, "5", {"gte": 5, "lte": 5}),
        (p.moment, {"gt": "5"}, {"gt": 5}),
    ],
)
def test_taken(kind: p.Kind, raw: Any, value: Any) -> None:  # noqa: ANN401 - any kind of value
    """What the form held becomes a value."""
    assert kind(raw, "name") == value


@pytest.mark.parametrize(
    ("kind", "raw", "message", "code"),
    [
        (p.text, {"a": "b"}, "Invalid string", None),
        (p.text, "", "You passed an empty string for 'name'", "parameter_invalid_empty"),
        (p.text, "x" * 5001, "at most 5000", None),
        (p.flag, "yes", "Invalid boolean: yes", None),
        (p.integer(), "1.5", "Invalid integer: 1.5", "parameter_invalid_integer"),
        (p.integer(), "٣", "Invalid integer", "parameter_invalid_integer"),
        (p.integer(1, 100), "101", "less than or equal to 100", "parameter_invalid_integer"),
        (p.integer(1), "0", "greater than or equal to 1", "parameter_invalid_integer"),
        (p.choice("a", "b"), "c", "must be one of a or b", None),
        (p.choice("a"), "c", "must be one of a", None),
        (p.only("a"), "c", "does not know what name=c does", None),
        (p.refused, "c", "does not know what name does", None),
        (p.items(p.text), "a", "name must be a list", None),
        (p.items(p.text, maximum=1), ["a", "b"], "at most 1", None),
        (p.fields(a=p.text), "a", "name must be a hash", None),
        (p.metadata, {"a": {"b": "c"}}, "must be a hash of strings", None),
        (p.metadata, {str(i): "x" for i in range(51)}, "up to 50 keys", None),
        (p.metadata, {"k" * 41: "x"}, "up to 40 characters", None),
        (p.metadata, {"k": "x" * 501}, "values up to 500", None),
    ],
)
def test_refused(kind: p.Kind, raw: Any, message: str, code: str | None) -> None:  # noqa: ANN401 - any kind of value
    """What is none of it is a 400 that names the parameter."""
    with pytest.raises(Refusal, match=message) as caught:
        kind(raw, "name")
    assert caught.value.error.get("code") == code
    assert caught.value.status == 400


def test_read_names_the_inner_parameter() -> None:
    """An unknown parameter deep inside is named with its whole path."""
    spec = {"a": p.fields(b=p.fields(c=p.text))}
    with pytest.raises(Refusal) as caught:
        p.read(spec, {"a": {"b": {"d": "1"}}})
    assert caught.value.error["param"] == "a[b][d]"
    with pytest.raises(Refusal, match="Missing required param: a"):
        p.read(spec, {}, required=("a",))
