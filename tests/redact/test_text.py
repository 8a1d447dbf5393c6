"""The redactor: known secrets in every form, whole values, and time linear in the text."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.model.secret import Secret
from probe.redact.text import Redactor

SECRETS = st.lists(st.text("abcXYZ019_-/ ß", min_size=3, max_size=20), min_size=1, max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9999) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(SECRETS, st.lists(st.text("abcXYZ019_-/ ß", max_size=8), max_size=6))
def test_no_known_secret_survives(secrets: list[str], around: list[str]) -> None:
    """Whatever stands around it, in whichever form, and where one secret holds another."""
    redactor = Redactor(Secret(value) for value in secrets)
    pieces = [f"{before}{value}{quote(value, safe='')}" for before, value in zip(around, secrets, strict=False)]
    redacted = redactor.text("|".join(pieces))
    for value in secrets:
        assert value not in redacted


def test_the_key_as_basic_authentication_is_masked() -> None:
    """Stripe takes the key as a user name without a password."""
    encoded = base64.b64encode(b"opaque-key-1:").decode()
    assert encoded not in Redactor([Secret("opaque-key-1")]).text(f"sent {encoded} twice")


@given(st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    """What was redacted once may be redacted again on its way out."""
    once = Redactor().text(text)
    assert Redactor().text(once) == once


@given(JSON)
def test_values_keep_their_shape(value: object) -> None:
    """Without secrets in it, a JSON value stays equal."""
    assert Redactor().value(value) == value


def test_values_are_redacted_at_any_depth() -> None:
    """Keys, members of lists, bytes, secrets and numbers too."""
    redacted = Redactor([Secret("hush")]).value(
        {
            "hush": ["a hush b", {"deep": ("hush",)}],
            "raw": b"\xffhush",
            "secret": None,
            "typed": Secret("other"),
            "card": 4242424242424242,
            "amount": 100,
            1: 0.5,
            "live": False,
        }
    )
    assert redacted == {
        "***": ["a *** b", {"deep": ["***"]}],
        "raw": b"\xff***",
        "secret": None,
        "typed": "***",
        "card": "***",
        "amount": 100,
        1: 0.5,
        "live": False,
    }


@pytest.mark.parametrize("name", ["authorization", "Proxy-Authorization", "client_secret", "API-Key", "private_key"])
def test_a_secret_name_masks_its_value(name: str) -> None:
    """A value without any shape of its own is still masked under such a name."""
    assert Redactor().value({name: "plain", "other": "plain"}) == {name: "***", "other": "plain"}


def test_a_secret_name_keeps_the_shape_of_what_it_holds() -> None:
    """Stripe has objects under such names: their fields stay, their values do not, and absence stays absence."""
    held = {"id": "iauth_1", "approved": True, "amounts": [1, 2], "more": None}
    assert Redactor().value({"authorization": held}) == {
        "authorization": {"id": "***", "approved": True, "amounts": ["***", "***"], "more": None}
    }


def test_what_lies_too_deep_is_masked_whole() -> None:
    """A hostile answer nested a thousand levels deep neither fails nor slips through."""
    value: object = "sk_live_abcdefgh"
    named: object = "plain"
    for _ in range(1000):
        value, named = [value], {"x": named}
    assert "sk_live_abcdefgh" not in repr(Redactor().value(value))
    assert "plain" not in repr(Redactor().value({"secret": named}))


def test_other_objects_become_redacted_text() -> None:
    """An object that is no plain value is shown as its redacted text."""
    assert Redactor().value(ValueError("Bearer abcdefgh12345678")) == "Bearer ***"


def test_the_redactor_never_shows_what_it_knows() -> None:
    """Not in its own representation; and an empty secret masks nothing."""
    assert "hush" not in repr(Redactor([Secret("hush")]))
    assert Redactor([Secret("")]).text("abc") == "abc"


@pytest.mark.parametrize(
    ("secret", "form"),
    [
        ("a/b c", "a%2Fb%20c"),
        ("a/b c", "a%2Fb+c"),
        ("é b/c", "%C3%A9%20b%2Fc"),
        ("two words", "two&#32;words"),
        ('é"x', r"\u00e9\"x"),
        ('é"x', r"é\"x"),
        ('a<"b', "a&lt;&quot;b"),
        ('a<"b', 'a&lt;"b'),
        ("\x1bab\x1b", r"\x1bab\x1b"),
        ("opaque-key", "b3BhcXVlLWtleQ"),
        ("key>>>???x", "a2V5Pj4+Pz8/eA"),
        ("key>>>???x", "a2V5Pj4-Pz8_eA"),
        ("aa~aaW", "YWF+YWFX"),
        ("aa~aaW", "YWF-YWFX"),
        ("opaque-key", "b3BhcXVlLWtleTo="),
    ],
)
def test_each_form_is_masked_whole(secret: str, form: str) -> None:
    """In a URL, a form, JSON of both kinds, XML of both kinds, Python, Base64 of both alphabets and as Basic's user name: nothing of it stays."""
    assert Redactor([Secret(secret)]).text(f"[{form}]") == "[***]"


def test_a_secret_that_another_one_begins_with() -> None:
    """The longer one is masked whole, whichever was told first."""
    for secrets in (["hush", "hush-hush"], ["hush-hush", "hush"]):
        assert Redactor(map(Secret, secrets)).text("hush-hush") == "***"


@pytest.mark.parametrize(("secret", "redacted"), [("sevensx", "asevensxb sevensx."), ("eightsxx", "a***b ***.")])
def test_short_forms_are_masked_only_alone(secret: str, redacted: str) -> None:
    """Below eight characters, not at eight; a full stop is part of a word."""
    assert Redactor([Secret(secret)], words_below=8).text(f"a{secret}b {secret}.") == redacted


@pytest.mark.parametrize("length", [396, 397, 5000])
def test_a_long_text_is_no_other(length: int) -> None:
    """What is too long to be remembered is redacted as well."""
    redactor = Redactor([Secret("hush")])
    assert [redactor.text("x" * length + "hush") for _ in range(2)] == ["x" * length + "***"] * 2


def test_halves_of_characters() -> None:
    """No file holds them: they become `?`, in a secret they do no harm, and what is whole stays."""
    assert Redactor([Secret("\ud800key")]).text("é \ud800key \udc00 ü") == "é *** ? ü"


def test_how_deep_is_looked() -> None:
    """Sixty-four levels are kept, one more is masked whole; below a secret's name it is one level fewer."""
    for levels, inmost in ((64, "plain"), (65, "***")):
        value: object = "plain"
        for _ in range(levels):
            value = [value]
        found: object = Redactor().value(value)
        for _ in range(64):
            assert isinstance(found, list)
            (found,) = found
        assert found == inmost


@pytest.mark.parametrize("kind", ["list", "map"])
@pytest.mark.parametrize(("levels", "inmost"), [(63, None), (64, "***")])
def test_how_deep_a_secret_keeps_its_shape(kind: str, levels: int, inmost: object) -> None:
    """Absence stays absence down there; what lies deeper is masked whole."""
    value: object = None
    for _ in range(levels):
        value = [value] if kind == "list" else {"x": value}
    found: object = Redactor().value({"secret": value})
    assert isinstance(found, dict)
    found = found["secret"]
    for _ in range(63):
        found = found[0] if isinstance(found, list) else found["x"]
    assert found == inmost


def test_how_long_a_number_may_be() -> None:
    """As long as Python writes it; a longer one is masked."""
    assert Redactor().value([2**4096 - 1, 2**4096]) == [2**4096 - 1, "***"]


def test_the_representation() -> None:
    """To the letter: it stands in tracebacks."""
    assert repr(Redactor([Secret("hush")])) == "Redactor(***)"
