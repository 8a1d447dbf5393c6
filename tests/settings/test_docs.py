"""The page about the configuration follows the models."""

from probe.documents.reference import DOCS
from probe.settings.docs import page


def test_in_step() -> None:
    """`python -m probe.settings.docs` mends it."""
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == page()


def test_names_variables() -> None:
    """Each key stands beside its variable."""
    assert "| `PAYPATH_PATHS__NAME__CONNECTOR__HEALTH_PATH` |" in page()
