"""The hop that the tests of this folder observe."""

import pathlib

import pytest

from tests.servers.material import Material
from tests.tls.rig import Rig
from tests.transport.hop import Hop


@pytest.fixture
def hop(pki: Material) -> Hop:
    """A probe that trusts the session's root."""
    return Hop(pki)


@pytest.fixture
def rig(tmp_path: pathlib.Path, pki: Material) -> Rig:
    """Servers on our own driver."""
    return Rig(tmp_path, pki.now)
