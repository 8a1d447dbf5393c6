"""When an identity counts as broken, reading by reading."""

import pytest

from probe.telemetry.identities import Identities

KEY = ("billing", "billing")


@pytest.mark.parametrize(
    ("readings", "broken"),
    [
        ([(0.0, False)], False),
        ([(0.0, False), (4.9, False)], False),
        ([(0.0, False), (5.0, False)], True),
        ([(0.0, False), (1.0, False), (6.0, False)], True),
        ([(0.0, False), (3.0, True), (6.0, False)], False),
        ([(0.0, False), (5.0, False), (6.0, True)], False),
        ([(0.0, True), (60.0, False)], False),
    ],
    ids=["once", "too soon", "twice", "the first of three counts", "mended between", "mended after", "good before"],
)
def test_a_fault_has_to_be_seen_twice_five_seconds_apart(
    readings: list[tuple[float, bool]],
    broken: object,
) -> None:
    """A copy in progress is over by then."""
    identities = Identities()
    for at_s, usable in readings:
        identities.read(*KEY, usable=usable, at_s=at_s)
    assert identities.broken() == {KEY: broken}
    assert identities.usable() == {KEY: readings[-1][1]}
