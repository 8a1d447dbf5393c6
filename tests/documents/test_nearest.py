"""The word that was probably meant."""

import pytest

from probe.documents.nearest import nearest, suggestion

KNOWN = ("connector", "stripe", "api_key", "api_key_file", "health_path")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("conector", "connector"),
        ("apiKey", "api_key"),
        ("API-KEY-FILE", "api_key_file"),
        ("healthpath", "health_path"),
        ("quux", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_nearest(word: str, meant: str | None) -> None:
    """Case and separators do not count."""
    assert nearest(word, KNOWN) == meant


def test_suggestion_lists_what_is_known() -> None:
    """Where nothing is near, the known words help."""
    assert suggestion("conector", KNOWN) == "did you mean `connector`?"
    assert suggestion("quux", ("a", "b")) == "known here: `a`, `b`"
    assert suggestion("quux", [f"k{i}" for i in range(20)]).endswith("`k11`, …")
    assert suggestion("quux", ()) == "nothing is known here; remove it"
