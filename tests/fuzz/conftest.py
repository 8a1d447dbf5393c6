"""The probe that the hostile peers are set upon."""

import pathlib

import pytest

from tests.fuzz.probing import Probing


@pytest.fixture
def probing(tmp_path: pathlib.Path) -> Probing:
    """With certificates of its own."""
    return Probing(tmp_path)
