"""Whose directory it is: one lab's at a time, and never somebody else's."""

import os
import pathlib
import stat

import pytest

from probe.lab.owned import LabError, owned


def test_made_where_it_is_missing(tmp_path: pathlib.Path) -> None:
    """With its parents, and closed to others."""
    directory = tmp_path / "a" / "b"
    with owned(directory, fresh_state=False) as place:
        assert place == directory
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert (directory / "lock").read_text() == f"{os.getpid()}\n"


def test_a_relative_one(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written into files is absolute."""
    monkeypatch.chdir(tmp_path)
    with owned(pathlib.Path("here"), fresh_state=False) as place:
        assert place == tmp_path / "here"


def test_one_lab_at_a_time(tmp_path: pathlib.Path) -> None:
    """The second is refused with a way out; after the first one's end it may, as often as it likes."""
    for _ in range(2):
        with owned(tmp_path, fresh_state=False):
            (tmp_path / "paypath.yaml").write_text("of the first")
            with pytest.raises(LabError, match=r"another lab is running in .*--directory"):  # noqa: SIM117 - what raises stands alone
                with owned(tmp_path, fresh_state=True):
                    pass
            assert (tmp_path / "paypath.yaml").read_text() == "of the first"


def test_what_an_earlier_lab_left_is_gone(tmp_path: pathlib.Path) -> None:
    """Who waits for paypath.yaml or lab.json does not get old addresses; the history stays unless it is to be fresh."""
    for fresh in (False, True):
        with owned(tmp_path, fresh_state=False):
            for name in ("paypath.yaml", "lab.json", "other.txt"):
                (tmp_path / name).write_text("old")
            (tmp_path / "state").mkdir(exist_ok=True)
            (tmp_path / "state" / "runs").write_text("old")
        with owned(tmp_path, fresh_state=fresh):
            assert not (tmp_path / "paypath.yaml").exists()
            assert not (tmp_path / "lab.json").exists()
            assert (tmp_path / "other.txt").exists()
            assert (tmp_path / "state" / "runs").exists() != fresh


@pytest.mark.parametrize("name", ["paypath.yaml", "lab.json", "ca.pem", "identity", "state", "stripe_test_key"])
def test_somebody_elses_directory(tmp_path: pathlib.Path, name: str) -> None:
    """A file of ours that no lab wrote is refused by name, and nothing is touched."""
    (tmp_path / name).write_text("mine")
    with pytest.raises(LabError, match=rf"{name} is there and no lab wrote it.*--directory"):  # noqa: SIM117 - as above
        with owned(tmp_path, fresh_state=True):
            pass
    assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == [(name, "mine")]


def test_other_files_do_not_matter(tmp_path: pathlib.Path) -> None:
    """A directory with things that the lab does not write is taken."""
    (tmp_path / "scenarios").mkdir()
    with owned(tmp_path, fresh_state=True):
        assert (tmp_path / "scenarios").is_dir()


def test_no_directory(tmp_path: pathlib.Path) -> None:
    """A file is in the way: a sentence with the path and a way out."""
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(LabError, match=r"cannot write to .*file.*--directory"):  # noqa: SIM117 - as above
            with owned(place, fresh_state=False):
                pass
