"""Each fault of the table, played on a `paypath run` that goes on; `make soak-faults` plays those that are too long for this."""

import os
import pathlib
import random
from collections.abc import Iterator

import pytest

from tests.faults.course import Course
from tests.faults.fault import Fault
from tests.faults.killed import killed
from tests.faults.means import why_not
from tests.faults.stand import standing
from tests.faults.table import FAULTS
from tests.servers.programs import must_be_there

QUICK = [fault for fault in FAULTS if fault.quick]


@pytest.fixture(scope="module")
def course() -> Iterator[Course]:
    """One for all faults: they come on one process, one after the other, as far as their setting is the same."""
    with Course() as course:
        yield course


@pytest.mark.timeout(180)
@pytest.mark.parametrize("fault", QUICK, ids=lambda fault: fault.name)
def test_every_promise_is_kept(fault: Fault, course: Course) -> None:
    """No probe stops, no verdict is false, what was told is there, and it shows; what the play waits for does come."""
    why = why_not((*fault.needs, *fault.setting.needs))
    if why is not None and must_be_there(os.environ):
        pytest.fail(f"CI=true, and {why}", pytrace=False)
    if why is not None:
        pytest.skip(why)
    happened = course.play(fault)
    assert happened.wrong == []
    assert happened.runs > 0
    assert {what for what, count in happened.lost.items() if count} <= fault.loses


def test_what_was_told_before_a_kill_is_there_after_it(tmp_path: pathlib.Path) -> None:
    """Runs, pages, a latch, failures in a row; `make soak-faults` kills a few hundred times."""
    with standing(tmp_path) as stand:
        found = killed(stand, 1, random.Random(5023))
    assert found.wrong == []
    assert found.kills == 1
