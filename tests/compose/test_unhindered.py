"""What a process that keeps running does about its memory and its threads."""

import gc
import sys
import weakref

from probe.compose.unhindered import SWITCH_S, settle, settle_more, unhindered


class Ring:
    """Refers to itself: only the collector finds out that nobody needs it."""

    def __init__(self) -> None:
        """Close the ring."""
        self.itself = self


def test_what_is_there_is_not_searched_again() -> None:
    """Everything that was there before stays out of the collector's way, and comes back at the end."""
    assert gc.get_freeze_count() < 1000  # Python 3.12 begins with some hundred of its own
    with unhindered():
        assert gc.get_freeze_count() > 1000
        assert len(gc.get_objects()) < gc.get_freeze_count()
    assert gc.get_freeze_count() == 0


def test_what_comes_later_can_be_settled_too() -> None:
    """And goes with the next whole settling, once nobody needs it."""
    with unhindered():
        ring = Ring()
        gone = weakref.ref(ring)
        settle_more()
        del ring
        gc.collect()
        assert gone() is not None
        settle()
        assert gone() is None
        assert gc.get_freeze_count() > 1000


def test_another_thread_gives_the_interpreter_back_soon() -> None:
    """As long as the block lasts."""
    before_s = sys.getswitchinterval()
    with unhindered():
        assert abs(sys.getswitchinterval() - SWITCH_S) < SWITCH_S / 10
    assert sys.getswitchinterval() == before_s


def test_the_thresholds_of_a_start_do_not_last() -> None:
    """Collections are short again while runs go on; afterwards everything is as it was."""
    before = gc.get_threshold()
    gc.set_threshold(20_000, 20, 20)
    try:
        with unhindered():
            assert gc.get_threshold()[0] < 1000
        assert gc.get_threshold() == (20_000, 20, 20)
    finally:
        gc.set_threshold(*before)
