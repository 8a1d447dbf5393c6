"""Regular expressions of scenarios: found where they match, refused where they cannot be used, and never slow."""

import re

import pytest

from probe.documents.patterns import PatternError, check_pattern, is_found
from probe.model.clock import SystemClock


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^req_", "req_123"),
        ("b", "abc"),
        ("(?i)OK", "all ok"),
        (r"^\d{3}$", "200"),
        ("é+", "ééé"),
        (r"(?P<id>pi_\w+)", "x pi_1 y"),
        ("", ""),
        ("^.$", "\ud800"),
    ],
)
def test_it_is_searched_for_anywhere(pattern: str, text: str) -> None:
    """As Python's own search does, in characters and not bytes."""
    assert is_found(pattern, text)
    assert not is_found("^nothing of the kind$", text)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("[", "missing ]"),
        ("(a", "missing )"),
        ("*", "no argument for repetition operator"),
        ("(?=x)", "invalid perl operator"),
        (r"(a)\1", "invalid escape sequence"),
        ("(a{1000}){1000}", "invalid repetition size"),
        ("a" * 1001, "longer than 1000 characters"),
    ],
)
def test_what_cannot_be_used_is_refused_before_it_is(pattern: str, says: str) -> None:
    """With words for people; nothing is written to stderr by the library."""
    with pytest.raises(PatternError, match=re.escape(says)):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"^(a|a)*$", r"(.*a){20}$", r"^(\w+\s?)*$"])
def test_no_expression_is_catastrophic(pattern: str) -> None:
    """Each of these takes Python's `re` longer than anybody lives on such a text; RE2 is linear (measured: 1 ms)."""
    clock = SystemClock()
    began = clock.monotonic()
    assert not is_found(pattern, "a" * 60_000 + "!")
    assert clock.monotonic() - began < 60
