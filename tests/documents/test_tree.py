"""Values, and the place of each."""

import pytest

from probe.documents.mistakes import Place
from probe.documents.tree import Unsure, dotted, read_document, scalar


def test_values_and_places() -> None:
    """Every value and every key remembers its line and column, in lists and behind aliases too."""
    document = read_document("a: &x\n  - 1\n  - {b: 'c'}\nd: *x\n", "f.yaml")
    assert document.root == {"a": [1, {"b": "c"}], "d": [1, {"b": "c"}]}
    assert document.values["a", 1, "b"] == Place("f.yaml", 3, 9)
    assert document.keys["a", 1, "b"] == Place("f.yaml", 3, 6)
    assert document.values["d", 0] == Place("f.yaml", 2, 5)
    assert document.mistakes == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None), ("~", None), ("", None), ("true", True), ("False", False), ("12", 12), ("-3", -3), ("2.5", 2.5),
        ("0", 0), ("30s", "30s"), ("2026-01-15", "2026-01-15"), ("12:30", "12:30"), ("1e3", "1e3"), (".inf", ".inf"),
        ("9" * 5000, "9" * 5000),
    ],
)  # fmt: skip
def test_scalars(text: str, value: object) -> None:
    """YAML 1.2's core schema: no dates, no sexagesimal numbers, no infinity."""
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


@pytest.mark.parametrize("text", ["yes", "No", "on", "OFF", "010", "1_000", "0x1F", "0o17"])
def test_unsure(text: str) -> None:
    """What YAML 1.1 and 1.2 read differently is kept as written and marked."""
    assert isinstance(scalar(text), Unsure)
    assert read_document(f"'{text}'", "f").root == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "f:3:1: duplicate key `a`; it stands in line 1 already; keep one"),
        ("a: &x [*x]\n", "f:1:4: an alias to the value that it is part of; repeat what you need instead"),
        ("a: !env X\n", "f:1:4: YAML tags are not supported; put text that begins with `!` in quotes"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "f:3:3: merge keys (`<<`) are not supported; repeat the keys"),
        ("? [a]\n: b\n", "f:1:3: a key must be plain text; put it in quotes"),
        ('a: "\\ud800"\n', "f:1:4: half of a surrogate pair; write the character itself"),
    ],
)
def test_mistakes_beside_values(text: str, message: str) -> None:
    """They are collected, so that the rest is still checked."""
    assert [str(mistake) for mistake in read_document(text, "f").mistakes] == [message]


def test_aliases_are_bounded() -> None:
    """The text of a billion laughs is refused after a hundred thousand of them."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    document = read_document("\n".join(lines), "f")
    assert [mistake.message for mistake in document.mistakes] == ["too many values"]


def test_dotted() -> None:
    """As people write a place."""
    assert dotted(("steps", 0, "with")) == "steps[0].with"
