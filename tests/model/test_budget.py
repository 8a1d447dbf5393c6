"""Why Stripe refused a request with 429."""

import pytest

from probe.model.budget import LIMITED_BY, REASON_HEADER, limited_by


@pytest.mark.parametrize("reason", LIMITED_BY)
def test_each_reason_that_stripe_gives(reason: str) -> None:
    """In its header."""
    assert limited_by({REASON_HEADER: reason, "other": "x"}) == reason


@pytest.mark.parametrize("headers", [{}, {REASON_HEADER: "something-new"}, {"other": LIMITED_BY[0]}])
def test_what_is_no_reason_that_we_know(headers: dict[str, str]) -> None:
    """The last one stands for it."""
    assert limited_by(headers) == LIMITED_BY[-1]
