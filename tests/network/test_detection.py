"""The measurements themselves, on a small scale: an outage is found out by `paypath run`, and a healthy path is not called down."""

import pathlib

from tests.network.detection import measured
from tests.network.faults import FAULTS, WORST
from tests.servers.material import Material
from tests.soak.healthy import healthy


def test_an_outage_is_seen_shown_and_paged(pki: Material, tmp_path: pathlib.Path) -> None:
    """By the command, in this order."""
    gone = next(fault for fault in FAULTS if fault.name == "the connector's process is gone")
    found = measured(gone, tmp_path, pki, every="1s")
    assert found.right, found
    assert found.seen_s is not None
    assert found.paged_s is not None
    assert found.seen_s <= found.paged_s


def test_a_bad_network_fails_no_run(pki: Material) -> None:
    """A few paths for a moment, with packets lost."""
    figures = healthy(pki, 30, 60.0, paths=10, every_s=2, weather=WORST)
    assert figures.passed, figures
    assert figures.packets is not None
    assert figures.packets[1] > 0
