"""The parser of nested form parameters, against hand-written forms and against the SDK's own encoder."""

import urllib.parse
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe._encode import _api_encode

from probe.lab.stripe.errors import Refusal
from probe.lab.stripe.forms import parse

NAMES = st.text(alphabet="abcxyz_-. é", min_size=1, max_size=5)
LEAVES = st.text(max_size=5) | st.integers().map(str)
TREES = st.dictionaries(
    NAMES,
    st.recursive(
        LEAVES,
        lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=3) | st.lists(inner, min_size=1, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def as_hashes(value: Any) -> Any:  # noqa: ANN401 - any tree
    """Lists as the hashes of their indices: the form does not tell them apart."""
    if isinstance(value, list):
        return {str(index): as_hashes(inner) for index, inner in enumerate(value)}
    return {name: as_hashes(inner) for name, inner in value.items()} if isinstance(value, dict) else value


@given(TREES)
def test_reads_what_the_sdk_writes(tree: dict[str, Any]) -> None:
    """Whatever the SDK encodes is read back, or is refused for its depth."""
    written = urllib.parse.urlencode(list(_api_encode(tree)))
    try:
        read = parse(urllib.parse.parse_qsl(written, keep_blank_values=True))
    except Refusal as refusal:
        assert "nested too deeply" in str(refusal)  # noqa: PT017 - the other branch is the usual one
    else:
        assert read == as_hashes(tree)


@given(st.lists(st.tuples(st.text(alphabet="ab[]0", max_size=8), st.text(max_size=2)), max_size=6))
def test_never_breaks(pairs: list[tuple[str, str]]) -> None:
    """Any key gives a tree or a clear 400, never another exception."""
    try:
        assert isinstance(parse(pairs), dict)
    except Refusal as refusal:
        assert refusal.status == 400  # noqa: PT017 - both branches are fine


@pytest.mark.parametrize(
    ("form", "tree"),
    [
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a=1&a=2", {"a": "2"}),
        ("a[b][c]=1&a[b][d]=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[0]=1&a[1]=2", {"a": {"0": "1", "1": "2"}}),
        ("a[0][b]=1", {"a": {"0": {"b": "1"}}}),
        ("a[][b]=1&a[][c]=2&a[][b]=3", {"a": [{"b": "1", "c": "2"}, {"b": "3"}]}),
    ],
)
def test_shapes(form: str, tree: dict[str, Any]) -> None:
    """Every way of nesting that Stripe's clients use."""
    assert parse(urllib.parse.parse_qsl(form, keep_blank_values=True)) == tree


@pytest.mark.parametrize("key", ["", "[a]", "a[", "a]", "a[b", "a[b]c", "a[b[c]]"])
def test_malformed_key(key: str) -> None:
    """A key whose brackets do not fit is refused, with the way to write it."""
    with pytest.raises(Refusal, match=r"write it as name, name\[key\] or name\[\]"):
        parse([(key, "1")])


@pytest.mark.parametrize("keys", [("a", "a[b]"), ("a[b]", "a"), ("a[]", "a[b]"), ("a[b]", "a[]"), ("a", "a[]")])
def test_mixed(keys: tuple[str, str]) -> None:
    """A name is a value, a hash or a list, and one of them only."""
    with pytest.raises(Refusal, match="a is used as a value, a hash and a list at once"):
        parse([(key, "1") for key in keys])


def test_depth() -> None:
    """Bottomless nesting is refused."""
    with pytest.raises(Refusal, match="nested too deeply"):
        parse([("a" + "[b]" * 8, "1")])
