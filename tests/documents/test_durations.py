"""Durations as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.documents.durations import duration_text, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("5m", 300), ("30d", 2_592_000), ("48h", 172_800), ("1h30m", 5400), ("500ms", 0.5), ("1d1s", 86_401)],
)
def test_parse(text: str, seconds: float) -> None:
    """Each unit, and several of them from the largest down."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "30", "30 s", "s", "-5s", "1.5h", "5M", "30m1h", "5s5s", "0s", "0h0m", "30s\n", "٣s", "9999999d", "1e3s"],
)
def test_refused(text: str) -> None:
    """No unit, no number, nothing at all, units out of order, other digits."""
    with pytest.raises(ValueError):
        parse_duration(text)


@given(st.integers(min_value=1, max_value=10**11))
def test_there_and_back(milliseconds: int) -> None:
    """What is printed can be read again and means the same."""
    assert parse_duration(duration_text(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)


def test_nothing() -> None:
    """Nothing is `0s`, which cannot be configured."""
    assert duration_text(0) == "0s"
