"""What `values` become where templates put them together: a card number or a key that stands nowhere as a whole is refused, too."""

import pytest

from probe.documents.mistakes import SetupError
from probe.scenario.load import load_scenario

STEP = "name: a\nevery: 5m\nvalues: {%s}\nsteps:\n  - stripe: v1.customers.create\n    with: {note: ['%s']}\n"
HTTP = "name: a\nevery: 5m\nvalues: {%s}\nsteps:\n  - http: {path: /x, method: POST, headers: {x: 'n ${values.b}'}, body: '%s'}\n"


def found(text: str) -> list[str]:
    """The mistakes in a scenario's text."""
    try:
        load_scenario(text, "a.yaml")
    except SetupError as error:
        return [f"{each.line}:{each.column}: {each.message}" for each in error.mistakes]
    return []


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ("b: 42424242", "${values.b},${values.b}"),
        ("b: 42424242", "${values.b}${values.b}"),
        ("b: '4242'", "${values.b}\u200b${values.b}:${values.b}|${values.b}"),
        ("b: '${random.choice(a, 42424242)}'", "x ${values.b}-${values.b}"),
        ("b: '${random.amount(100, 42424242)}', c: 42424242", "${values.b}/${values.c}"),
        ("b: 42.424242, c: 42424242", "${values.b}.${values.c}"),
    ],
)
def test_a_card_number_in_parts(values: str, text: str) -> None:
    """Constants, every word of a choice, both ends of an amount."""
    message = "what stands here could be a card number"
    assert found(STEP % (values, text)) == [f"6:19: {message}"]
    assert found(HTTP % (values, text)) == [f"5:73: {message}"]


def test_a_key_in_parts() -> None:
    """A live-mode key, and any other."""
    assert found(STEP % ("b: sk_", "${values.b}live_51Habc")) == ["6:19: a live-mode Stripe key stands here"]
    assert found(STEP % ("b: sk_", "${values.b}test_51Habc")) == ["6:19: a Stripe key stands here"]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ("b: 42424242", "${values.b} of ${values.b}"),
        ("b: '${random.hex(16)}'", "${values.b}${values.b}"),
        ("b: '${random.amount(100, 500)}'", "${values.b}, ${run.id}"),
        (
            ", ".join(f"b{n}: '${{random.choice(a, b)}}'" for n in range(12)) + ", b: c",
            "".join(f"${{values.b{n}}}" for n in range(12)),
        ),
    ],
)
def test_what_is_neither(values: str, text: str) -> None:
    """Letters between, and what is drawn by lot; of very many combinations some are looked at."""
    assert found(STEP % (values, text)) == []
    assert found(HTTP % (values, text)) == []


def test_a_value_that_is_not_there_is_told_alone() -> None:
    """Nothing is made of it, and values that are no map are somebody else's to judge."""
    assert found(STEP % ("b: 4242", "${values.c} 4242 4242 4242")) == ["6:19: `values.c` is not known"]
    assert "`values`" in found((STEP % ("b: 1", "x")).replace("{b: 1}", "7"))[0]
