"""A payment path and its limits."""

from probe.model.path import PhaseLimits


def test_a_phase_has_its_own_limit_or_the_default() -> None:
    """`timeouts: {default: 5s, tls: 2s}`."""
    limits = PhaseLimits(default_s=5.0, by_phase={"tls": 2.0})
    assert (limits.limit_s("tls"), limits.limit_s("wait")) == (2.0, 5.0)
