"""Labs for the tests of this folder.

Asynchronous tests write `async with running_lab(tmp_path) as lab:` themselves: its tasks belong to the task that opened them, and a
pytest-asyncio fixture is opened and closed in two. Everything else takes `lab`, which lives in a thread of its own, in any scope.
"""

from collections.abc import Iterator

import pytest

from probe.lab.thread import LabInThread, lab_in_thread


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabInThread]:
    """One healthy lab for the tests of a file; each leaves it healthy."""
    with lab_in_thread(tmp_path_factory.mktemp("lab")) as lab:
        yield lab
