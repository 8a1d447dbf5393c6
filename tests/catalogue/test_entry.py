"""Patterns and anchors of the catalogue."""

import pytest

from probe.catalogue.entry import anchor, matches


@pytest.mark.parametrize(
    ("pattern", "reason", "covered"),
    [
        ("tls.*", "tls.client_cert.expired", True),
        ("tls.*", "tls.failed", True),
        ("tls.*", "tlsx.failed", False),
        ("connector.timeout", "connector.timeout", True),
        ("connector.timeout", "connector.timeouts", False),
    ],
)
def test_a_pattern_covers_a_reason_or_a_family(pattern: str, reason: str, *, covered: bool) -> None:
    """`family.*` covers what lies below the family and nothing beside it."""
    assert matches(pattern, reason) is covered


def test_the_anchor_is_the_one_that_github_gives_the_heading() -> None:
    """Dots vanish, underscores stay."""
    assert anchor("tls.client_cert.expired") == "tlsclient_certexpired"
    assert anchor("TLS X-1") == "tlsx-1"
