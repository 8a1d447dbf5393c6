"""The moving success ratio agrees with the plain one."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from probe.model.outcome import Failed, Passed
from probe.verdict.sliding import SlidingRatio
from probe.verdict.window import Sample, success_ratio
from tests.support.runs import NOW, make_failure

FAILED = Failed(make_failure())


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=60), st.integers(0, 200))
def test_sliding_ratio_equals_the_plain_one(runs: list[tuple[int, bool]], later: int) -> None:
    """After each run and at a moment with no run, both count the same runs of the last hundred seconds."""
    sliding, samples, at = SlidingRatio(100), list[Sample](), 0
    for gap, up in runs:
        at += gap
        sliding.add(float(at), up=up)
        samples.append(Sample(NOW + timedelta(seconds=at), Passed() if up else FAILED))
        now = NOW + timedelta(seconds=at)
        assert sliding.ratio(float(at)) == success_ratio(samples, now=now, window=timedelta(seconds=100))
    now = NOW + timedelta(seconds=at + later)
    assert sliding.ratio(float(at + later)) == success_ratio(samples, now=now, window=timedelta(seconds=100))


def test_sliding_ratio_starts_with_nothing_known() -> None:
    """No ratio before the first run: 0 would read as an outage."""
    assert SlidingRatio(300).ratio(1.0) is None
