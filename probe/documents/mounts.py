"""What is mounted here, by the kernel's own table: to read it never waits for a file system."""

import functools
import os
import re
import select
import threading
import weakref
from pathlib import Path
from typing import Final

TABLE: Final = Path("/proc/self/mountinfo")
"""proc_pid_mountinfo(5); Linux alone has it."""

_OF_THIS_MACHINE: Final = frozenset(
    b"bdev bpf binfmt_misc btrfs cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs erofs exfat ext2 ext3 ext4 f2fs fusectl hugetlbfs "
    b"iso9660 mqueue nsfs overlay proc pstore ramfs rootfs securityfs selinuxfs squashfs sysfs tmpfs tracefs udf vfat xfs zfs".split()
)
"""Kinds that ask no other machine and no other process. All others may: nfs, cifs, ceph, 9p, virtiofs, fuse, autofs, what is new."""

_ESCAPED: Final = re.compile(rb"\\([0-7]{3})")
"""How the table writes a blank in a name."""
_PIECE: Final = 64 * 1024
"""Bytes; the kernel hands over less at a time."""


class Mounts:
    """The mounts that this process sees, read again only when the kernel says that they have changed."""

    def __init__(self, table: Path = TABLE) -> None:
        """Where there is no such table, nothing is known of the mounts."""
        self._changes: select.poll | None = None
        self._local: bool | None = None
        self._asking = threading.Lock()
        try:
            self._table = os.open(table, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return
        weakref.finalize(self, os.close, self._table)
        self._changes = select.poll()
        self._changes.register(self._table, select.POLLPRI)

    def all_local(self) -> bool:
        """Whether every file system that is mounted answers by itself, without waiting for anybody; False where that is not known."""
        if self._changes is None:
            return False
        with self._asking:  # a change is told once, and two threads may not ask at the same time
            changed = self._changes.poll(0)  # before it is read: what changes later is told the next time
            if changed or self._local is None:
                self._local = self._read()
            return self._local

    def _read(self) -> bool:
        table = b""
        try:
            while piece := os.pread(self._table, _PIECE, len(table)):
                table += piece
        except OSError:
            return False
        return bool(table) and all(map(_is_local, table.splitlines()))


@functools.cache
def of_this_process() -> Mounts:
    """One for all who ask, on whatever thread: each keeps a file descriptor."""
    return Mounts()


os.register_at_fork(
    after_in_child=of_this_process.cache_clear
)  # a change is told to one of those who share the open file


def is_mount_point(directory: Path, table: Path = TABLE) -> bool:
    """Whether something is mounted there: also a directory of the file system that is above it, as two volumes of one node's disk, which `Path.is_mount` does not tell."""
    try:
        lines = table.read_bytes().splitlines()
        real = os.fsencode(os.path.realpath(directory))
    except (OSError, ValueError):
        return directory.is_mount()
    return any(_ESCAPED.sub(lambda found: bytes((int(found[1], 8),)), line.split(b" ")[4]) == real for line in lines)


def _is_local(mount: bytes) -> bool:
    """The kind follows the lone hyphen that ends the optional fields; spaces within a field are escaped."""
    _, _, behind = mount.partition(b" - ")
    return behind.partition(b" ")[0] in _OF_THIS_MACHINE
