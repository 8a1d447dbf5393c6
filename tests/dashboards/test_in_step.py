"""What is shipped is what the generator writes."""

import pathlib

import pytest

from probe.monitoring.docs import files, main
from tests.servers.programs import ROOT


def test_shipped_files_are_in_step(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody has edited one by hand, and nobody has forgotten to write them anew."""
    assert main(["--check", "--root", str(ROOT)]) == 0, capsys.readouterr().err


def test_check_notices_and_writing_mends(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file that differs is named, with the command that mends it."""
    assert main(["--check", "--root", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("python -m probe.monitoring.docs") == len(files())
    assert main(["--root", str(tmp_path)]) == 0
    assert main(["--check", "--root", str(tmp_path)]) == 0
