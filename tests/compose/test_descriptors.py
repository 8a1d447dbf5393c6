"""A limit of open files with which nothing can be probed is told at the start."""

import resource

import pytest

from probe.compose.descriptors import LEAST, demand_descriptors
from probe.documents.mistakes import SetupError


@pytest.mark.parametrize(("limit", "enough"), [(LEAST - 1, False), (LEAST, True)])
def test_the_least(limit: int, enough: bool) -> None:  # noqa: FBT001 - a column of the table
    """One less is a mistake of the set-up, which says how many there are and how to raise it."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, before[1]))
    said = ""
    try:
        demand_descriptors()
    except SetupError as error:
        said = str(error.mistakes[0])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert (said == "") is enough
    assert enough or ("may open 15 files" in said and "`ulimit -n`" in said)
