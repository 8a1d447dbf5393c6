"""A history file that is no longer what it was: `HistoryError`, and never another exception."""

import dataclasses
import pathlib
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.history.store import FILE_NAME, History, HistoryError, Latch
from probe.model.watch import Held, Rotation, Sighting, WatchedCertificate
from tests.fuzz.material import NOW
from tests.fuzz.mutation import EDITS, Edit
from tests.support.runs import make_certificate, make_failed_run, make_failure

SEEN = WatchedCertificate(
    path="billing",
    name="connector",
    certificate=make_certificate(),
    seen=(Sighting(make_certificate().source, NOW, Held.PEER),),
)
ROTATION = Rotation("billing", NOW, make_certificate(), make_certificate())
LATCH = Latch(path="billing", run_id="0" * 32, set_at=NOW, because="livemode: true")


def use(directory: pathlib.Path) -> None:
    """Everything that is asked of a history."""
    history = History.open(directory)
    try:
        history.latch("billing")
        history.runs(since=NOW - timedelta(days=1))
        history.set_latch(LATCH)
        history.clear_latch("billing", reason="x", at=NOW)
        history.record(make_failed_run(make_failure()))
        history.forget(now=NOW)
        history.remembered()
        history.remember([SEEN])
        history.rotations(since=NOW - timedelta(days=1))
        history.record_rotation(ROTATION)
    finally:
        history.close()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a history with a latch."""
    directory = tmp_path_factory.mktemp("sound")
    history = History.open(directory)
    history.set_latch(LATCH)
    history.remember([SEEN])
    history.record_rotation(ROTATION)
    history.record(dataclasses.replace(make_failed_run(), started_at=NOW))
    history.close()
    return (directory / FILE_NAME).read_bytes()


@given(edits=st.lists(EDITS, min_size=1, max_size=5))
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_a_damaged_file(tmp_path_factory: pytest.TempPathFactory, sound: bytes, edits: list[Edit]) -> None:
    """Whatever a disk or a person has done to it."""
    directory = tmp_path_factory.mktemp("damaged")
    content = sound
    for edit in edits:
        content = edit(content)
    (directory / FILE_NAME).write_bytes(content)
    try:
        use(directory)
    except HistoryError as error:
        told = str(error)
        assert FILE_NAME in told
