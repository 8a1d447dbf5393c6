"""`paypath lab`."""

import json
import pathlib
import signal

import pytest

from tests.cli.conftest import Paypath
from tests.cli.program import paypath as started


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_what_it_wrote_and_stops_cleanly(tmp_path: pathlib.Path, number: signal.Signals) -> None:
    """Addresses and the ready configuration on stdout; status 0 on a signal, which is acknowledged."""
    with started("lab", "--fault", "client-cert-expired", "--format", "json", cwd=tmp_path) as lab:
        assert lab.stdout is not None
        said = json.loads(lab.stdout.readline())
        assert pathlib.Path(said["configuration"]).read_text().startswith("# Written by `paypath lab`")
        assert pathlib.Path(said["directory"]) == (tmp_path / ".paypath-lab").resolve()
        assert said["faults"] == ["client-cert-expired"]
        lab.send_signal(number)
        _, err = lab.communicate(timeout=30)
    assert lab.returncode == 0
    assert "paypath: stopping the lab" in err


def test_text_for_people(tmp_path: pathlib.Path) -> None:
    """Where it listens, and the command to try."""
    with started("lab", "--directory", "here", cwd=tmp_path) as lab:
        assert lab.stdout is not None
        lines = [lab.stdout.readline() for _ in range(6)]
        lab.terminate()
        lab.communicate(timeout=30)
    assert lines[0].startswith("connector      https://127.0.0.1:")
    assert lines[3] == "faults on      none\n"
    assert lines[5] == f"  paypath check --config {(tmp_path / 'here').resolve() / 'paypath.yaml'}\n"


def test_an_unknown_fault(paypath: Paypath) -> None:
    """Status 2, all of them at once, with the nearest one each."""
    said = paypath("lab", "--fault", "client-cert-expird", "--fault", "connector-dwn")
    assert (said.status, said.out) == (2, "")
    assert said.err.splitlines() == [
        "paypath: the lab has no fault `client-cert-expird`; did you mean `client-cert-expired`?",
        "paypath: the lab has no fault `connector-dwn`; did you mean `connector-down`?",
    ]


def test_two_labs_in_one_directory(paypath: Paypath, tmp_path: pathlib.Path) -> None:
    """The second is refused with a sentence, status 2."""
    with started("lab", "--directory", "here", cwd=tmp_path) as lab:
        assert lab.stdout is not None
        lab.stdout.readline()
        said = paypath("lab", "--directory", str(tmp_path / "here"))
        lab.terminate()
        lab.communicate(timeout=30)
    assert (said.status, said.out) == (2, "")
    assert "another lab is running" in said.err


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none(paypath: Paypath, port: str) -> None:
    """Status 2."""
    said = paypath("lab", "--port", port)
    assert said.status == 2
    assert "is not a port" in said.err
