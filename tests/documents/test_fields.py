"""Kinds of values: what each takes, and how it refuses."""

from collections.abc import Callable

import pytest
from pydantic_core import PydanticCustomError

from probe.documents.fields import duration, file_path, flag, kind_of, matching, rate, request_path, text, whole
from probe.documents.tree import Unsure

REFUSED: list[tuple[Callable[[object], object], object, str, str]] = [
    (text, True, "must be text, not `true`", "write it in quotes"),
    (text, 1.5, "must be text, not a number (`1.5`)", "write it in quotes"),
    (text, [], "must be text, not a list", ""),
    (text, None, "must be text, not nothing", ""),
    (text, " ", "must be text in one line, not empty", "write it, or leave the key out"),
    (text, "a\nb", "must be text in one line, not empty", "write it, or leave the key out"),
    (text, Unsure("no"), "`no` is not text to every YAML reader", 'write "no" in quotes'),
    (flag, Unsure("On"), "must be true or false, not text (`On`)", "write true"),
    (flag, "true", "must be true or false, not text (`true`)", "without quotes"),
    (flag, 1, "must be true or false, not a number (`1`)", "write true or false"),
    (whole(0, 5), 6, "must be a whole number from 0 to 5, not a number (`6`)", ""),
    (whole(0, 5), True, "must be a whole number from 0 to 5, not `true`", ""),
    (whole(0, 5), "2", "must be a whole number from 0 to 5, not text (`2`)", "without quotes"),
    (rate(25), 0, "must be a number above 0, at most 25, not a number (`0`)", ""),
    (duration, 30, "`30` has no unit", "write `30s` for seconds, or `5m`, `1h30m`, `30d`"),
    (
        duration,
        {},
        "must be a duration, not a map",
        "write a number with its unit, such as `500ms`, `30s`, `5m`, `1h30m` or `30d`",
    ),
    (
        duration,
        "5 m",
        "`5 m` is not a duration",
        "write a number with its unit, such as `500ms`, `30s`, `5m`, `1h30m` or `30d`",
    ),
    (duration, "0s", "`0s` is not a duration", "a duration must be longer than nothing"),
    (matching("[a-z]+", "a word", "write one"), "A1", "`A1` is not a word", "write one"),
    (request_path, "healthz", "`healthz` is not a path", "begin with `/`, without spaces, such as `/healthz`"),
]


@pytest.mark.parametrize(("check", "value", "message", "hint"), REFUSED, ids=[m for _, _, m, _ in REFUSED])
def test_refused(check: Callable[[object], object], value: object, message: str, hint: str) -> None:
    """What is wrong, and how to mend it."""
    with pytest.raises(PydanticCustomError) as caught:
        check(value)
    assert (caught.value.message(), (caught.value.context or {})["hint"]) == (message, hint)


def test_taken() -> None:
    """Right values come out as the engine wants them."""
    assert text("x") == "x"
    assert flag(value=False) is False
    assert whole(0, 5)(5) == 5
    assert rate(25)(2) == 2.0
    assert duration("1h30m") == 5400
    assert str(file_path("a/b")) == "a/b"
    assert request_path("/a?b=c") == "/a?b=c"


def test_kinds_in_words() -> None:
    """No class names for operators."""
    assert [kind_of(v) for v in (None, True, 1, "a", [], {})] == [
        "nothing",
        "true or false",
        "a number",
        "text",
        "a list",
        "a map",
    ]
