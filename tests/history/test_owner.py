"""Whose the files are that root makes in a state directory of somebody else."""

import os
import pathlib
import stat

import pytest

from probe.history import owner
from probe.history.store import FILE_NAME, History

SOMEBODY = 54321
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave a file to somebody else")


def test_a_history_that_root_begins_is_the_directorys_owners(tmp_path: pathlib.Path) -> None:
    """With its log and the index of that, which the prober must be able to write too; also where it is begun anew after damage."""
    os.chown(tmp_path, SOMEBODY, SOMEBODY)
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 500)
    history = History.open(tmp_path)
    kept = [file for file in tmp_path.iterdir() if "damaged" not in file.name]
    assert {f"{FILE_NAME}{suffix}" for suffix in ("", "-wal", "-shm")} <= {file.name for file in kept}
    assert {(file.stat().st_uid, file.stat().st_gid) for file in kept} == {(SOMEBODY, SOMEBODY)}
    history.close()


def test_a_history_that_root_begins_is_for_the_group_that_may_write_there(tmp_path: pathlib.Path) -> None:
    """As Kubernetes makes the directory (`fsGroup`)."""
    os.chown(tmp_path, 0, SOMEBODY)
    tmp_path.chmod(0o2770)
    history = History.open(tmp_path)
    found = {(each.stat().st_uid, each.stat().st_gid, stat.S_IMODE(each.stat().st_mode)) for each in tmp_path.iterdir()}
    assert found == {(0, SOMEBODY, 0o660)}
    history.close()


def test_what_is_there_already_stays_whose_it_is(tmp_path: pathlib.Path) -> None:
    """Also through a link: its owner could have a file of root's given to him."""
    os.chown(tmp_path, SOMEBODY, SOMEBODY)
    secret = tmp_path / "secret"
    secret.touch()
    for name in ("history.sqlite3", "other.sqlite3"):
        file = tmp_path / name
        file.symlink_to(secret) if name == "history.sqlite3" else file.hardlink_to(secret)
        owner.begin(file)
    (tmp_path / "dangling.sqlite3").symlink_to(tmp_path / "nothing")
    owner.begin(tmp_path / "dangling.sqlite3")
    assert secret.stat().st_uid == 0
    assert not (tmp_path / "nothing").exists()
