"""What is made of measurements."""

import pytest

from benchmarks.figures import Figure, median, ratio


def test_totals_become_a_cost_for_each_probe() -> None:
    """Microseconds of CPU for each probe, and probes for each second on the wall."""
    assert Figure.of(cpu_s=0.5, took_s=2.0, probes=400) == Figure(1250.0, 200.0)


def test_medians_are_taken_of_each_quantity_by_itself() -> None:
    """One round that was disturbed counts for nothing."""
    assert median([Figure(1, 30), Figure(900, 1), Figure(2, 40)]) == Figure(2, 30)


def test_the_ratio_is_that_of_the_rounds() -> None:
    """A round in which the whole machine was slow says the same about both sides as a quiet one."""
    ours, theirs = [Figure(10, 1), Figure(100, 1), Figure(30, 1)], [Figure(20, 1), Figure(200, 1), Figure(20, 1)]
    assert ratio(ours, theirs) == pytest.approx(0.5)
