"""Places in an answer."""

from probe.checks.dotted import MISSING, find, lookup

ANSWER = {"id": "pi_1", "latest_charge": {"id": "ch_1", "paid": None}, "data": [{"amount": 1}, {"amount": 2}]}


def test_maps_and_lists() -> None:
    """By key and by index."""
    assert lookup(ANSWER, "id") == "pi_1"
    assert lookup(ANSWER, "latest_charge.id") == "ch_1"
    assert lookup(ANSWER, "data.1.amount") == 2


def test_what_is_not_there() -> None:
    """A missing key, an index past the end, a step into a text; null is there."""
    for place in ("", "nope", "latest_charge.nope.id", "data.2", "data.-1", "data.x", "data.²", "id.0"):
        assert find(ANSWER, place) is MISSING
        assert lookup(ANSWER, place) is None
    assert find(ANSWER, "latest_charge.paid") is None
    assert repr(MISSING) == "missing"
