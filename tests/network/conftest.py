"""Where no networks can be made, the tests of this room are skipped; under CI=true only where this process may not make them."""

import os

import pytest

from tests.network import world
from tests.servers import programs

PROGRAMS = ("ip", "tc", "iptables", "nginx")


@pytest.fixture(scope="session", autouse=True)
def _networks() -> None:
    missing = [why for name in PROGRAMS if (why := programs.why_missing(name))]
    why = "; ".join(missing) or world.why_impossible()
    if why is None:
        return
    if programs.must_be_there(os.environ) and (missing or world.may_make_them()):
        pytest.fail(f"CI=true, and {why}", pytrace=False)
    pytest.skip(why)
