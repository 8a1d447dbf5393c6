"""The rig that the tests of this folder share."""

import pathlib

import pytest

from probe.model.clock import SystemClock
from tests.tls.rig import Rig


@pytest.fixture
def rig(tmp_path: pathlib.Path) -> Rig:
    """Certificates and servers, made anew for each test."""
    return Rig(tmp_path, SystemClock().now())
