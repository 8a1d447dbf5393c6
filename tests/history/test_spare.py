"""Replacing a small file on a disk without room."""

import contextlib
import errno
import os
import pathlib
import stat
import subprocess
from collections.abc import Iterator

import pytest

from probe.history import spare
from tests.faults.means import why_not
from tests.servers.programs import must_be_there

NOBODY = 65534


@pytest.fixture
def file(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """One that is to be replaced, on a small disk."""
    why = why_not(("mount",))
    if why is not None and must_be_there(os.environ):
        pytest.fail(f"CI=true, and {why}", pytrace=False)
    if why is not None:
        pytest.skip(why)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(tmp_path)], check=True)
    yield tmp_path / "latches.json"
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def fill(directory: pathlib.Path) -> None:
    """Leave no room."""
    with contextlib.suppress(OSError), (directory / "filler").open("ab", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def test_a_full_disk_has_room_for_one_after_the_other(file: pathlib.Path) -> None:
    """Each is whole, and leaves its room to the next."""
    spare.stock(file)
    fill(file.parent)
    for number in range(5):
        spare.replace(file, b"%d" % number * 100)
        assert file.read_bytes() == b"%d" % number * 100
        assert file.stat().st_mode & 0o777 == 0o600


def test_without_spare_files_a_full_disk_is_an_error(file: pathlib.Path) -> None:
    """What was there before stays, and nothing half is left."""
    spare.replace(file, b"before")
    for each in file.parent.glob("*.spare-*"):
        each.unlink()
    fill(file.parent)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        spare.replace(file, b"after" * 1000)
    assert file.read_bytes() == b"before"
    assert sorted(each.name for each in file.parent.iterdir()) == ["filler", "latches.json"]


def test_more_than_a_spare_file_holds_is_an_error_on_a_full_disk(file: pathlib.Path) -> None:
    """It is not cut."""
    spare.stock(file)
    fill(file.parent)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        spare.replace(file, b"x" * (spare.SPARE_BYTES + 1))
    assert not file.exists()


@pytest.mark.parametrize("name", ["latches.json.new", "latches.json.spare-1", "latches.json.spare-2"])
def test_what_is_no_file_of_ours_is_replaced(tmp_path: pathlib.Path, name: str) -> None:
    """Opening a named pipe would wait until somebody reads from it; a link leads somewhere else."""
    os.mkfifo(tmp_path / name)
    spare.stock(tmp_path / "latches.json")
    spare.replace(tmp_path / "latches.json", b"[]")
    assert (tmp_path / "latches.json").read_bytes() == b"[]"
    assert {each.stat().st_size for each in tmp_path.glob("*.spare-*")} == {spare.SPARE_BYTES}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave a file to somebody else")
def test_what_root_writes_is_left_to_the_owner_of_the_directory(tmp_path: pathlib.Path) -> None:
    """After `sudo paypath unlock` the prober reads it, and can write into the spare files."""
    os.chown(tmp_path, NOBODY, NOBODY)
    spare.stock(tmp_path / "latches.json")
    spare.replace(tmp_path / "latches.json", b"[]")
    found = [(each.stat().st_uid, each.stat().st_gid) for each in tmp_path.iterdir()]
    assert found == [(NOBODY, NOBODY)] * 3


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave a file to somebody else")
def test_what_root_writes_is_left_to_the_owner_of_the_file(tmp_path: pathlib.Path) -> None:
    """Of a directory of root's in which a group may write, as Kubernetes makes them (`fsGroup`): an unlock shut the path by its own file."""
    os.chown(tmp_path, 0, NOBODY)
    tmp_path.chmod(0o2770)
    file = tmp_path / "latches.json"
    spare.replace(file, b"[1]")
    new = file.stat()
    assert (new.st_uid, new.st_gid, stat.S_IMODE(new.st_mode)) == (0, NOBODY, 0o660)
    os.chown(file, NOBODY, NOBODY)
    file.chmod(0o600)
    spare.replace(file, b"[]")
    again = file.stat()
    assert (again.st_uid, again.st_gid, stat.S_IMODE(again.st_mode)) == (NOBODY, NOBODY, 0o600)
