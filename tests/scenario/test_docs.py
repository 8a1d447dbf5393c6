"""The page about scenario files follows the models."""

from probe.documents.reference import DOCS
from probe.scenario.docs import page


def test_in_step() -> None:
    """`python -m probe.scenario.docs` mends it."""
    assert (DOCS / "scenarios-reference.md").read_text(encoding="utf-8") == page()
