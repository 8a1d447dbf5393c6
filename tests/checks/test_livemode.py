"""Live mode is found wherever it hides, and its absence is accepted only where Stripe has no such field."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.checks.livemode import LiveMode, Mode, find_live, says_live

TEST = LiveMode(Mode.TEST)
PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@pytest.mark.parametrize(
    "response",
    [
        {"object": "balance", "livemode": False},
        {"object": "refund", "id": "re_1"},
        {"object": "account"},
        {"object": "customer", "deleted": True},
        {"object": "list", "data": []},
        {"object": "list", "data": [{"object": "refund"}, {"object": "charge", "livemode": False}]},
        {"object": "search_result", "data": ({"object": "list", "data": [{"object": "event", "livemode": False}]},)},
        {"object": "payment_intent", "livemode": False, "latest_charge": {"object": "charge"}},
    ],
)
def test_test_mode(response: dict[str, object]) -> None:
    """It says so, or is of a type that says nothing; what lies within a proven object needs no proof of its own."""
    assert find_live(response) == TEST


@pytest.mark.parametrize(
    ("response", "place"),
    [
        ({"object": "balance"}, ""),
        ({"object": "payment_intent", "id": "pi_1"}, ""),
        ({"object": "customer", "deleted": "yes"}, ""),
        ({"object": "charge", "deleted": True}, ""),
        ({"object": "balance", "livemode": None}, ""),
        ({"object": "balance", "livemode": 0}, ""),
        ({"object": "refund", "livemode": "false"}, ""),
        ({}, ""),
        ({"object": "unheard_of"}, ""),
        ({"object": "list"}, ""),
        ({"object": ["list"], "data": []}, ""),
        ({"object": "list", "data": ["pi_1"]}, "data.0"),
        ({"object": "list", "data": [{"object": "refund"}, {"object": "charge"}]}, "data.1"),
    ],
)
def test_unproven(response: dict[str, object], place: str) -> None:
    """It should say which mode it is and does not, or says it in a way that Stripe never does."""
    assert find_live(response) == LiveMode(Mode.UNPROVEN, place)


@pytest.mark.parametrize(
    ("response", "place"),
    [
        ({"object": "balance", "livemode": True}, "livemode"),
        ({"object": "refund", "charge": {"object": "charge", "livemode": True}}, "charge.livemode"),
        ({"object": "list", "data": [{"livemode": False}, {"livemode": True}]}, "data.1.livemode"),
        ({"object": "event", "livemode": False, "data": {"object": {"livemode": True}}}, "data.object.livemode"),
    ],
)
def test_live(response: dict[str, object], place: str) -> None:
    """Anywhere, also below an object that says test."""
    assert find_live(response) == LiveMode(Mode.LIVE, place)


@given(
    st.dictionaries(st.text(max_size=5), JSON, max_size=4),
    st.lists(st.text("abc", min_size=1) | st.none(), max_size=200),
)
def test_no_depth_hides_it(around: dict[str, object], way: list[str | None]) -> None:
    """Whatever stands around it, and however deep it lies."""
    value: object = {**around, "livemode": True}
    for step in way:
        value = [value] if step is None else {step: value}
    assert find_live({"object": "balance", "livemode": False, "within": value}).mode is Mode.LIVE


def test_errors_are_searched_as_text() -> None:
    """The body of an error, whole or cut off."""
    assert says_live('{"error": {"payment_intent": {"livemode" : true, "id')
    assert not says_live('{"livemode": false, "metadata": {"x": "livemode: true"}}')
    assert not says_live('{"livemode": false, "metadata": {"x": "livemode: true"}, "cut o')


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [{"livemode": true}]}',
        '[{"livemode": true}]',
        '{"livemode": true, "livemode": false}',
        '{"\\u006civemode": true}',
        '{"LiveMode": "true"}',
        '{"livemode": 1}',
        '{"livemode" : true, "cut o',
        "livemode: true",
        "livemode=true&object=charge",
        "<livemode>true</livemode>",
        "{'livemode': True}".replace("{", "charge {"),
    ],
)
def test_live_mode_is_read_in_every_spelling(text: str) -> None:
    """Whoever stands between us and Stripe may write it in his own way."""
    assert says_live(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "livemode: false",
        '{"livemode": null}',
        '{"x": "\\u0041"}',
        "livemode",
        "livemode: 1.5",
        "livemode: trueish",
    ],
)
def test_what_says_nothing_of_live_mode(text: str) -> None:
    """Test mode, nothing, or another word."""
    assert not says_live(text)


def test_live_mode_in_another_spelling_within_an_object() -> None:
    """The SDK hands on what it was given."""
    assert find_live({"object": "charge", "livemode": False, "x": {"LiveMode": "true"}}) == LiveMode(
        Mode.LIVE, "x.LiveMode"
    )


@pytest.mark.parametrize("value", [True, "true", "True", "TRUE", "1", "yes", 1])
def test_every_word_for_live(value: object) -> None:
    """In an object, and in a text that is one: whoever stands between us may write it in a way of his own."""
    assert find_live({"object": "balance", "livemode": value}) == LiveMode(Mode.LIVE, "livemode")
    assert says_live(json.dumps({"livemode": value}))


@pytest.mark.parametrize("value", [False, "false", "False", 0, "0", "no", None, "Yes please"])
def test_no_word_for_live(value: object) -> None:
    """Nothing else is one, and nothing but `false` proves test mode."""
    assert find_live({"object": "balance", "livemode": value}).mode is (Mode.TEST if value is False else Mode.UNPROVEN)
    assert not says_live(json.dumps({"livemode": value}))


@pytest.mark.parametrize(
    ("text", "live"),
    [
        ('{"livemode": "no", "a": livemode=true', False),
        (' [{"livemode": true}, ', True),
        (' {"note": "livemode=true", ', False),
        ("[livemode=true", False),
        ("livemode=true", True),
    ],
)
def test_what_begins_like_json_is_read_like_json(text: str, live: bool) -> None:  # noqa: FBT001 - a row of a table
    """Cut off or wrong: of an object or a list only what is written as in JSON counts."""
    assert says_live(text) is live


def test_where_the_proof_is_missing() -> None:
    """The place of the list or the member, however deep; a list that says its own mode needs no other."""
    held = {"object": "list", "data": [{"object": "list", "data": [{"object": "payout"}]}]}
    assert find_live(held) == LiveMode(Mode.UNPROVEN, "data.0.data.0")
    assert find_live({"object": "list", "data": [{"object": "list"}]}) == LiveMode(Mode.UNPROVEN, "data.0")
    assert find_live({"object": "list", "livemode": False}) == TEST
