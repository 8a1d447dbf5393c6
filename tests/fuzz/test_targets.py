"""No bytes make a reader of ours raise what it does not promise, or go on without end, and no input that once did does so again."""

import pathlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.growth import ending
from tests.fuzz.mutation import near
from tests.fuzz.targets import corpus, targets

TARGETS = targets()
PAST = [pytest.param(name, file, id=f"{name}-{file.name}") for name in TARGETS for file in corpus(name)]


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_read(name: str) -> None:
    """What the search begins from is real, and breaks nothing."""
    for seed in TARGETS[name].seeds:
        with ending():
            TARGETS[name].run(seed)


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_bytes_break_it(name: str, data: st.DataObject) -> None:
    """The same few inputs each time: `make fuzz` looks for new ones."""
    drawn = data.draw(near(TARGETS[name].seeds))
    with ending():
        TARGETS[name].run(drawn)


@pytest.mark.parametrize(("name", "file"), PAST)
def test_what_once_broke_it(name: str, file: pathlib.Path) -> None:
    """Each input that was found is kept."""
    with ending():
        TARGETS[name].run(file.read_bytes())


def test_each_target_says_what_it_reads() -> None:
    """The documentation lists them."""
    assert all(target.says for target in TARGETS.values())
    assert len(TARGETS) == 24
