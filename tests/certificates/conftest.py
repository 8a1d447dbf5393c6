"""What the tests of this folder take stock of."""

import pathlib

import pytest

from tests.certificates.stock import Stock


@pytest.fixture
def stock(tmp_path: pathlib.Path) -> Stock:
    """An empty directory and a public key infrastructure."""
    return Stock(tmp_path)
