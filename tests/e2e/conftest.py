"""A lab that runs for the tests of one file, a connector that nobody answers at, and a disk that may be full or read-only."""

import os
import pathlib
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.latched import Configured, Unanswered
from tests.e2e.processes import Lab
from tests.faults.means import why_not
from tests.servers.programs import must_be_there

_DISK = "size=4m"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One healthy lab for all tests of a file; each test leaves it healthy."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    assert lab.process.stop().status == 0


@pytest.fixture
def unanswered() -> Iterator[Unanswered]:
    """A connector at which nobody answers."""
    connector = Unanswered()
    yield connector
    connector.close()


@pytest.fixture
def configured(tmp_path: pathlib.Path, unanswered: Unanswered) -> Configured:
    """A path to that."""
    return Configured(tmp_path, unanswered)


@pytest.fixture
def small_disk(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A state directory on a disk of its own."""
    why = why_not(("mount",))
    if why is not None and must_be_there(os.environ):
        pytest.fail(f"CI=true, and {why}", pytrace=False)
    if why is not None:
        pytest.skip(why)
    directory = tmp_path / "disk"
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", _DISK, "none", str(directory)], check=True)
    yield directory
    subprocess.run(["umount", "--lazy", str(directory)], check=True)
