"""Whether anything is mounted that can fall silent: the kernel's own table says it, and says when it has changed."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from probe.documents.mounts import Mounts, is_mount_point
from tests.servers.programs import must_be_there
from tests.support.dead_mount import dead_mount, why_none

HERE = (
    "22 27 0:21 / /proc rw,nosuid shared:5 - proc proc rw",
    "27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw",
    r"90 27 0:45 / /etc/my\040certs\040-\040nfs4 ro - tmpfs tmpfs rw,size=12k",
    "91 27 0:46 / /- rw - overlay - rw,lowerdir=/nfs4",
)
ELSEWHERE = (
    "92 27 0:47 / /etc/paypath rw shared:7 - nfs4 files:/certs rw,hard",
    "92 27 0:47 / /etc/paypath rw - fuse.s3fs s3fs rw",
    "92 27 0:47 / /etc/paypath rw - autofs systemd-1 rw,fd=41",
    "92 27 0:47 / /etc/paypath rw - kind-of-tomorrow none rw",
    "92 27 0:47 / /etc/paypath rw",
    "",
)


def _of(tmp_path: Path, *mounts: str) -> Mounts:
    table = tmp_path / "mountinfo"
    table.write_text("".join(f"{mount}\n" for mount in mounts))
    return Mounts(table)


def test_what_this_machine_alone_answers_for_is_local(tmp_path: Path) -> None:
    """However many, whatever their mount points are called."""
    assert _of(tmp_path, *HERE).all_local()
    assert _of(tmp_path, *HERE * 3000).all_local()


@pytest.mark.parametrize("other", ELSEWHERE)
def test_one_that_asks_somebody_else_is_enough(tmp_path: Path, other: str) -> None:
    """And one that nobody can tell is taken for one."""
    assert not _of(tmp_path, *HERE, other, *HERE).all_local()


def test_without_a_table_nothing_is_known(tmp_path: Path) -> None:
    """Another system than Linux; and a table that is empty says nothing."""
    assert not Mounts(tmp_path / "none").all_local()
    assert not _of(tmp_path).all_local()


def test_a_mount_that_comes_and_goes_is_seen(tmp_path: Path) -> None:
    """In the kernel's table, which is open all the time."""
    if (why := why_none()) is not None:
        pytest.fail(why) if must_be_there(os.environ) else pytest.skip(why)
    mounts = Mounts()
    before = mounts.all_local()
    with dead_mount(tmp_path):
        assert not mounts.all_local()
        assert not mounts.all_local()
    assert mounts.all_local() == before


def test_many_threads_may_ask_at_once() -> None:
    """The loop before each try, and a scan of the files beside it: `poll` refuses a second one at the same time."""
    mounts = Mounts()
    expected = mounts.all_local()
    with ThreadPoolExecutor(8) as threads:
        told = threads.map(lambda _: [mounts.all_local() for _ in range(5000)], range(8))
        assert {each for one in told for each in one} == {expected}


def test_a_mount_point(tmp_path: Path) -> None:
    """By the table, which knows a directory that is mounted within its own file system; blanks in a name are escaped."""
    volume, beside = tmp_path / "a volume", tmp_path / "beside"
    volume.mkdir()
    beside.mkdir()
    table = tmp_path / "mountinfo"
    written = str(volume).replace(" ", r"\040")
    table.write_text(f"36 35 98:0 /pods/cm {written} rw,noatime master:1 - ext4 /dev/root rw\n", encoding="ascii")
    assert is_mount_point(volume, table)
    assert not is_mount_point(beside, table)
    assert not is_mount_point(beside, tmp_path / "none")
    assert is_mount_point(Path("/"), tmp_path / "none")
