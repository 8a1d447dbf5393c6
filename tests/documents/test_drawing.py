"""What a run may draw by lot."""

import random

import pytest

from probe.documents.drawing import EXAMPLES, DrawingError, draw, draw_values, drawing_in


def test_the_forms() -> None:
    """Each gives what it says, both ends of an amount included."""
    lot = random.Random(1)
    assert {draw("random.amount(1, 3)", lot) for _ in range(60)} == {1, 2, 3}
    assert {draw("random.choice(usd,eur , gbp)", lot) for _ in range(60)} == {"usd", "eur", "gbp"}
    found = {draw("random.hex(12)", lot) for _ in range(9)}
    assert all(isinstance(text, str) and len(text) == 12 and int(text, 16) >= 0 for text in found)
    assert len(found) == 9
    assert all(draw(example, lot) for example in EXAMPLES)


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        ("random.amount(5)", "`random.amount` takes the smallest"),
        ("random.amount(5, 1)", "`random.amount` takes the smallest"),
        ("random.amount(1, 2, 3)", "`random.amount` takes the smallest"),
        ("random.amount(a, 2)", "`random.amount` takes the smallest"),
        ("random.amount(-1, 2)", "`random.amount` takes the smallest"),
        ("random.choice()", "`random.choice` takes words"),
        ("random.choice(a b)", "`random.choice` takes words"),
        ("random.hex(0)", "`random.hex` takes how many digits"),
        ("random.hex(65)", "`random.hex` takes how many digits"),
        ("random.hex(1, 2)", "`random.hex` takes how many digits"),
        ("random.hex(x)", "`random.hex` takes how many digits"),
        ("random.system(ls)", "write `${random.amount(100, 500)}`, `${random.choice(usd, eur)}`"),
        ("random.amount", "write `${random.amount(100, 500)}`"),
        ("random.amount(1, 2).x", "write `${random.amount(100, 500)}`"),
    ],
)
def test_anything_else(drawing: str, message: str) -> None:
    """Is refused, with what to write."""
    with pytest.raises(DrawingError) as caught:
        draw(drawing, random.Random(1))
    assert str(caught.value).startswith(message)


def test_values_of_a_run() -> None:
    """Only a text that is a drawing and nothing else is drawn."""
    values = {"amount": "${ random.amount(7, 7) }", "currency": "usd", "count": 3, "text": "a ${random.hex(2)}"}
    assert draw_values(values, random.Random(1)) == {**values, "amount": 7}
    assert drawing_in("${saved.x}") is None
    assert drawing_in(5) is None
