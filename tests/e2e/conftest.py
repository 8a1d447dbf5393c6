"""A lab that runs for the tests of one file."""

from collections.abc import Iterator

import pytest

from tests.e2e.processes import Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One healthy lab for all tests of a file; each test leaves it healthy."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    assert lab.process.stop().status == 0
