"""The lab in a thread: for tests that are not asynchronous."""

import pathlib
import threading

import pytest

from probe.lab.owned import LabError
from probe.lab.thread import LabInThread, lab_in_thread


def raise_if(true: object) -> None:
    """What a block raises where its fault is on."""
    if true:
        raise ZeroDivisionError


def test_faults_for_a_block(lab: LabInThread) -> None:
    """On inside, off after it, also when the block raises."""
    certificate = lab.directory / "identity" / "tls.crt"
    good = certificate.read_bytes()
    with pytest.raises(ZeroDivisionError), lab.fault("client-cert-expired"):
        raise_if(certificate.read_bytes() != good)
    assert certificate.read_bytes() == good
    lab.switch("declined", on=True)
    assert lab.call(lambda inside: inside.active) == {"declined"}
    lab.switch("declined", on=False)
    assert lab.open_money() == []


def test_a_fault_that_is_none(lab: LabInThread) -> None:
    """KeyError in the caller's thread; the lab goes on."""
    with pytest.raises(KeyError, match="nothing"), lab.fault("nothing"):
        pass
    assert lab.call(lambda inside: inside.active) == frozenset()


def test_it_ends_with_its_block(tmp_path: pathlib.Path) -> None:
    """Its thread too, and the directory is free; what the block raises comes out."""
    before = threading.active_count()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), lab_in_thread(tmp_path, faults=["connector-502"]) as lab:
            raise_if(lab.call(lambda inside: inside.active) == {"connector-502"})
    assert threading.active_count() == before


def test_a_lab_that_cannot_start(tmp_path: pathlib.Path) -> None:
    """The LabError comes out."""
    with (
        lab_in_thread(tmp_path),
        pytest.raises(LabError, match="another lab is running"),
        lab_in_thread(tmp_path),
    ):
        pass
