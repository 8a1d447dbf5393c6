"""What a process that keeps running does about its memory."""

import gc

from probe.compose.continuous import settled_memory


def test_what_is_there_is_not_searched_again() -> None:
    """Everything that was there before stays out of the collector's way, and comes back at the end."""
    assert gc.get_freeze_count() == 0
    with settled_memory():
        assert gc.get_freeze_count() > 1000
        assert len(gc.get_objects()) < gc.get_freeze_count()
    assert gc.get_freeze_count() == 0
